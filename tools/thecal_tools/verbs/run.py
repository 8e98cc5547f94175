"""`thecal run`: a day of the flex example on the virtual bench, as a table and as a report page."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from thecal_tools.day_report.figures import Day
    from thecal_tools.scenario_file import Scenario
    from thecal_tools.simulate import Simulation

ROOT = Path(__file__).resolve().parents[3]
SCENARIO = ROOT / "examples/scenarios/flex_day.json"
OUT = ROOT / "build/run"
UNMET = 1
A_PATH = click.Path(path_type=Path)


@click.command(epilog="Example: thecal run --out /tmp/day")
@click.option("--scenario", type=A_PATH, default=SCENARIO, help="Scenario file to run in place of the example.")
@click.option("--out", type=A_PATH, default=OUT, help="Folder for report, result and journal; build/run by default.")
def run(scenario: Path, out: Path) -> int:
    """Run a day of baclofen flex with a patient's presses, show what was delivered, and write the report.

    The folder gets report.html, result.json and journal.jsonl. Needs no screen, browser or network. The exit code is 1
    where the day differs from what the scenario file expects.
    """
    from rich.text import Text

    from thecal_tools import expectations, output_folder, scenario_file
    from thecal_tools.day_report import terminal
    from thecal_tools.day_report.figures import Day

    output_folder.check_usable(out)
    loaded = scenario_file.load(scenario)
    console = _console()
    simulation = _simulated(loaded, console)
    day = Day(simulation.document, loaded.therapy)
    output_folder.write(out, _files(day, simulation))
    terminal.show(day, console)
    console.print(Text(f"report     {_short(out / 'report.html')}"), soft_wrap=True)
    unmet = expectations.differences(loaded.expect, simulation.document)
    for line in unmet:
        click.echo(f"{scenario}: expect.{line}", err=True)
    return UNMET if unmet else 0


def _console() -> "Console":
    from rich.console import Console

    # A terminal that lacks a character gets a question mark, not a traceback.
    getattr(sys.stdout, "reconfigure", lambda **_: None)(errors="replace")
    return Console(highlight=False)


def _simulated(scenario: "Scenario", console: "Console") -> "Simulation":
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from thecal_tools.simulate import simulate
    from thecal_tools.units import show_duration

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        span = show_duration(scenario.compiled["duration_ms"] // 1000)
        task = bar.add_task(f"{span} on the virtual bench", total=1.0)
        return simulate(scenario, progress=lambda done: bar.update(task, completed=done))


def _files(day: "Day", simulation: "Simulation") -> dict[str, bytes]:
    from thecal_tools import journal_export
    from thecal_tools.day_report import sim_result
    from thecal_tools.day_report.page import page

    return {
        "report.html": page(day).encode(),
        "result.json": sim_result.text(day.result).encode(),
        "journal.jsonl": journal_export.to_json_lines(simulation.journal, simulation.files).encode(),
    }


def _short(path: Path) -> str:
    resolved = path.resolve()
    return str(resolved.relative_to(Path.cwd()) if resolved.is_relative_to(Path.cwd()) else resolved)
