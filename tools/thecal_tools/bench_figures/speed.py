"""Simulated seconds per second on this machine, on both interpreters, and how often the firmware woke."""

import time
from dataclasses import dataclass
from typing import Any

from thecal_tools import micropython_host
from thecal_tools.bench_figures import scenarios
from thecal_tools.scenario_file import board_module

_PARTS = (
    """
import json
import time
import board
from virtual_bench import scenario_run

with open("/in/scenario.json") as stream:
    run = scenario_run.ScenarioRun(json.load(stream), board)
while run.app is None:
    run.slice()
start = time.ticks_ms()
""",
    "again = run.slice()",
    "print(time.ticks_diff(time.ticks_ms(), start))",
)


@dataclass(frozen=True)
class Wakes:
    """by_task: runs of each task. passes: of the scheduler, those that only slept among them."""

    by_task: dict[str, int]
    passes: int


def on_cpython(hours: int) -> float:
    """One run of the undisturbed flex example, composing and results included."""
    from virtual_bench import scenario_run

    compiled = scenarios.undisturbed(hours)
    board = board_module(compiled["board"])
    start = time.perf_counter()
    scenario_run.run(compiled, board)
    return hours * 3600 / (time.perf_counter() - start)


def on_micropython(hours: int) -> float:
    """The same in Node.js, from the first hour of therapy on. Raises HostError."""
    files = scenarios.files(scenarios.undisturbed(hours))
    took_ms = int(micropython_host.run_script(_PARTS, files).stdout)
    return hours * 3_600_000 / max(took_ms, 1)


def wakes(hours: int) -> Wakes:
    """How often each task ran in that time: the same on every host, as the journals are equal."""
    from virtual_bench import scenario_run

    compiled = scenarios.undisturbed(hours)
    run = scenario_run.ScenarioRun(compiled, board_module(compiled["board"]), None, None, False)
    while run.app is None:
        run.slice()
    app: Any = run.app
    counts = {task.name: 0 for task in app.scheduler.tasks}
    for task in app.scheduler.tasks:
        task.run = _counted(task.run, task.name, counts)
    run_once = app.scheduler.run_once
    passes = 0

    def counted_pass() -> None:
        nonlocal passes
        passes += 1
        run_once()

    app.scheduler.run_once = counted_pass
    while run.slice():
        pass
    return Wakes(counts, passes)


def _counted(run: Any, name: str, counts: dict[str, int]) -> Any:
    def counted(now: int) -> int:
        counts[name] += 1
        return run(now)

    return counted
