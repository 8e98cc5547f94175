"""The walking skeleton on the emulated chip: what was seen, as a document and as a table (docs/emulated_chip.md)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from thecal_tools import journal_export
from thecal_tools.emulation import EmulatedPump, EmulationError, Figures, Progress, bare
from thecal_tools.emulation_image import PL_PER_STEP

FORMAT = "thecal.emulated/1"
TRAINS = 3
HEAP_BUDGET = 72 * 1024
_MS = 1_000_000
# Of whole steps: what the pump says, what the step pin did, and what the rotor's sensor showed.
COUNTS = ("reserved", "commanded", "confirmed", "pins", "rotor")
# Every check of a document, in the order of its table.
CHECKS = {
    "motor_off_first": "motor held off before other pins move",
    "self_test_passed": "self-test passed, nothing holds delivery",
    "steps_powered": "motor powered for whole trains alone",
    "counts_equal": "steps: five counts agree",
    "journal_sound": "journal in the flash is sound",
    "journal_over_link": "journal record over the link, the same",
    "link_answers": "link answers over USB",
}


def skeleton(uf2: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Run all of it; a document with what was seen. Raises EmulationError where the firmware did not get that far."""
    stock, stock_off_ns = bare(uf2, progress)
    pump = EmulatedPump(uf2, progress)
    figures = pump.boot()
    pump.steps(TRAINS)
    status = pump.ask("status")
    product = pump.ask("identify")
    self_test = pump.ask("self_test")
    flash = pump.journal()
    entries = journal_export.read(flash)
    sequence = next(entry["seq"] for entry in entries if entry.get("event") == "self_test")
    record = pump.ask("journal.read", sequence=sequence)["record"]
    document = {
        "format": FORMAT,
        "image": uf2.name,
        "interpreter": figures.interpreter,
        "firmware": product["version"],
        "seen": {},
        "boot_ms": _boot(pump, figures, stock_off_ns),
        "heap_bytes": _heap(figures, stock),
        "steps": _steps(pump, status),
        "journal": {
            "records": len(entries),
            "events": [entry.get("event", "damaged") for entry in entries],
            "findings": [str(finding) for finding in journal_export.verify(flash).findings],
        },
        "link": {"status": status, "self_test": self_test},
        "flash": {"erases": pump.pico.flash_use.erases, "pages": pump.pico.flash_use.pages},
        "run": _run(pump),
    }
    document["seen"] = {
        "motor_off_first": not pump.driven_earlier(),
        "self_test_passed": self_test["passed"] and self_test["holds"] == 0,
        "steps_powered": _whole_trains(pump),
        "counts_equal": len(set(_counts(document["steps"]))) == 1,
        "journal_sound": not document["journal"]["findings"] and _begins_with_a_boot(document["journal"]["events"]),
        "journal_over_link": record in (entry["raw"] for entry in entries),
        "link_answers": product["product"] == "thecal" and status["holds"] == 0,
    }
    return document


def _boot(pump: EmulatedPump, figures: Figures, stock_off_ns: int) -> dict[str, float]:
    off_ns = pump.motor_off_ns()
    if off_ns is None or pump.self_test_ns is None:
        raise EmulationError("the firmware never held the motor off")
    return {
        "stock_image": round(stock_off_ns / _MS, 3),
        "motor_off": round(off_ns / _MS, 3),
        "motor_off_ours": round((off_ns - stock_off_ns) / _MS, 3),
        "self_test": round(pump.self_test_ns / _MS, 1),
        "therapy": figures.composed_ms,
        "first_step": round(pump.trains()[0].edges[0] / _MS, 1),
    }


def _heap(figures: Figures, stock: Figures) -> dict[str, int]:
    return {
        "free_at_main": figures.at_main_free,
        "free_composed": figures.composed_free,
        "stock_image": stock.at_main_in_use,
        "at_main": figures.at_main_in_use,
        "composed": figures.composed_in_use,
        "firmware": figures.composed_in_use - stock.at_main_in_use,
        "since_main": figures.composed_in_use - figures.at_main_in_use,
    }


def _steps(pump: EmulatedPump, status: dict[str, int]) -> dict[str, Any]:
    trains = pump.trains()
    first = trains[0]
    return {
        "trains": len(trains),
        "pins": sum(len(train.edges) for train in trains),
        "unpowered": pump.unpowered_steps(),
        "rotor": pump.rotor_counts(),
        "reserved": status["reserved_steps"],
        "commanded": status["commanded_steps"],
        "confirmed": status["confirmed_steps"],
        "pl_per_step": PL_PER_STEP,
        "first_train_ms": {
            "powered": round(first.powered / _MS, 3),
            "edges": [round(edge / _MS, 3) for edge in first.edges],
            "cut": round(first.cut / _MS, 3),
        },
    }


