"""The document of `thecal bench` as tables."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from thecal_tools.bench_figures.figure import AT_LEAST

# Of thecal.emulated/1, with the design's budgets: group, field, what, unit, budget.
_EMULATED = (
    ("boot_ms", "motor_off_ours", "power-on to motor off, our part", "ms", 50),
    ("boot_ms", "self_test", "power-on to self-test recorded", "ms", 1000),
    ("boot_ms", "therapy", "power-on to therapy resumed", "ms", 2000),
    ("heap_bytes", "since_main", "heap in use by the firmware, spare room for names in it", "bytes", 72 * 1024),
    ("heap_bytes", "free_composed", "heap free after composing", "bytes", None),
)


def show(document: dict[str, Any], console: Console) -> None:
    """Print a document."""
    console.print(_title(document), soft_wrap=True)
    console.print(_figures(document["figures"]))
    console.print(_rooms(document["rooms"]))
    console.print(_heap(document["heap"]), soft_wrap=True)
    console.print(_wakes(document["wakes"]), soft_wrap=True)
    if document["emulated"] is not None:
        console.print(_emulated(document["emulated"]))


def _title(document: dict[str, Any]) -> Text:
    machine = document["machine"]
    changed = " with changes" if document["changed_since"] else ""
    return Text(
        f"Thecal {document['firmware_version']}, commit {document['commit']}{changed}, {document['date']}\n"
        f"{machine['python']}, MicroPython {machine['micropython']} in Node.js {machine['node']}, {machine['system']},"
        f" {machine['cpus']} x {machine['processor']}",
        "bold",
    )


def _figures(figures: list[dict[str, Any]]) -> Table:
    table = _table("figure", "", "budget", "")
    for figure in figures:
        budget = figure["budget"]
        limit = "" if budget is None else f"{budget['rule']} {_amount(budget['value'], figure['unit'])}"
        table.add_row(figure["what"], _amount(figure["value"], figure["unit"]), limit, _mark(figure["ok"], budget))
    return table


def _mark(is_ok: bool | None, budget: dict[str, Any] | None) -> Text:
    if is_ok is None or budget is None:
        return Text("")
    if is_ok:
        return Text("ok", "green")
    return Text("under" if budget["rule"] == AT_LEAST else "over", "bold red")


def _rooms(rooms: dict[str, dict[str, int]]) -> Table:
    table = _table("room, not merged", "files", ".mpy bytes", "names", "code in the heap")
    for name, room in rooms.items():
        table.add_row(name, *(f"{room[field]:,}" for field in ("files", "mpy_bytes", "names", "heap_bytes")))
    return table


def _heap(heap: dict[str, Any]) -> Text:
    return Text(
        f"heap: {heap['code']:,} bytes code ({heap['merging_saves']:,} saved by merging modules),"
        f" {heap['names']:,} names ({heap['name_count']:,} of them),"
        f" {heap['objects']:,} objects; not in the sum: {heap['board_data']:,} of the board's data"
    )


def _wakes(wakes: dict[str, Any]) -> Text:
    tasks = ", ".join(f"{name} {count:,}" for name, count in wakes["by_task"].items())
    hours = wakes["simulated_s"] // 3600
    return Text(f"wakes in {hours} h: {sum(wakes['by_task'].values()):,} of {wakes['passes']:,} passes: {tasks}")


def _emulated(emulated: dict[str, Any]) -> Table:
    table = _table(f"on the emulated chip, firmware {emulated['firmware']}, {emulated['image']}", "", "budget", "")
    for group, name, what, unit, budget in _EMULATED:
        value = emulated[group].get(name)
        if value is None:
            continue
        limit = "" if budget is None else f"at most {_amount(budget, unit)}"
        mark = Text("") if budget is None else Text("ok", "green") if value <= budget else Text("over", "bold red")
        table.add_row(what, _amount(value, unit), limit, mark)
    return table


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(names[0])
    for name in names[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _amount(value: float, unit: str) -> str:
    shown = {"us": "µs", "bytes": "B"}.get(unit, unit)
    return f"{value:,} {shown}".rstrip()
