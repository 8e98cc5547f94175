"""The whole matrix, cell by cell on several processes; what was measured with these very sources is not run again."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from thecal_tools.bench_figures import machine
from thecal_tools.fault_campaign import cases, phases, years
from thecal_tools.fault_campaign.cell import Cell, run

FORMAT = "thecal.faults/1"
ROOT = Path(__file__).resolve().parents[3]
# Finished cells and years, one JSON line each, with the fingerprint of the sources that they were run with.
STORE = "measured.jsonl"
# Cells that a process takes at a time; those of one phase and rate share their twin.
BATCH = 12
RATE_OF_REDUCED = "40"
_SOURCES = ("firmware", "boards", "tools/virtual_bench", "tools/thecal_tools/fault_campaign")
_FILES = ("scenario_file", "prescription_file", "prescription_binary", "dose_windows", "therapy", "fault_values")

# (part done, 0 to 1; cells that failed so far)
Progress = Callable[[float, int], None]


def fingerprint() -> str:
    """Of all sources that a cell's figures depend on."""
    digest = hashlib.sha256()
    files = [path for folder in _SOURCES for path in (ROOT / folder).rglob("*.py")]
    files += [ROOT / f"tools/thecal_tools/{name}.py" for name in _FILES]
    for path in sorted(files):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def reduced() -> list[Cell]:
    """Each case once, over all phases in turn, at the rate that costs the least time."""
    places = [phase for phase in phases.PHASES if RATE_OF_REDUCED in phase.rates]
    chosen = [
        Cell(case.id, places[number % len(places)].name, RATE_OF_REDUCED) for number, case in enumerate(cases.CASES)
    ]
    # Cells of one phase stand together, because they share its twin.
    return sorted(chosen, key=lambda cell: (cell.phase, cell.case))


class Store:
    """Results by name in a file that grows line by line, so that a campaign can be stopped at any time."""

    def __init__(self, folder: Path, sources: str):
        self._path = folder / STORE
        self._sources = sources
        self.results: dict[str, dict[str, Any]] = {}
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                self._take(line)

    def _take(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except ValueError:  # the last line of a campaign that was killed
            return
        if entry.get("sources") == self._sources:
            self.results[entry["name"]] = entry["result"]

    def add(self, name: str, result: dict[str, Any]) -> None:
        """Keep a result, on disk too."""
        self.results[name] = result
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"sources": self._sources, "name": name, "result": result}) + "\n")


def measure(
    cells: Sequence[Cell], store: Store, workers: int, progress: Progress, profiles: Sequence[str] = ()
) -> None:
    """Run what the store lacks of the cells, and of the fault-free years by name."""
    missing = [cell for cell in cells if str(cell) not in store.results]
    batches: list[tuple[str, ...]] = [(name,) for name in profiles if name not in store.results]
    batches += [tuple(map(str, batch)) for batch in _batches(missing)]
    total = len(cells) + YEAR_WEIGHT * len(profiles)
    done = sum(_weight(name) for name in [*map(str, cells), *profiles] if name in store.results)
    failed = sum(bool(store.results[str(cell)]["failures"]) for cell in cells if str(cell) in store.results)
    progress(done / max(total, 1), failed)
    with ProcessPoolExecutor(max(workers, 1), mp_context=get_context("spawn")) as pool:
        try:
            for future in as_completed([pool.submit(_measured, batch) for batch in batches]):
                for name, result in future.result():
                    store.add(name, result)
                    done += _weight(name)
                    failed += bool(result["failures"])
                progress(done / total, failed)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


# A year takes as long as so many cells.
YEAR_WEIGHT = 200


def _weight(name: str) -> int:
    return YEAR_WEIGHT if name.startswith(years.PREFIX) else 1


def _batches(cells: Iterable[Cell]) -> list[list[Cell]]:
    batches: list[list[Cell]] = []
    for cell in cells:
        last = batches[-1][-1] if batches else None
        if last is None or (last.phase, last.rate) != (cell.phase, cell.rate) or len(batches[-1]) == BATCH:
            batches.append([])
        batches[-1].append(cell)
    return batches


def _measured(names: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
    """In a process of its own."""
    return [(name, years.run(name) if name.startswith(years.PREFIX) else run(Cell(*name.split("/")))) for name in names]


def document(cells: Sequence[Cell], store: Store, sources: str, profiles: Sequence[str] = ()) -> dict[str, Any]:
    """The results as "thecal.faults/1" (docs/fault_campaign.md)."""
    described = machine.commit()
    return {
        "format": FORMAT,
        **described,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "sources": sources,
        "cases": [
            {
                "case": case.id,
                "throws": [[fault, value] for fault, value in case.throws],
                "detect": list(case.detect),
                "harmless": case.harmless,
                "rule": case.budget.rule,
                "over_ul": case.budget.over_ul,
                "under_ul": case.budget.under_ul,
                "release_ul": case.budget.release_ul,
            }
            for case in cases.CASES
        ],
        "cells": [store.results[str(cell)] for cell in cells],
        "years": [store.results[name] for name in profiles],
    }
