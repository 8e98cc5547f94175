"""Cost of one scheduler wake and of one delivered step on MicroPython: microseconds and bytes of heap."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from thecal_tools import micropython_host
from thecal_tools.bench_figures import scenarios

_LOAD = """
import json
import wakes

with open("/in/scenario.json") as stream:
    compiled = json.load(stream)
"""
HEAP_PARTS = (_LOAD + "heap = wakes.Heap(wakes.running(compiled))", "again = heap.piece()", "heap.show()")
TIME_PARTS = (
    _LOAD + "timed = wakes.Time(wakes.running(compiled))",
    "print(min(timed.wake_us({count}) for _ in range(5)))\ntimed.follow_steps()",
    "again = timed.piece({last_ms})",
    "print(timed.best_us)",
)

Found = dict[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True)
class Cost:
    """us: microseconds in WebAssembly. bytes: of heap, at most."""

    us: float
    bytes: int


def heap_of_wakes() -> Found:
    """(wakes, most bytes) by task and kind of wake, as inside/wakes.py names them. Raises HostError."""
    # Two hours before the ticks wrap, so that the counted part runs over it.
    compiled = {**scenarios.undisturbed(24), "ticks_start": (1 << 30) - 2 * scenarios.HOUR_MS}
    with _small_heap():
        printed = micropython_host.run_script(HEAP_PARTS, scenarios.files(compiled, "wakes")).stdout
    rows = [line.split() for line in printed.splitlines()]
    return {(task, kind): (int(count), int(most)) for task, kind, count, most in rows}


def costs(count: int, hours: int) -> tuple[Cost, Cost]:
    """Of one wake and of one step, the best of five times `count` wakes and of `hours`. Raises HostError."""
    found = heap_of_wakes()
    last_ms = str(hours * scenarios.HOUR_MS)
    parts = [part.replace("{count}", str(count)).replace("{last_ms}", last_ms) for part in TIME_PARTS]
    compiled = scenarios.undisturbed(hours + 1)
    wake_us, step_us = micropython_host.run_script(parts, scenarios.files(compiled, "wakes")).stdout.split()
    idle = max(most for (_, kind), (_, most) in found.items() if kind in ("idle", "signal"))
    return Cost(float(wake_us), idle), Cost(float(step_us), found["delivery", "step"][1])


@contextmanager
def _small_heap() -> Iterator[None]:
    """MicroPython counts its heap block by block, so a small one, which grows by itself, is thirty times quicker."""
    usual = micropython_host.HEAP_BYTES
    micropython_host.HEAP_BYTES = 256 * 1024
    try:
        yield
    finally:
        micropython_host.HEAP_BYTES = usual
