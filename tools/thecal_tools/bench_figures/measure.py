"""All measurements of `thecal bench`, one after the other, as one document "thecal.bench/1" (docs/bench_figures.md)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thecal_tools.bench_figures import heap, machine, mpy_files, speed, wakes
from thecal_tools.bench_figures.figure import Figure

FORMAT = "thecal.bench/1"
EMULATED = "emulated.json"

# What is being measured, and the part of all work that is done, 0 to 1.
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    hours: of one run for speed. runs: of which the quickest counts. growth_hours: of the heap's run,
    growth being counted from settled_hours on. wakes, step_hours: for the cost of one.
    """

    hours: int = 24
    runs_cpython: int = 5
    runs_micropython: int = 2
    growth_hours: int = 72
    settled_hours: int = 24
    wakes: int = 2_000
    step_hours: int = 6


def document(extent: Extent, folder: Path, progress: Progress) -> dict[str, Any]:
    """Measure everything. folder: where `thecal emulate` may have left its figures. Raises ThecalError."""
    progress("sizes of the .mpy files", 0.0)
    described = machine.described()
    sizes, staged = mpy_files.sizes(), mpy_files.staged()
    progress("a day on CPython", 0.03)
    on_cpython = max(speed.on_cpython(extent.hours) for _ in range(extent.runs_cpython))
    woken = speed.wakes(extent.hours)
    progress("a day on MicroPython", 0.15)
    on_micropython = max(speed.on_micropython(extent.hours) for _ in range(extent.runs_micropython))
    progress("the cost of a wake and of a step", 0.4)
    wake, step = wakes.costs(extent.wakes, extent.step_hours)
    progress("the heap over three days", 0.65)
    in_use, growth = heap.measured(extent.growth_hours, extent.settled_hours)
    progress("done", 1.0)
    figures = (
        Figure("speed_cpython", "simulated seconds per second, CPython", round(on_cpython), "s/s"),
        Figure(
            "speed_micropython", "simulated seconds per second, MicroPython in Node.js", round(on_micropython), "s/s"
        ),
        Figure("heap_composed", "firmware heap in use after composing", in_use.total, "bytes"),
        Figure("heap_growth", _growth_text(extent), growth, "bytes"),
        Figure("wake_us", "one scheduler wake (supervisor), MicroPython in Node.js", round(wake.us, 1), "us"),
        Figure("wake_bytes", "heap taken by a wake that commits nothing, at most", wake.bytes, "bytes"),
        Figure("step_us", "one delivered step (both wakes and its part of a reserved block)", round(step.us, 1), "us"),
        Figure("step_bytes", "heap taken by a step inside a reserved block, at most", step.bytes, "bytes"),
        Figure("mpy_bytes", "all firmware as .mpy", staged["mpy_bytes"], "bytes"),
        Figure("mpy_names", "names in those files", len(staged["names"]), ""),
    )
    return {
        "format": FORMAT,
        **described,
        "figures": [figure.document() for figure in figures],
        "rooms": {
            name: {
                "files": room["files"],
                "mpy_bytes": room["mpy_bytes"],
                "names": len(room["names"]),
                "heap_bytes": in_use.code.get(name, 0),
            }
            for name, room in sizes.items()
        },
        "heap": {
            "code": sum(in_use.code.values()) - in_use.merging_saves,
            "merging_saves": in_use.merging_saves,
            "names": in_use.names,
            "name_count": in_use.name_count,
            "objects": in_use.objects,
            "board_data": in_use.board_data,
            "by_hour": in_use.by_hour,
        },
        "wakes": {"simulated_s": extent.hours * 3600, "passes": woken.passes, "by_task": woken.by_task},
        "emulated": emulated(folder),
    }


def emulated(folder: Path) -> dict[str, Any] | None:
    """What `thecal emulate` last measured, None without it or where it cannot be read."""
    try:
        found = json.loads((folder / EMULATED).read_text(encoding="utf-8"))
        return {name: found[name] for name in ("image", "firmware", "boot_ms", "heap_bytes")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _growth_text(extent: Extent) -> str:
    return f"growth of its live heap, hour {extent.settled_hours} to hour {extent.growth_hours}"
