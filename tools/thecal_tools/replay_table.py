"""A replay beside what was on flash, as a table for a person and as JSON for a program."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from thecal.tables import texts
from thecal_tools.journal_replay import Comparison, Row

_KIND_FIELDS = ("reported", "bolus_from", "bolus_granted")


def document(comparison: Comparison) -> dict[str, Any]:
    """All of a comparison as plain values."""
    rows = [
        {"field": row.name, "replayed": row.replayed, "on_flash": row.on_flash, "equal": row.is_equal}
        for row in comparison.rows
    ]
    return {
        "equal": comparison.is_equal,
        "records": comparison.ledger.fixed["sequence"],
        "patient_boluses_in_24h": comparison.ledger.grants_in_24h(),
        "notes": list(comparison.notes),
        "fields": rows,
    }


def show(comparison: Comparison, console: Console) -> None:
    """Print it: every field, what it says, and whether both agree."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("field", "replayed", "on flash"):
        table.add_column(name, overflow="fold")
    table.add_column("equal", no_wrap=True)
    for row in comparison.rows:
        told = _words(row, row.replayed)
        same = "the same" if row.is_equal else _words(row, row.on_flash)
        table.add_row(row.name, told, same, Text("yes", "green") if row.is_equal else Text("NO", "red"))
    console.print(table)
    for note in comparison.notes:
        console.print("note: " + note)
    ledger = comparison.ledger
    counted = f"patient boluses that count in the last 24 h: {ledger.grants_in_24h()}"
    verdict = "equal to the byte" if comparison.is_equal else "NOT equal"
    console.print(f"{verdict} after {ledger.fixed['sequence']} records; {counted}")


def _words(row: Row, value: int | list[int]) -> str:
    if isinstance(value, int):
        return _bits(texts.HOLDS, value) if row.name == "holds" else str(value)
    if row.name == "alarms":
        named = [f"{texts.ALARMS[n][0]} {_bits(texts.ALARM_STATES, state)}" for n, state in enumerate(value) if state]
    elif row.name in _KIND_FIELDS:
        named = [f"{texts.DOSE_KINDS[kind]} {count}" for kind, count in enumerate(value) if count]
    else:
        named = [str(number) for number in value if number]
    return ", ".join(named) or "none"


def _bits(names: tuple[str, ...], value: int) -> str:
    return " + ".join(name for bit, name in enumerate(names) if value >> bit & 1) or "none"
