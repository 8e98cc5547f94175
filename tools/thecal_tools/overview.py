"""A checked prescription or scenario for a person to judge (tables) and for programs (JSON, quantities with units)."""

from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from thecal.tables import doses, texts
from thecal_tools import units
from thecal_tools.derived import Derived, Total, derived
from thecal_tools.scenario_file import UNKNOWN_WALL, Scenario
from thecal_tools.therapy import DAYS, Therapy

_EVENTS_SHOWN = 20


def show(path: Path, item: Therapy | Scenario) -> None:
    """Print tables of one checked file."""
    console = Console(highlight=False)
    if isinstance(item, Scenario):
        _show_scenario(console, path, item)
        item = item.therapy
        console.print(Text(f"prescription {item.id}", style="bold"))
    else:
        console.print(Text(f"{path}: prescription {item.id}", style="bold"), soft_wrap=True)
    _show_therapy(console, item)
    console.print()


def as_document(path: Path, item: Therapy | Scenario) -> dict[str, Any]:
    """The same for programs: plain values, quantities as text with their unit."""
    if isinstance(item, Scenario):
        return {
            "file": str(path),
            "kind": "scenario",
            "title": item.title,
            "events": len(item.compiled["events"]),
            "duration_ms": item.compiled["duration_ms"],
            "prescription": _therapy_document(item.therapy),
        }
    return {"file": str(path), "kind": "prescription", **_therapy_document(item)}


def _therapy_document(therapy: Therapy) -> dict[str, Any]:
    values = derived(therapy)
    limits = values.limits
    return {
        "id": therapy.id,
        "drug": therapy.drug,
        "mode": texts.MODES[therapy.mode],
        "concentration": units.show_concentration(therapy.concentration),
        "patterns": {total.name: _total_document(total) for total in values.patterns},
        "weekdays": {total.name: _total_document(total) for total in values.weekdays},
        "patient_boluses_per_24h": values.patient_per_day,
        "worst_1h": units.show_mass(values.worst_1h_ng),
        "worst_24h": units.show_mass(values.worst_24h_ng),
        "highest_flow": f"{units.show_volume(values.highest_nl_per_h)}/h",
        "limit_1h": units.show_mass(limits.per_1h_ng),
        "limit_24h": units.show_mass(limits.per_24h_ng),
        "gate_1h": units.show_volume(limits.gate_1h_nl),
        "gate_24h": units.show_volume(limits.gate_24h_nl),
        "warnings": list(values.warnings),
    }


def _total_document(total: Total) -> dict[str, str]:
    return {
        "background": units.show_mass(total.background_ng),
        "scheduled": units.show_mass(total.scheduled_ng),
        "volume": units.show_volume(total.volume_nl),
    }


