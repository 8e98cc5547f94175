"""The days that are measured: the flex example at 0.5 mL/day."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from thecal_tools import scenario_file
from thecal_tools.files import Source

ROOT = Path(__file__).resolve().parents[3]
FLEX_DAY = ROOT / "examples/scenarios/flex_day.json"
FLEX = ROOT / "examples/prescriptions/baclofen_flex.json"
INSIDE = Path(__file__).parent / "inside"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PRESSES = (6, 12, 18)  # hours of each day


@cache
def _flex_day() -> dict[str, Any]:
    return scenario_file.load(FLEX_DAY).compiled


def undisturbed(hours: int) -> dict[str, Any]:
    """The compiled flex example without anybody's presses."""
    return {**_flex_day(), "events": [], "duration_ms": hours * HOUR_MS}


def over_the_wrap(hours: int) -> dict[str, Any]:
    """From day 11 on, so that the ticks wrap in the second day; the patient presses three times a day.

    Half the example's flow: sums of the virtual bench stay under 2^30 pL, from where on they are heap objects.
    """
    prescription = {**json.loads(FLEX.read_text(encoding="utf-8")), "concentration": "4000 ug/mL"}
    document = {
        **json.loads(FLEX_DAY.read_text(encoding="utf-8")),
        "prescription": prescription,
        "start": {"wall": "2026-03-02 00:00", "pump_time": "11 days"},
        "events": [],
        "expect": {},
    }
    days = range(hours // 24 + 1)
    presses = [[day * DAY_MS + hour * HOUR_MS, "press", ["bolus", 1500]] for day in days for hour in PRESSES]
    compiled = scenario_file.read(document, Source(FLEX_DAY)).compiled
    return {**compiled, "events": presses, "duration_ms": hours * HOUR_MS}


def script_files(*names: str) -> dict[str, bytes]:
    """The scripts of `inside`, by their places in MicroPython."""
    return {f"/lib/{name}.py": (INSIDE / f"{name}.py").read_bytes() for name in names}


def files(compiled: dict[str, Any], *names: str) -> dict[str, bytes]:
    """Scripts, and the scenario for them."""
    return {**script_files(*names), "/in/scenario.json": json.dumps(compiled).encode()}
