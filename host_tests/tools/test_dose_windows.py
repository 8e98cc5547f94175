"""Worst dose windows and the limits from them, against a pump simulated minute by minute with random patients."""

import random
from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.safety.gate import Gate
from thecal_tools import dose_windows, prescription_file
from thecal_tools.dose_windows import HOUR_S
from thecal_tools.units import DAY_S

DAY_MIN = 1440
PL_PER_STEP = 250_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BASE = {
    "format": "thecal.prescription/1",
    "id": "TEST-1",
    "drug": "water",
    "concentration": "1000 ug/mL",
    "mode": "simple_continuous",
    "rate": "240 ug/day",
    "low_reservoir": "2 mL",
}


def clock(minute):
    return f"{minute // 60:02d}:{minute % 60:02d}"


def pattern(draw):
    cuts = sorted(draw(st.sets(st.integers(1, 47), max_size=4)))
    edges = [30 * cut for cut in (0, *cuts, 48)]
    rates = st.integers(2, 400)
    return [{"start": clock(start), "end": clock(end), "rate": f"{draw(rates)} ug/h"} for start, end in pairwise(edges)]


def bolus(draw):
    return {"dose": f"{draw(st.integers(1, 20))} ug", "duration": f"{draw(st.sampled_from((10, 20, 45, 120)))} min"}


@st.composite
def prescriptions(draw):
    """Flex with two patterns, scheduled boluses in slots that cannot meet, and perhaps a patient bolus."""
    patterns = {"one": pattern(draw), "two": pattern(draw)}
    made = {name: value for name, value in BASE.items() if name != "rate"} | {
        "mode": "flex",
        "flex": {
            "patterns": patterns,
            "week": {day: draw(st.sampled_from(("one", "two"))) for day in WEEKDAYS},
            "fallback_rate": f"{draw(st.integers(2, 400))} ug/h",
        },
    }
    hours = sorted(draw(st.sets(st.sampled_from(range(0, 24, 3)), max_size=3)))
    days = st.sets(st.sampled_from(WEEKDAYS), min_size=1)
    scheduled = [bolus(draw) | {"at": clock(hour * 60), "days": sorted(draw(days))} for hour in hours]
    if scheduled:
        made["scheduled_boluses"] = scheduled
    if draw(st.booleans()):
        lockout = draw(st.sampled_from((15, 40, 180, 600)))
        made["patient_bolus"] = bolus(draw) | {"lockout": f"{lockout} min", "max_per_24h": draw(st.integers(1, 24))}
    return made