def _whole_trains(pump: EmulatedPump) -> bool:
    trains = pump.trains()
    return len(trains) >= TRAINS and all(train.edges for train in trains) and not pump.unpowered_steps()


def _counts(steps: dict[str, Any]) -> Iterator[int]:
    for name in COUNTS:
        yield steps[name]


def _begins_with_a_boot(events: list[str]) -> bool:
    return events[:1] == ["boot"] and "self_test" in events


def _run(pump: EmulatedPump) -> dict[str, float]:
    pico = pump.pico
    return {
        "emulated_s": round(pico.seconds, 3),
        "awake_s": round(pico.awake_nanos / 1e9, 3),
        "wall_s": round(pico.wall_seconds, 1),
    }


def all_seen(document: dict[str, Any]) -> bool:
    """Whether every check of a document holds, and every trial where it has some."""
    return all(document["seen"][name] for name in CHECKS) and all(row["ok"] for row in _trial_rows(document))


def show(document: dict[str, Any], console: Console) -> None:
    """Print a document."""
    interpreter = document["interpreter"].rpartition("; ")[2]
    console.print(Text(f"{interpreter} on an emulated Raspberry Pi Pico ({document['image']})", "bold"))
    console.print(_checks(document))
    console.print(_figures(document))
    if _trial_rows(document):
        console.print(_trials(document))


def _trial_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    return document.get("trials", {}).get("rows", [])


def _mark(ok: bool) -> Text:
    return Text("yes", "green") if ok else Text("NO", "bold red")


def _trials(document: dict[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for title in ("", "trial", "what was seen"):
        table.add_column(title)
    for row in _trial_rows(document):
        table.add_row(_mark(row["ok"]), row["what"], row["seen"])
    return table


def _checks(document: dict[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("seen on the chip")
    table.add_column("detail")
    for name, meaning in CHECKS.items():
        table.add_row(_mark(document["seen"][name]), meaning, _detail(name, document))
    return table


def _detail(name: str, document: dict[str, Any]) -> str:
    steps, journal, status = document["steps"], document["journal"], document["link"]["status"]
    first = steps["first_train_ms"]
    details = {
        "motor_off_first": f"{document['boot_ms']['motor_off']} ms after power-on",
        "self_test_passed": f"recorded {document['boot_ms']['self_test']:.0f} ms after power-on",
        "steps_powered": f"{steps['trains']} trains, the first {first['cut'] - first['powered']:.3f} ms",
        "counts_equal": ", ".join(f"{name} {steps[name]}" for name in COUNTS),
        "journal_sound": "; ".join(journal["findings"]) or ", ".join(journal["events"]),
        "journal_over_link": "self_test",
        "link_answers": f"thecal {document['firmware']}, {status['reservoir_counted_nl'] / 1_000_000:.6g} mL counted",
    }
    return details[name]


def _figures(document: dict[str, Any]) -> Table:
    boot, heap, run = document["boot_ms"], document["heap_bytes"], document["run"]
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("budget", justify="right")
    rows = (
        ("power-on to motor off, of the stock image", f"{boot['stock_image']:.1f} ms", "", False),
        ("power-on to motor off, ours", *_against(boot["motor_off_ours"], 50, "ms")),
        ("power-on to self-test recorded", *_against(round(boot["self_test"]), 1000, "ms")),
        ("power-on to therapy resumed", *_against(boot["therapy"], 2000, "ms")),
        ("power-on to first step", f"{boot['first_step']:,.0f} ms", "", False),
        ("heap free at the start of main.py", f"{heap['free_at_main']:,} bytes", "", False),
        ("heap free after composing", f"{heap['free_composed']:,} bytes", "", False),
        ("heap in use by the firmware, composed", *_against(heap["since_main"], HEAP_BUDGET, "bytes")),
        ("the same with boot.py and main.py", f"{heap['firmware']:,} bytes", "", False),
        ("processor awake, of emulated time", f"{run['awake_s']:.2f} of {run['emulated_s']:.2f} s", "", False),
        ("time on this machine", f"{run['wall_s']:.0f} s", "", False),
    )
    for what, value, budget, over in rows:
        table.add_row(what, Text(value, "yellow" if over else ""), f"{budget}, over" if over else budget)
    return table


def _against(value: float, budget: int, unit: str) -> tuple[str, str, bool]:
    return f"{value:,} {unit}", f"{budget:,} {unit}", value > budget
