"""The parts of the proof: what each runs, what its result depends on, and the figures that it leaves."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from thecal_tools.errors import ThecalError
from thecal_tools.proof import mutants, sabotage_run, tree
from thecal_tools.proof.progress import bar
from thecal_tools.verbs import emulate

CUTS = tree.RESULTS / "power_cuts"
RECORDS = tree.ROOT / "build/bench/records.json"
FAULTS = tree.ROOT / "build/faults/results.json"
EMULATED = emulate.OUT / emulate.FILE
FAULT_FREE_YEARS = "8"
_FIRMWARE = ("firmware", "boards", "tools/virtual_bench")
_FAULT_TOOLS = (
    "scenario_file.py",
    "prescription_file.py",
    "prescription_binary.py",
    "dose_windows.py",
    "fault_values.py",
)
_EMULATION_TOOLS = tuple(
    f"tools/thecal_tools/{name}.py"
    for name in (
        "emulated_board",
        "emulated_chip",
        "emulated_flash",
        "emulated_pio",
        "emulated_usb",
        "emulation",
        "emulation_image",
        "emulation_report",
    )
)

Figures = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One part. title: what it tries. sources: files and folders that its result depends on.

    run: does the work with what stands behind the part's name on the command line, and returns whether all is as it
    should be. figures: what the last run left, in words and numbers for people, and details for programs.
    """

    name: str
    title: str
    sources: Sequence[str]
    run: Callable[[Sequence[str]], bool]
    figures: Callable[[], Figures]
    details: Callable[[], Any] = lambda: None


