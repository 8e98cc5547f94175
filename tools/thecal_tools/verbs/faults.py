"""`thecal faults`: every fault in every phase of delivery at several rates, judged by ground truth against budgets."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from thecal_tools.fault_campaign.campaign import Progress
    from thecal_tools.fault_campaign.cell import Cell

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "build/faults"
FAILED = 1


@click.command(epilog="Example: thecal faults --fault stall --rate 10")
@click.option("--cell", "name", help="Run one cell, as in stall/idle/10, and write its scenario file.")
@click.option("--fault", "faults_", multiple=True, help="Only the cases whose name begins so; may be repeated.")
@click.option("--phase", "phases_", multiple=True, help="Only this phase; may be repeated.")
@click.option("--rate", "rates", multiple=True, help="Only this rate (2, 10, 40, 1000, minimum); may be repeated.")
@click.option("--reduced", is_flag=True, help="One cell for each fault: half a minute.")
@click.option("--years", "seeds", type=click.IntRange(0, 64), default=0, help="Fault-free years of so many units too.")
@click.option("--days", type=click.IntRange(1, 400), default=365, show_default=True, help="Length of such a year.")
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
@click.option("--list", "as_list", is_flag=True, help="Print the names of the cells and run none.")
@click.option("--json", "as_json", is_flag=True, help="Print the document as JSON in place of tables.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=OUT, help="Folder for results; build/faults by default."
)
def faults(
    name: str | None,
    faults_: Sequence[str],
    phases_: Sequence[str],
    rates: Sequence[str],
    reduced: bool,
    seeds: int,
    days: int,
    workers: int,
    as_list: bool,
    as_json: bool,
    out: Path,
) -> int:
    """Throw every fault in every phase of delivery at several rates, and measure what it cost.

    A campaign that was stopped goes on where it ended, as long as no source has changed. The exit code is 1 where a
    cell breaks its budget or a fault goes undetected without a reason why it is harmless. The table of expectations is
    in tools/thecal_tools/fault_campaign/cases.py; docs/fault_campaign.md says what is measured.
    """
    import json

    from rich.console import Console

    from thecal_tools import output_folder
    from thecal_tools.fault_campaign import campaign, cell, page, table, years
    from thecal_tools.files import Source, check_schema

    output_folder.check_usable(out)
    cells = _chosen(name, faults_, phases_, rates, reduced)
    if as_list:
        click.echo("\n".join(map(str, cells)))
        return 0
    sources = campaign.fingerprint()
    store = campaign.Store(out, sources)
    profiles = years.names(seeds, days) if name is None else []
    if name is None:
        with _progress() as progress:
            campaign.measure(cells, store, workers, progress, profiles)
    else:
        store.add(name, cell.run(cells[0]))
    document = campaign.document(cells, store, sources, profiles)
    check_schema(document, "faults", Source("results.json"))
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    scenario = None if name is None else _write_scenario(cells[0], out)
    if name is None:
        output_folder.write(out, {"results.json": text.encode(), "matrix.html": page.page(document).encode()})
    if as_json:
        click.echo(text, nl=False)
    else:
        # A terminal that lacks a character gets a question mark, not a traceback.
        getattr(sys.stdout, "reconfigure", lambda **_: None)(errors="replace")
        console = Console(highlight=False)
        if name is None:
            table.show(document, console)
            console.print(f"written to {out / 'results.json'} and {out / 'matrix.html'}", soft_wrap=True, markup=False)
        else:
            table.show_cell(document["cells"][0], document, console)
            console.print(f"again with: thecal sim {scenario}", soft_wrap=True, markup=False)
    rows = [*document["cells"], *document["years"]]
    return FAILED if any(row["failures"] for row in rows) else 0


def _chosen(
    name: str | None, faults_: Sequence[str], phases_: Sequence[str], rates: Sequence[str], reduced: bool
) -> list["Cell"]:
    from thecal_tools.errors import ThecalError
    from thecal_tools.fault_campaign import campaign, cell

    if name is not None:
        return [cell.cell_of(name)]
    cells = [
        one
        for one in (campaign.reduced() if reduced else cell.matrix())
        if (not faults_ or one.case.startswith(tuple(faults_)))
        and (not phases_ or one.phase in phases_)
        and (not rates or one.rate in rates)
    ]
    if not cells:
        raise ThecalError("no cell has that fault, phase and rate: see `thecal faults --list`")
    return cells


def _write_scenario(cell: "Cell", out: Path) -> Path:
    import json

    from thecal_tools import output_folder
    from thecal_tools.fault_campaign.cell import scenario

    document: dict[str, Any] = scenario(cell)
    name = str(cell).replace("/", "-") + ".json"
    output_folder.write(out, {name: (json.dumps(document, indent=1) + "\n").encode()})
    return out / name


@contextmanager
def _progress() -> Iterator["Progress"]:
    """A bar on the error stream of a terminal, gone when done; elsewhere a line now and then."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    if not sys.stderr.isatty():
        tenths: list[int] = []

        def say(done: float, failed: int) -> None:
            if not tenths or int(done * 10) > tenths[-1]:
                tenths.append(int(done * 10))
                click.echo(f"fault campaign, {done:.0%} done, {failed} cells failed", err=True)

        yield say
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("fault campaign", total=1.0)
        yield lambda done, failed: bar.update(task, description=f"fault campaign, {failed} failed", completed=done)
