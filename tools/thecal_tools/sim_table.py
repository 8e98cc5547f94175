"""The result of a simulation as tables in a terminal: doses, requests, alarms, reservoir, heap."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from thecal.tables import doses, texts
from thecal_tools import units

_REQUESTS_SHOWN = 40
# Refusals that no waiting and no repair ends.
_NEVER = (texts.REASONS[doses.NOT_PRESCRIBED], texts.REASONS[doses.TOO_SMALL])


def show(result: Mapping[str, Any], console: Console) -> None:
    """Print a result document (docs/sim_result.md)."""
    console.print(Text(f"{result['title']}: {units.show_duration(result['duration_s'])} on {result['host']}", "bold"))
    console.print(_doses(result))
    if result["requests"]:
        console.print(_requests(result))
    console.print(_rest(result))


def _doses(result: Mapping[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("dose kind")
    for name in ("reserved\nsteps", "commanded\nsteps", "confirmed\nsteps", "volume\ncommanded"):
        table.add_column(name, justify="right")
    for kind, account in result["doses"].items():
        if account["reserved"] or kind == "background":
            counts = (str(account[name]) for name in ("reserved", "commanded", "confirmed"))
            table.add_row(kind, *counts, units.show_volume(account["volume_nl"]))
    return table


def _requests(result: Mapping[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("when", "bolus", "answer"):
        table.add_column(name, no_wrap=True)
    table.add_column("steps", justify="right", no_wrap=True)
    table.add_column("why not, and when")
    for row in result["requests"][:_REQUESTS_SHOWN]:
        if row["granted"]:
            table.add_row(_moment(row), row["kind"], Text("granted", "green"), str(row["steps"]), "")
        else:
            table.add_row(_moment(row), row["kind"], Text("refused", "red"), "", f"{row['reason']}{_next(row)}")
    hidden = len(result["requests"]) - _REQUESTS_SHOWN
    if hidden > 0:
        table.add_row(f"and {hidden} more", "", "", "", "")
    return table


def _rest(result: Mapping[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    reservoir = result["reservoir"]
    measured = reservoir["measured_nl"]
    table.add_row(
        "reservoir",
        f"counted {units.show_volume(reservoir['computed_nl'])},"
        f" measured {'none' if measured is None else units.show_volume(measured)},"
        f" true {units.show_volume(reservoir['true_nl'])}",
    )
    changes = [f"{_moment(row)} {row['alarm']} {row['change']}" for row in result["alarms"]]
    table.add_row("alarms", "\n".join(changes) or "none")
    if result["restarts"]:
        restarts = (f"{row['why']} after {units.show_duration(row['t_s'])}" for row in result["restarts"])
        table.add_row("restarts", "\n".join(restarts))
    if result["holds"]:
        table.add_row("held at end", ", ".join(result["holds"]))
    if result["heap"]:
        table.add_row("heap", f"{result['heap']['composed']} bytes composed, {result['heap']['end']} at the end")
    return table


def _moment(row: Mapping[str, Any]) -> str:
    if row["wall_s"]:
        return units.wall_text(row["wall_s"])
    return f"pump time {units.show_duration(row['pump_s'])}"


def _next(row: Mapping[str, Any]) -> str:
    if row["reason"] in _NEVER:
        return ": never under this prescription"
    if row["next_pump_s"] is None:
        return ""
    return f": possible in {units.show_duration(max(row['next_pump_s'] - row['pump_s'], 0))}"
