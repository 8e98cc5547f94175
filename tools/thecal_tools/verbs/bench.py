"""`thecal bench`: speed, heap and size of the firmware, each figure beside its budget."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from thecal_tools.bench_figures.measure import Progress

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "build/bench"
FILE = "bench.json"


@click.command(epilog="Example: thecal bench --json | jq '.figures[] | select(.ok == false)'")
@click.option("--json", "as_json", is_flag=True, help="Print the document as JSON in place of tables.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=OUT, help="Folder for bench.json; build/bench by default."
)
def bench(as_json: bool, out: Path) -> None:
    """Measure the firmware on this machine; about half a minute.

    Figures, not tests: one that misses its budget is marked, and the exit code stays 0. What each figure means is in
    docs/bench_figures.md. Figures that `thecal emulate` left in the same folder are shown too.
    """
    import json

    from rich.console import Console

    from thecal_tools import output_folder
    from thecal_tools.bench_figures import measure, table
    from thecal_tools.files import Source, check_schema

    output_folder.check_usable(out)
    with _progress() as progress:
        document = measure.document(measure.Extent(), out, progress)
    check_schema(document, "bench", Source(FILE))
    text = json.dumps(document, indent=1) + "\n"
    output_folder.write(out, {FILE: text.encode()})
    if as_json:
        click.echo(text, nl=False)
        return
    # A terminal that lacks a character gets a question mark, not a traceback.
    getattr(sys.stdout, "reconfigure", lambda **_: None)(errors="replace")
    console = Console(highlight=False)
    table.show(document, console)
    console.print(f"written to {out / FILE}", soft_wrap=True, markup=False)


@contextmanager
def _progress() -> Iterator["Progress"]:
    """A bar on the error stream of a terminal, gone when done; elsewhere a line for each thing that is measured."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    if not sys.stderr.isatty():
        yield lambda what, done: click.echo(f"measuring, {done:.0%} done: {what}", err=True)
        return
    columns = (TextColumn("measuring {task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, done: bar.update(task, description=what, completed=done)