def _pytest(tests: Sequence[str], arguments: Sequence[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "-q", *tests, *arguments]
    return subprocess.run(command, cwd=tree.ROOT, env=os.environ | {"THECAL_PROOF": "1"}, check=False).returncode == 0


_CUT_TESTS = ("host_tests/power_cut/test_full_walk.py", "host_tests/power_cut/test_figures.py")


def _cut_figures() -> Figures:
    walked = [_read(path) for path in sorted(CUTS.glob("*.json"))]
    records = _read(RECORDS)["figures"]
    return {
        "cut points": sum(part["points"] for part in walked),
        "with a finding": sum(len(part["findings"]) for part in walked),
        "records kept": records["records_kept"],
        "erases per record": round(records["erases_per_record"], 3),
        "erases per mark": round(records["erases_per_mark"], 3),
        "flash life, years": round(records["life_years"], 1),
    }


_STATES = tree.RESULTS / "states"


def _state_figures() -> Figures:
    explored = [_read(path) for path in sorted(_STATES.glob("*.json"))]
    return {
        "states": sum(part["states"] for part in explored),
        "transitions": sum(part["transitions"] for part in explored),
        "ways back to therapy": sum(part["recoveries"] for part in explored),
        "longest path": max((part["longest_path"] for part in explored), default=0),
        "findings": sum(len(part["findings"]) for part in explored),
    }


def _run_faults(arguments: Sequence[str]) -> bool:
    years = () if arguments else ("--years", FAULT_FREE_YEARS)
    command = [str(tree.ROOT / "thecal"), "faults", "--workers", "2", *years, *arguments]
    return subprocess.run(command, cwd=tree.ROOT, check=False).returncode == 0


def _fault_figures() -> Figures:
    from thecal_tools.fault_campaign.summary import worst

    document = _read(FAULTS)
    rows = [*document["cells"], *document["years"]]
    figures: Figures = {
        "cells": len(document["cells"]),
        "fault-free years": len(document["years"]),
        "failed": sum(bool(row["failures"]) for row in rows),
    }
    for measure in worst(document["cells"], document).values():
        if measure.value is not None:
            figures[f"worst {measure.what}"] = f"{measure.value:.4g} {measure.unit} ({measure.cell})"
    return figures


def _run_sabotages(arguments: Sequence[str]) -> bool:
    with bar("sabotages") as say:
        document = sabotage_run.run(
            arguments, lambda outcome, done, of: say(f"{outcome.requirement} {outcome.outcome}", done, of)
        )
    rows = [row for row in document["sabotages"] if not arguments or row["requirement"] in arguments]
    for row in rows:
        if row["outcome"] != sabotage_run.CAUGHT:
            print(f"{row['requirement']} {row['outcome']}: {row['breaks']}: {row['why']}")
    return (
        sabotage_run.passed(document) if not arguments else all(row["outcome"] == sabotage_run.CAUGHT for row in rows)
    )


def _sabotage_figures() -> Figures:
    document = _read(sabotage_run.RESULT)
    outcomes = [row["outcome"] for row in document["sabotages"]]
    return {
        "sabotages": document["of"],
        "caught": outcomes.count(sabotage_run.CAUGHT),
        "missed": outcomes.count(sabotage_run.MISSED),
        "unsound": outcomes.count(sabotage_run.UNSOUND),
        "pending": " ".join(document["pending"]) or 0,
    }


def _run_mutants(arguments: Sequence[str]) -> bool:
    with bar("mutants") as say:
        document = mutants.run(arguments, lambda done, of: say("", done, of))
    from thecal_tools.proof.table import show_mutants

    show_mutants(document)
    return mutants.passed(document)


def _mutant_figures() -> Figures:
    document = _read(mutants.RESULT)
    total = document["total"]
    return {
        "mutants": total["mutants"],
        "killed": f"{document['score']:.1%}",
        "survived": total["survived"],
        "equivalent, with an argument": total["equivalent"],
        "not allowed to survive": len(document["not_allowed"]),
        "stale arguments": len(document["stale_equivalents"]),
    }


def _run_emulated(arguments: Sequence[str]) -> bool:
    command = [str(tree.ROOT / "thecal"), "emulate", "--trials", *arguments]
    code = subprocess.run(command, cwd=tree.ROOT, check=False).returncode
    if code not in (0, emulate.NOT_SEEN):
        raise ThecalError("emulated: could not be run here; what is kept of it stays")
    return code == 0


def _emulated_figures() -> Figures:
    from thecal_tools.emulated_trials import summary

    return summary.figures(_read(EMULATED)["trials"])


def _read(path: Any) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ThecalError(f"{path}: cannot be read ({error}): run the part again") from None


PARTS = (
    Part(
        "cuts",
        "power cut at every flash operation, and a second one in every recovery",
        (
            *_FIRMWARE,
            "host_tests/power_cut",
            "host_tests/rig.py",
            "tools/thecal_tools/littlefs_flash.py",
            "tools/thecal_tools/littlefs_volume.py",
            "tools/thecal_tools/littlefs_figures.py",
        ),
        lambda arguments: _pytest(_CUT_TESTS, arguments),
        _cut_figures,
    ),
    Part(
        "states",
        "every reachable state of pump, alarms, boluses, link and records, by everything that can happen",
        (*_FIRMWARE, "host_tests/exploration", "host_tests/rig.py"),
        lambda arguments: _pytest(("host_tests/exploration/test_all_states.py",), arguments),
        _state_figures,
    ),
    Part(
        "faults",
        "every fault in every phase of delivery at every rate; fault-free years",
        (*_FIRMWARE, "tools/thecal_tools/fault_campaign", *(f"tools/thecal_tools/{name}" for name in _FAULT_TOOLS)),
        _run_faults,
        _fault_figures,
    ),
    Part(
        "sabotage",
        "each safety requirement broken in turn: its tests fail",
        sabotage_run.SOURCES,
        _run_sabotages,
        _sabotage_figures,
        lambda: _read(sabotage_run.RESULT)["sabotages"],
    ),
    Part(
        "mutants",
        "each line of therapy, safety and pump changed: a test fails",
        mutants.SOURCES,
        _run_mutants,
        _mutant_figures,
        lambda: _read(mutants.RESULT)["files"],
    ),
    Part(
        "years",
        "365 days of steps walked one by one at 50 rates against the exact fraction",
        (
            "firmware/thecal/therapy/background.py",
            "firmware/thecal/tables/ticks.py",
            "host_tests/therapy/test_whole_years.py",
            "host_tests/therapy/test_background.py",
        ),
        lambda arguments: _pytest(("host_tests/therapy/test_whole_years.py",), arguments),
        lambda: {"rates": 50, "days": 365},
    ),
    # The last, as it cannot be run where there is no image.
    Part(
        "emulated",
        "the firmware on an emulated RP2040: a run, resets, hangs, power cuts, jitter, answers of the panel",
        ("firmware", "boards/RPI_PICO", "tools/thecal_tools/emulated_trials", *_EMULATION_TOOLS),
        _run_emulated,
        _emulated_figures,
        lambda: _read(EMULATED),
    ),
)