class Pump:
    """Given ng per minute by a legal pump with a patient who presses when he likes. Knows nothing of windows."""

    def __init__(self, therapy, seed, eager):
        self._therapy = therapy
        self._random = random.Random(seed)
        self._eager = eager
        self._knows_time_until = self._random.choice((0, 3 * DAY_MIN, 99 * DAY_MIN))

    def run(self, minutes):
        patient = self._therapy.patient
        grants, running, scheduled, free_at = [], 0, None, 0
        for minute in range(minutes):
            given = self._background(minute)
            due = self._due(minute)
            if due is not None and scheduled is None:
                scheduled = [due, due.duration_s // 60]
            if patient and running == 0 and minute >= free_at and self._presses():
                recent = [start for start in grants if minute - start < DAY_MIN]
                if len(recent) < patient.max_per_24h:
                    grants.append(minute)
                    running = patient.duration_s // 60
            if running:
                given += Fraction(patient.dose * 60, patient.duration_s)
                running -= 1
                free_at = minute + 1 + patient.lockout_s // 60
            elif scheduled is not None:
                given += Fraction(scheduled[0].dose * 60, scheduled[0].duration_s)
                scheduled[1] -= 1
                scheduled = scheduled if scheduled[1] else None
            yield given

    def _presses(self):
        return self._random.random() < self._eager

    def _background(self, minute):
        if minute >= self._knows_time_until:
            return self._therapy.fallback_rate() / DAY_MIN
        day, of_day = divmod(minute, DAY_MIN)
        return next(rate for start, end, rate in self._therapy.day(day % 7) if start <= of_day < end) / DAY_MIN

    def _due(self, minute):
        day, of_day = divmod(minute, DAY_MIN)
        for scheduled in self._therapy.scheduled:
            if scheduled.at == of_day and scheduled.days >> day % 7 & 1:
                return scheduled
        return None


def worst_seen(given, minutes):
    total = worst = Fraction(0)
    for index, amount in enumerate(given):
        total += amount - (given[index - minutes] if index >= minutes else 0)
        worst = max(worst, total)
    return worst


@pytest.mark.req("SR-03")
@settings(max_examples=8, deadline=None)
@given(prescriptions(), st.integers(0, 2**32))
def test_no_legal_pump_ever_gives_more_than_the_worst_window(document, seed):
    therapy = prescription_file.read(document)
    for eager in (1.0, 0.02):
        given_ng = list(Pump(therapy, seed, eager).run(9 * DAY_MIN))
        assert worst_seen(given_ng, 60) <= dose_windows.worst_window(therapy, HOUR_S)
        assert worst_seen(given_ng, DAY_MIN) <= dose_windows.worst_window(therapy, DAY_S)


@pytest.mark.req("SR-03")
@settings(max_examples=5, deadline=None)
@given(prescriptions(), st.integers(0, 2**32))
def test_the_firmware_s_gate_passes_every_step_of_a_legal_pump(document, seed):
    therapy = prescription_file.read(document)
    limits = dose_windows.limits(therapy)
    gate = Gate()
    gate.set_limits(limits.gate_1h_nl, limits.gate_24h_nl, PL_PER_STEP, 0)
    due, given_steps = Fraction(0), 0
    for minute, amount in enumerate(Pump(therapy, seed, 1.0).run(3 * DAY_MIN)):
        due += therapy.volume_nl(amount) * 1000 / PL_PER_STEP
        for _ in range(int(due) - given_steps):
            assert gate.grant(60 * minute), gate.refused()
        given_steps = int(due)


@settings(max_examples=8, deadline=None)
@given(prescriptions())
def test_without_a_patient_and_with_a_low_fallback_the_worst_window_is_reached(document):
    document.pop("patient_bolus", None)
    document["flex"]["fallback_rate"] = "2 ug/h"
    therapy = prescription_file.read(document)
    pump = Pump(therapy, 0, 0.0)
    pump._knows_time_until = 99 * DAY_MIN
    given_ng = list(pump.run(15 * DAY_MIN))
    assert worst_seen(given_ng, 60) == dose_windows.worst_window(therapy, HOUR_S)
    assert worst_seen(given_ng, DAY_MIN) == dose_windows.worst_window(therapy, DAY_S)


@pytest.mark.parametrize(
    ("patient", "hour", "day"),
    [
        ({"dose": "10 ug", "duration": "10 min", "lockout": "2 h", "max_per_24h": 4}, 10_000, 40_000),
        ({"dose": "10 ug", "duration": "10 min", "lockout": "2 h", "max_per_24h": 24}, 10_000, 120_000),
        ({"dose": "10 ug", "duration": "10 min", "lockout": "15 min", "max_per_24h": 24}, 30_000, 240_000),
        ({"dose": "10 ug", "duration": "2 h", "lockout": "1 h", "max_per_24h": 24}, 5_000, 80_000),
        ({"dose": "10 ug", "duration": "2 h", "lockout": "23 h", "max_per_24h": 24}, 5_000, 10_000),
    ],
)
def test_patient_boluses_alone(patient, hour, day):
    document = {name: value for name, value in BASE.items() if name != "rate"}
    therapy = prescription_file.read(document | {"mode": "bolus_only", "patient_bolus": patient})
    assert dose_windows.worst_window(therapy, HOUR_S) == hour
    assert dose_windows.worst_window(therapy, DAY_S) == day


def test_one_bolus_at_a_time_bounds_the_hour():
    both = {"dose": "100 ug", "duration": "1 h"}
    document = BASE | {
        "patient_bolus": both | {"lockout": "1 h", "max_per_24h": 1},
        "scheduled_boluses": [both | {"at": "12:00", "days": ["mon"]}],
    }
    assert dose_windows.worst_window(prescription_file.read(document), HOUR_S) == 110_000


@pytest.mark.req("SR-03")
def test_limits_default_to_the_worst_windows_and_the_gate_stands_above_them():
    document = BASE | {"patient_bolus": {"dose": "60 ug", "duration": "10 min", "lockout": "4 h", "max_per_24h": 3}}
    therapy = prescription_file.read(document)
    limits = dose_windows.limits(therapy)
    assert (limits.per_1h_ng, limits.per_24h_ng) == (70_000, 420_000)
    # 10 uL/h and 360 uL/h at most at once: 370,000 nL in 3600 s.
    assert limits.gate_1h_nl == ceil(70_000 + Fraction(660 * 370_000, 3600)) + 2_000
    assert limits.gate_24h_nl == ceil(420_000 + Fraction(1_500 * 370_000, 3600)) + 2_000


@pytest.mark.req("SR-03")
@pytest.mark.parametrize(("field", "text"), [("per_1h", "70 ug"), ("per_24h", "420 ug")])
def test_a_limit_may_equal_the_worst_window(field, text):
    document = BASE | {"patient_bolus": {"dose": "60 ug", "duration": "10 min", "lockout": "4 h", "max_per_24h": 3}}
    prescription_file.read(document | {"limits": {field: text}})


@pytest.mark.req("SR-03")
def test_the_gate_never_stands_above_the_mechanism_s_limits():
    limits = dose_windows.limits(prescription_file.read(BASE | {"rate": "23900 ug/day", "limits": {"per_1h": "1 mg"}}))
    assert limits.gate_1h_nl == 1_000_000
    assert limits.gate_24h_nl == 24_000_000