def _show_scenario(console: Console, path: Path, scenario: Scenario) -> None:
    compiled = scenario.compiled
    console.print(Text(f"{path}: scenario", style="bold"), soft_wrap=True)
    table = _grid()
    table.add_row("title", scenario.title)
    table.add_row("what", scenario.what)
    wall = compiled["start_wall_s"]
    start = "time of day unknown" if wall == UNKNOWN_WALL else units.wall_text(wall)
    if compiled["start_pump_s"]:
        start += f", after {units.show_duration(compiled['start_pump_s'])} of pump time"
    table.add_row("start", start)
    table.add_row("duration", units.show_duration(compiled["duration_ms"] // 1000))
    table.add_row("board", f"{compiled['board']}, reservoir {units.show_volume(compiled['reservoir_ul'] * 1000)}")
    console.print(table)
    if scenario.events:
        console.print(_events(scenario.events))


def _events(events: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("after", justify="right")
    table.add_column("event")
    table.add_column("with")
    for event in events[:_EVENTS_SHOWN]:
        fields = [f"{name} {_short(value)}" for name, value in event.items() if name not in ("at", "do")]
        table.add_row(event["at"], event["do"], Text(", ".join(fields)))
    if len(events) > _EVENTS_SHOWN:
        table.add_row("", f"and {len(events) - _EVENTS_SHOWN} more", "")
    return table


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("id", value.get("method", "object")))
    return str(value)


def _show_therapy(console: Console, therapy: Therapy) -> None:
    values = derived(therapy)
    table = _grid()
    mode = texts.MODES[therapy.mode].replace("_", " ")
    table.add_row("drug", f"{therapy.drug}, {units.show_concentration(therapy.concentration)}, {mode}")
    if therapy.mode == doses.FLEX:
        table.add_row("fallback", f"{_rate(therapy, therapy.rate)} while the time of day is unknown")
    if therapy.patient:
        patient = therapy.patient
        table.add_row(
            "patient bolus",
            f"{_amount(therapy, patient.dose)} in {units.show_duration(patient.duration_s)}, lockout"
            f" {units.show_duration(patient.lockout_s)}, up to {values.patient_per_day} in 24 h"
            f" ({_amount(therapy, values.patient_per_day_ng)})",
        )
    for bolus in therapy.scheduled:
        days = " ".join(day for index, day in enumerate(DAYS) if bolus.days >> index & 1)
        dose = _amount(therapy, bolus.dose)
        when = units.show_minute(bolus.at)
        table.add_row("scheduled", f"{when} {days}: {dose} in {units.show_duration(bolus.duration_s)}")
    table.add_row("low reservoir", units.show_volume(therapy.low_reservoir_ul * 1000))
    console.print(table)
    if therapy.patterns:
        console.print(_patterns(therapy))
    console.print(_days(therapy, values))
    console.print(_windows(therapy, values))
    if therapy.patient:
        console.print("worst case: any window of that length, every allowed patient bolus taken", style="dim")
    for warning in values.warnings:
        console.print(Text(f"note: {warning}", style="yellow"), soft_wrap=True)


def _patterns(therapy: Therapy) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("pattern", "from - to"):
        table.add_column(name)
    for name in ("mass per hour", "volume per hour"):
        table.add_column(name, justify="right")
    for name, steps in therapy.patterns.items():
        for index, step in enumerate(steps):
            hourly = Fraction(step.rate, 24)
            row = (Text(name if index == 0 else ""), str(step))
            table.add_row(*row, units.show_mass(hourly), units.show_volume(therapy.volume_nl(hourly)))
    return table


def _days(therapy: Therapy, values: Derived) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("day")
    if therapy.patterns:
        table.add_column("pattern")
    for name in ("background", "scheduled", "volume"):
        table.add_column(name, justify="right")
    for names, day in _alike(values.weekdays):
        pattern = [Text(day.pattern)] if therapy.patterns else []
        amounts = (units.show_mass(day.background_ng), units.show_mass(day.scheduled_ng))
        table.add_row(names, *pattern, *amounts, units.show_volume(day.volume_nl))
    return table


def _alike(days: tuple[Total, ...]) -> list[tuple[str, Total]]:
    """Neighbouring weekdays with equal totals as one row, "mon - fri"."""
    rows: list[tuple[str, Total]] = []
    for _, run in groupby(days, key=lambda day: (day.pattern, day.background_ng, day.scheduled_ng)):
        first, *others = run
        rows.append((f"{first.name} - {others[-1].name}" if others else first.name, first))
    return rows


def _windows(therapy: Therapy, values: Derived) -> Table:
    limits = values.limits
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("window")
    for name in ("worst case", "limit", "last gate"):
        table.add_column(name, justify="right")
    for name, worst, limit, gate in (
        ("1 h", values.worst_1h_ng, limits.per_1h_ng, limits.gate_1h_nl),
        ("24 h", values.worst_24h_ng, limits.per_24h_ng, limits.gate_24h_nl),
    ):
        table.add_row(name, _amount(therapy, worst), _amount(therapy, limit), units.show_volume(gate))
    table.add_row("at once", f"{units.show_volume(values.highest_nl_per_h)}/h", "1 mL/h", "")
    return table


def _grid() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    return table


def _amount(therapy: Therapy, mass_ng: Fraction | int) -> str:
    return f"{units.show_mass(mass_ng)} ({units.show_volume(therapy.volume_nl(mass_ng))})"


def _rate(therapy: Therapy, ng_per_day: Fraction | int) -> str:
    return f"{units.show_mass(ng_per_day)}/day ({units.show_volume(therapy.volume_nl(ng_per_day))}/day)"
