"""The prescription that costs the pump most, with the busiest legal day behind it, as files of an emulated Pico."""

from pathlib import Path
from typing import Any, NamedTuple

from thecal_tools import board_files, dose_windows, prescription_file, units
from thecal_tools.emulated_flash import build_filesystem
from thecal_tools.emulation import EmulatedPump, Progress
from thecal_tools.emulation_image import BOARD, RECORDS, measuring
from thecal_tools.program_manifest import with_manifest
from thecal_tools.scenario_file import board_module
from thecal_tools.therapy import DAYS
from virtual_bench.scenario_run import ScenarioRun

_PATTERNS, _STEPS, _SCHEDULED = 4, 24, 12
# 10 uL in a minute, on a background of 5 to 7 mL/day; a grant each hour, and none that still locks the next one out.
_BOLUS = {"dose": "10 ug", "duration": "1 min", "lockout": "15 min", "max_per_24h": 24}
_GRANTS, _FIRST_S, _EVERY_S = 24, 300, 3_600
_HOLD_MS = 1_200
# Monday 2026-03-02 00:00, in s since 2020-01-01, and how long the bench runs: the first grant is just over a day old.
_START_S = 194_572_800
_DURATION_S = 86_400 + _FIRST_S + 120
_RESERVOIR_UL = 20_000
# What the limits are above the lowest legal ones where the search takes longest; found by trying.
_ABOVE_HOUR_NG, _ABOVE_DAY_NG = 25_000, 3_000
# What it is on the chip when it is switched on: some minutes later.
_RTC = (2026, 3, 3, 1, 0, 20, 0, 0)
_SET_RTC = f"import machine\nmachine.RTC().datetime({_RTC})\n"


def prescription() -> dict[str, Any]:
    """The document: as many patterns, steps and boluses as are legal."""
    names = "abcd"
    patterns = {
        name: [
            {
                "start": f"{hour:02}:00",
                "end": f"{hour + 1:02}:00",
                "rate": f"{5000 + 20 * hour + number} ug/day",
            }
            for hour in range(_STEPS)
        ]
        for number, name in enumerate(names)
    }
    return {
        "format": "thecal.prescription/1",
        "id": "EMULATED-WORST",
        "drug": "water",
        "concentration": "1 mg/mL",
        "mode": "flex",
        "flex": {
            "patterns": patterns,
            "week": {day: names[index % _PATTERNS] for index, day in enumerate(DAYS)},
            "fallback_rate": "5000 ug/day",
        },
        "patient_bolus": _BOLUS,
        "scheduled_boluses": [
            {"at": f"{2 * index:02}:30", "days": list(DAYS), "dose": "10 ug", "duration": "1 min"}
            for index in range(_SCHEDULED)
        ],
        "low_reservoir": "2 mL",
        "note": "BENCH ONLY, water in place of drug; not a dosing instruction.",
    }


def tight() -> dict[str, Any]:
    """The same with limits so low that no patient bolus ever fits and a whole week is searched for a place."""
    therapy = prescription_file.read(prescription())
    hour, day = (dose_windows.least_limit(therapy, window_s) for window_s in (dose_windows.HOUR_S, units.DAY_S))
    limits = {"per_1h": f"{hour + _ABOVE_HOUR_NG} ng", "per_24h": f"{day + _ABOVE_DAY_NG} ng"}
    return prescription() | {"limits": limits}


class Day(NamedTuple):
    """What such a day left: the flash, how many steps were given, and what the reservoir holds."""

    flash: bytes
    steps: int
    reservoir_ul: int


def day(is_tight: bool = False) -> Day:
    """The firmware, and the records of a pump that has had such a day on the virtual bench. Raises BuildError.

    is_tight: in the end the limits were lowered.
    """
    compiled = {
        "seed": 1,
        "ticks_start": 0,
        "duration_ms": _DURATION_S * 1000,
        "start_wall_s": _START_S,
        "start_pump_s": 0,
        "reservoir_ul": _RESERVOIR_UL,
        "prescription": prescription_file.compile_prescription(prescription()).hex(),
        "events": [[(_FIRST_S + _EVERY_S * index) * 1000, "press", ["bolus", _HOLD_MS]] for index in range(_GRANTS)],
    }
    run = ScenarioRun(compiled, board_module(BOARD), keeps_trace=False)
    run.run()
    app = run.app
    assert app is not None
    if is_tight:
        app.pump.program(prescription_file.compile_prescription(tight()))
    records = {f"{RECORDS}/{path}": data for path, data in run.bench.volume.snapshot() if data is not None}
    firmware = board_files.files(BOARD)
    firmware["main.py"] = (_SET_RTC + measuring(firmware["main.py"].decode())).encode()
    flash = build_filesystem(with_manifest(firmware, BOARD) | records)
    return Day(flash, app.ledger.total(), app.pump.status()["reservoir_counted_nl"] // 1000)


def power_on(uf2: Path, before: Day, flash: bytes | None = None, progress: Progress | None = None) -> EmulatedPump:
    """That pump on the chip. flash: what it has become since, None where nothing."""
    pump = EmulatedPump(uf2, progress, before.flash if flash is None else flash)
    board = pump.board
    span = board.LEVEL_FULL_U16 - board.LEVEL_EMPTY_U16
    level = board.LEVEL_EMPTY_U16 + span * before.reservoir_ul // board.RESERVOIR_UL
    pump.pico.set_adc(board.RESERVOIR_LEVEL, level)
    return pump
