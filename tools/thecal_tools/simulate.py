"""Runs a checked scenario on one of the hosts, with the firmware on the virtual bench."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from thecal_tools.day_report import sim_result
from thecal_tools.scenario_file import Scenario, board_module

HOSTS = ("cpython", "micropython")
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Simulation:
    """document: the result (docs/sim_result.md). journal: the pump's 40-byte records.

    files: its ledger and reserve mark, by name.
    """

    document: dict[str, Any]
    journal: bytes
    files: dict[str, bytes]


def simulate(scenario: Scenario, host: str = "cpython", progress: Progress | None = None) -> Simulation:
    """Run a scenario. host: one of HOSTS. progress: called with the part done, 0 to 1. Raises HostError."""
    run = {"cpython": _on_cpython, "micropython": _on_micropython}[host]
    raw = run(scenario.compiled, progress)
    files = {name: bytes.fromhex(text) for name, text in raw["files"]}
    return Simulation(sim_result.document(raw, scenario.title, host), raw["journal"], files)


def _on_cpython(compiled: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
    from virtual_bench import scenario_run

    return scenario_run.run(compiled, board_module(compiled["board"]), progress)


def _on_micropython(compiled: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
    from thecal_tools import micropython_host

    return micropython_host.run_scenario(compiled, progress)
