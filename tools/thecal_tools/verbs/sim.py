"""`thecal sim`: run a scenario file on the virtual bench, on CPython or on real MicroPython."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

UNMET = 1
FOLDER = click.Path(path_type=Path)


@click.command(epilog="Example: thecal sim examples/scenarios/flex_day.json --host micropython --out build/sim")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--host", type=click.Choice(("cpython", "micropython")), default="cpython", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON in place of tables.")
@click.option("--out", type=FOLDER, help="Folder for result.json and journal.jsonl, written only when the run ended.")
def sim(scenario: Path, host: str, as_json: bool, out: Path | None) -> int:
    """Run SCENARIO, a thecal.scenario/1 file, and show what was delivered, asked for and alarmed.

    The exit code is 1 where the run differs from what the file expects, 2 for a bad file.
    """
    from rich.console import Console

    from thecal_tools import expectations, journal_export, output_folder, scenario_file, sim_table
    from thecal_tools.files import Source, check_schema
    from thecal_tools.simulate import simulate

    if out is not None:
        output_folder.check_usable(out)
    loaded = scenario_file.load(scenario)
    with _progress(loaded.title) as progress:
        simulation = simulate(loaded, host, progress)
    result = simulation.document
    check_schema(result, "sim_result", Source("result.json"))
    text = json.dumps(result, ensure_ascii=False, indent=1) + "\n"
    if out is not None:
        journal = journal_export.to_json_lines(simulation.journal, simulation.files)
        output_folder.write(out, {"result.json": text.encode(), "journal.jsonl": journal.encode()})
    if as_json:
        click.echo(text, nl=False)
    else:
        sim_table.show(result, Console(highlight=False))
    unmet = expectations.differences(loaded.expect, result)
    for line in unmet:
        click.echo(f"{scenario}: expect.{line}", err=True)
    return UNMET if unmet else 0


@contextmanager
def _progress(title: str) -> Iterator[Any]:
    """A bar on the error stream of a terminal, gone when done; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    if not sys.stderr.isatty():
        yield None
        return
    percent = TextColumn("{task.percentage:>3.0f} %")
    columns = (TextColumn("{task.description}"), BarColumn(), percent, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"simulating: {title}", total=1.0)
        yield lambda done: bar.update(task, completed=done)
