"""A simulation result that an ideal pump would give, for the tests of the report; and the result's form.

The ideal pump takes a step whenever a whole step is due, its rotor follows, and its level sensor is 30 uL off.
"""

from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from thecal_tools import prescription_file
from thecal_tools.day_report.figures import Day
from thecal_tools.day_report.prescribed import Programme, Spread
from thecal_tools.files import FileError, Source, check_schema
from thecal_tools.therapy import Therapy
from thecal_tools.units import WALL_EPOCH, wall_time_s

PL_PER_STEP = 250_500
PUMP_START_S = 1_000
RESERVOIR_NL = 18_000_000
PRESCRIPTION = {
    "format": "thecal.prescription/1",
    "id": "BAC-TEST-1",
    "drug": "baclofen",
    "concentration": "2000 ug/mL",
    "mode": "flex",
    "flex": {
        "fallback_rate": "240 ug/day",
        "week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "every"),
        "patterns": {
            "every": [
                {"start": "00:00", "end": "06:30", "rate": "180 ug/day"},
                {"start": "06:30", "end": "10:00", "rate": "480 ug/day"},
                {"start": "10:00", "end": "24:00", "rate": "300 ug/day"},
            ]
        },
    },
    "patient_bolus": {"dose": "20 ug", "duration": "10 min", "lockout": "2 h", "max_per_24h": 3},
    "low_reservoir": "2 mL",
}
# Minutes of the day of each press, and its answer.
PRESSES = (
    (7 * 60 + 12, "granted"),
    (7 * 60 + 55, "lockout interval"),
    (9 * 60 + 40, "granted"),
    (21 * 60 + 45, "granted"),
    (22 * 60 + 30, "all boluses of 24 h are used"),
)


def therapy() -> Therapy:
    return prescription_file.read(PRESCRIPTION)


def sample_result(lost_steps_from_hour: int = 24) -> dict[str, Any]:
    """A day from Monday 2026-03-02; from one hour on, four steps an hour can be left out."""
    plan, wall = Programme(therapy()), wall_time_s("2026-03-02 00:00")
    start = WALL_EPOCH + timedelta(seconds=wall)
    step_nl, bolus_steps = Fraction(PL_PER_STEP, 1000), int(10_000 / Fraction(PL_PER_STEP, 1000))
    boluses = [
        Spread(start + timedelta(minutes=minute), bolus_steps * step_nl, timedelta(minutes=10))
        for minute, answer in PRESSES
        if answer == "granted"
    ]

    def steps_until(minute: int) -> tuple[int, int]:
        at = start + timedelta(minutes=minute)
        background = int(plan.volume_nl(start, at) / step_nl)
        lost = max(minute - 60 * lost_steps_from_hour, 0) // 15
        return background - lost, int(sum(b.between(start, at) for b in boluses) / step_nl)

    trace = []
    for minute in range(0, 24 * 60 + 1, 5):
        steps = sum(steps_until(minute))
        left = RESERVOIR_NL - int(steps * step_nl)
        wobble = 8_000 * (minute * 7 // 5 % 5 - 2)
        trace.append([60 * minute, steps, steps, int(steps * step_nl), left, left + 30_000 + wobble, left])
    hours = []
    for hour, (before, after) in enumerate(pairwise(steps_until(60 * hour) for hour in range(25))):
        counts = [after[0] - before[0], 0, after[1] - before[1], 0, 0, 0]
        span = {"pump_s": PUMP_START_S + 3600 * hour, "wall_s": wall + 3600 * hour}
        until = {f"until_{name}": at_s + 3600 for name, at_s in span.items()}
        hours.append({**span, **until, "steps": counts})
    background, patient = steps_until(24 * 60)
    return {
        "format": "thecal.sim-result/1",
        "title": "an ideal pump",
        "host": "cpython",
        "seed": 7,
        "firmware_version": "0.1.0",
        "start": {"pump_s": PUMP_START_S, "wall_s": wall},
        "duration_s": 86_400,
        "pl_per_step": PL_PER_STEP,
        "doses": {"background": _account(background), "patient": _account(patient)},
        "requests": [_request(minute, answer, wall, bolus_steps) for minute, answer in PRESSES],
        "alarms": [
            {"pump_s": PUMP_START_S + 50_000, "wall_s": wall + 50_000, "alarm": "reservoir_low", "change": "raised"},
            {"pump_s": PUMP_START_S + 50_400, "wall_s": wall + 50_400, "alarm": "reservoir_low", "change": "cleared"},
        ],
        "reservoir": {
            "start_ul": RESERVOIR_NL // 1000,
            "computed_nl": trace[-1][6],
            "measured_nl": trace[-1][5],
            "true_nl": trace[-1][4],
        },
        "hours": hours,
        "trace": trace,
        "heap": None,
        "truth": {"lost_steps": 0},
        "uncertain_steps": 0,
        "holds": [],
        "restarts": [],
        "worst_late_ms": {"delivery": 0},
        "replies": [],
    }


def sample_day(lost_steps_from_hour: int = 24) -> Day:
    return Day(sample_result(lost_steps_from_hour), therapy())


def _account(steps: int) -> dict[str, int]:
    volume = steps * PL_PER_STEP // 1000
    return {"reserved": steps + 2, "commanded": steps, "confirmed": steps, "volume_nl": volume}


def _request(minute: int, answer: str, wall: int, steps: int) -> dict:
    at = PUMP_START_S + 60 * minute
    following = {"lockout interval": at + 87 * 60, "granted": at + 130 * 60}.get(answer)
    return {
        "pump_s": at,
        "wall_s": wall + 60 * minute,
        "kind": "patient",
        "granted": answer == "granted",
        "steps": steps,
        "duration_s": 600,
        "reason": answer,
        "next_pump_s": following,
    }


def test_sample_is_a_simulation_result():
    check_schema(sample_result(), "sim_result", Source("sample"))


@pytest.mark.parametrize("field", sorted(sample_result()))
def test_every_field_is_required(field):
    result = sample_result()
    del result[field]
    with pytest.raises(FileError, match=f"{field}: missing"):
        check_schema(result, "sim_result", Source("sample"))


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("format",), "thecal.sim-result/2"),
        (("pl_per_step",), 250.5),
        (("requests", 0, "kind"), "nurse"),
        (("hours", 0, "steps"), [1, 2, 3]),
        (("alarms", 0, "change"), "ignored"),
        (("trace", 0), [0, 1]),
    ],
)
def test_another_form_is_refused(where, value):
    result = sample_result()
    inside = result
    for part in where[:-1]:
        inside = inside[part]
    inside[where[-1]] = value
    with pytest.raises(FileError):
        check_schema(result, "sim_result", Source("sample"))
