"""A campaign's document on the terminal: a row for each case, the worst of each measure, and what failed."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from thecal_tools.fault_campaign.summary import CaseSummary, Worst, by_case, totals, worst

_FAILURES_SHOWN = 3


def show(document: Mapping[str, Any], console: Console) -> None:
    """Print a document."""
    cases = by_case(document)
    console.print(_cases(cases))
    console.print(_worst(list(worst(document["cells"], document).values())))
    failed = [case for case in cases if case.failed]
    if failed:
        console.print(_failures(failed))
    if document["years"]:
        console.print(_years(document["years"]))
    count, bad = totals(document)
    what = f"{count} cells and years, {bad} failed"
    console.print(Text(what, "bold red" if bad else "bold green"))


def show_cell(cell: Mapping[str, Any], document: Mapping[str, Any], console: Console) -> None:
    """Print all figures of one cell."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_row("cell", f"{cell['cell']}, seed {cell['seed']}")
    if "crashed" in cell:
        table.add_row("crashed", Text(cell["crashed"], "red"))
    for measure in worst([cell], document).values():
        if measure.value is not None:
            limit = "" if measure.budget is None else f", budget {measure.budget:g} {measure.unit}"
            table.add_row(measure.what, f"{_amount(measure)}{limit}")
    table.add_row("detected by", cell.get("detected_by") or "nothing")
    table.add_row("response", cell.get("response") or "none")
    table.add_row("also raised", ", ".join(cell.get("also", ())) or "nothing")
    table.add_row("failures", Text("\n".join(cell["failures"]) or "none", "red" if cell["failures"] else "green"))
    console.print(table)


def _cases(cases: list[CaseSummary]) -> Table:
    table = _table("fault", "found", "slowest", "over µL", "short µL", "off", "")
    for case in cases:
        over = max((case.worst[name] for name in ("over_commanded", "over_prescribed")), key=lambda w: w.value or 0)
        table.add_row(
            case.case["case"],
            f"{case.detected}/{len(case.cells)}" if case.case["detect"] else "–",
            _amount(case.worst["detected_s"]),
            _bare(over),
            _bare(case.worst["under_undeclared"]),
            _amount(case.worst["off_after_ms"]),
            Text(f"{case.failed} failed", "red") if case.failed else Text("ok", "green"),
        )
    return table


def _worst(rows: list[Worst]) -> Table:
    table = _table("worst of all", "", "budget", "thecal faults --cell")
    for row in rows:
        if row.value is None:
            continue
        over = row.budget is not None and row.value > row.budget
        budget = "" if row.budget is None else f"{row.budget:g}"
        table.add_row(row.what, Text(_amount(row), "red" if over else ""), budget, row.cell)
    return table


def _failures(cases: list[CaseSummary]) -> Table:
    table = _table("failed", "what", "cells, some of them")
    for case in cases:
        cells = [cell["cell"].partition("/")[2] for cell in case.cells if cell["failures"]]
        more = f" and {len(cells) - _FAILURES_SHOWN} more" if len(cells) > _FAILURES_SHOWN else ""
        kinds = "\n".join(f"{count} × {kind}" for kind, count in case.failures.most_common())
        table.add_row(case.case["case"], kinds, ", ".join(cells[:_FAILURES_SHOWN]) + more)
    return table


def _years(years: list[Mapping[str, Any]]) -> Table:
    table = _table("fault-free", "days", "false alarms", "low alarms", "held h", "hours outside", "worst by volume")
    for year in years:
        if "crashed" in year:
            table.add_row(year["name"], "", Text(year["crashed"], "red"))
            continue
        table.add_row(
            f"{year['flow']}, unit {year['seed']}",
            str(year["days"]),
            Text(", ".join(year["alarms"]) or "none", "red" if year["alarms"] else "green"),
            ", ".join(year["low_alarms"]) or "none",
            f"{year['held_h']:g}",
            "–" if year["flow"] == "flex" else str(year["hours_outside"]),
            "–" if year["flow"] == "flex" else f"{year['worst_hour_by_volume']:.1%}",
        )
    return table


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _bare(row: Worst) -> str:
    return "–" if row.value is None else f"{row.value:.1f}"


def _amount(row: Worst) -> str:
    value = row.value
    if value is None:
        return "–"
    if row.unit != "s":
        return f"{value:.2f} µL" if row.unit == "uL" else f"{value:g} {row.unit}"
    if value < 90:
        return f"{value:.1f} s"
    return f"{value / 60:.0f} min" if value < 5400 else f"{value / 3600:.1f} h"
