"""Worst dose windows and the limits from them, against a pump simulated minute by minute with random patients."""

import random
from fractions import Fraction
from itertools import pairwise
from math import ceil
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.records.dose_history import DoseHistory
from thecal.safety.gate import Gate
from thecal.tables import doses
from thecal.therapy import admission, prescription_check
from thecal.therapy.bolus import dose_of_steps, steps_of_dose
from thecal_tools import dose_windows, patient_room, prescription_file
from thecal_tools.derived import derived
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
            assert gate.grant(60 * minute, doses.BACKGROUND, 0), gate.refused()
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
def test_the_gate_stands_above_the_worst_windows_where_nobody_set_limits():
    document = BASE | {"patient_bolus": {"dose": "60 ug", "duration": "10 min", "lockout": "4 h", "max_per_24h": 3}}
    therapy = prescription_file.read(document)
    limits = dose_windows.limits(therapy)
    # 10 uL/h and 360 uL/h most at once: 370,000 nL in 3600 s.
    assert limits.gate_1h_nl == ceil(70_000 + Fraction(660 * 370_000, 3600)) + 2_000
    assert limits.gate_24h_nl == ceil(420_000 + Fraction(1_500 * 370_000, 3600)) + 2_000
    assert limits.per_1h_ng > 70_000
    assert limits.per_24h_ng > 420_000


class Asked:
    """A pump minute by minute whose admission is asked for every bolus that schedule, lockout and count allow."""

    def __init__(self, document, wall=True, patient=True):
        self.rule = prescription_check.checked(prescription_file.compile_prescription(document))
        self.wall, self.patient = wall, patient
        self.clock = SimpleNamespace(seconds=0)
        self.told = DoseHistory(None, self.clock)
        self.settled = [0] * len(self.rule.scheduled)
        self.refused, self.grants = [], []
        self._running, self._free_at = {}, 0

    def run(self, minutes, from_minute=0):
        for minute in range(from_minute, from_minute + minutes):
            self.clock.seconds = minute * 60
            day, of_day = divmod(minute, DAY_MIN)
            rate = self.rule.background(of_day if self.wall else -1, day % 7)
            self.told.rate_is(rate)
            for kind in [kind for kind, (end, _) in self._running.items() if end <= minute]:
                _, dose = self._running.pop(kind)
                self.told.end(kind, dose)
            for slot, (at, days, dose, duration_s) in enumerate(self.rule.scheduled):
                if self.wall and at == of_day and days >> day % 7 & 1 and doses.SCHEDULED not in self._running:
                    self.settled[slot] = day + 1
                    self._ask(doses.SCHEDULED, dose, duration_s, minute)
            if self.patient and self.rule.patient_dose and minute >= self._free_at:
                recent = [grant for grant in self.grants if minute - grant < DAY_MIN]
                if len(recent) < self.rule.patient_count:
                    self._ask(doses.PATIENT, self.rule.patient_dose, self.rule.patient_duration_s, minute)

    def _dose(self, dose):
        steps = steps_of_dose(dose, self.rule.concentration, PL_PER_STEP)
        return dose_of_steps(steps, self.rule.concentration, PL_PER_STEP)

    def _ask(self, kind, dose, duration_s, minute):
        # The board's own sums: see pump.boluses.
        second = self.clock.seconds
        others = max(self.told.latest_end() - second, 0) if kind == doses.SCHEDULED else 0
        span = others + duration_s + 2
        now = (second, (14 * DAY_S + second) if self.wall else 0, minute // DAY_MIN % 7)
        settled = [day + 14 if day else 0 for day in self.settled]
        dose = self._dose(dose)
        bolus, limits = (dose, span, PL_PER_STEP), (self.rule.limit_1h, self.rule.limit_24h)
        reason, _ = admission.first_free(self.rule, self.told, now, settled, bolus, limits, second)
        if reason != doses.GRANTED:
            self.refused.append((kind, minute, reason))
            return
        self.told.begin(kind, second + span, dose, duration_s)
        length = duration_s // 60
        begin, _ = self._running.get(doses.PATIENT, (minute, 0))
        if kind == doses.PATIENT:
            self.grants.append(minute)
            self._free_at = minute + length + ceil(self.rule.lockout_s / 60)
            self._running = {other: (end + length, ng) for other, (end, ng) in self._running.items()}
        self._running[kind] = (begin + length, dose)


@pytest.mark.req("SR-04", "PR-07")
@settings(max_examples=12, deadline=None)
@given(prescriptions(), st.booleans())
def test_where_nobody_set_limits_admission_refuses_nothing_that_the_prescription_allows(document, wall):
    pump = Asked(document, wall)
    pump.run(3 * DAY_MIN)
    assert pump.refused == []


@pytest.mark.req("SR-04", "PR-03")
@settings(max_examples=12, deadline=None)
@given(prescriptions(), st.integers(0, 6))
def test_under_the_least_limits_that_a_file_may_have_every_scheduled_bolus_is_admitted(document, day):
    therapy = prescription_file.read(document)
    least = [dose_windows.least_limit(therapy, window_s) for window_s in (HOUR_S, DAY_S)]
    document["limits"] = {"per_1h": f"{least[0]} ng", "per_24h": f"{least[1]} ng"}
    pump = Asked(document, patient=False)
    pump.run(3 * DAY_MIN, day * DAY_MIN)
    assert pump.refused == []


@pytest.mark.parametrize(
    ("limit", "rate", "dose", "most", "warning"),
    [
        ("1200 ug", "45 ug/h", "50 ug", 2, "the limits leave room for 2 patient boluses in 24 h, not for 21"),
        ("900 ug", "30 ug/h", "60 ug", 3, "the limits leave room for 3 patient boluses in 24 h, not for 21"),
        ("1160 ug", "48 ug/h", "40 ug", 0, "patient_bolus is never possible under this prescription"),
        ("3000 ug", "48 ug/h", "40 ug", 21, None),
        (None, "48 ug/h", "40 ug", 21, None),
    ],
)
@pytest.mark.req("PR-07")
def test_programming_warns_of_boluses_that_the_limits_leave_no_room_for(limit, rate, dose, most, warning):
    patient = {"dose": dose, "duration": "10 min", "lockout": "60 min", "max_per_24h": 21}
    document = BASE | {"rate": rate, "patient_bolus": patient}
    if limit:
        document["limits"] = {"per_24h": limit}
    therapy = prescription_file.read(document)
    values = derived(therapy)
    assert patient_room.most_per_day(therapy) == values.patient_per_day == most
    assert [text.startswith(warning) for text in values.warnings] == ([True] if warning else [])
    if limit:
        assert values.worst_24h_ng <= int(limit[:4]) * 1_000


def test_a_bolus_that_its_lockout_and_its_limits_both_make_rarer_is_told_of_twice():
    patient = {"dose": "50 ug", "duration": "10 min", "lockout": "60 min", "max_per_24h": 24}
    document = BASE | {"rate": "45 ug/h", "patient_bolus": patient, "limits": {"per_24h": "1200 ug"}}
    lockout, room = derived(prescription_file.read(document)).warnings
    assert "the lockout allows only 21 in 24 h" in lockout
    assert "room for 2 patient boluses" in room


WITH_A_PEAK = {name: value for name, value in BASE.items() if name != "rate"} | {
    "mode": "flex",
    "flex": {
        "patterns": {
            "one": [
                {"start": "00:00", "end": "12:00", "rate": "20 ug/h"},
                {"start": "12:00", "end": "13:00", "rate": "50 ug/h"},
                {"start": "13:00", "end": "24:00", "rate": "0 ug/h"},
            ]
        },
        "week": dict.fromkeys(WEEKDAYS, "one"),
        "fallback_rate": "290 ug/day",
    },
    "patient_bolus": {"dose": "20 ug", "duration": "10 min", "lockout": "4 h", "max_per_24h": 2},
    "scheduled_boluses": [
        {"at": "06:00", "days": ["mon"], "dose": "15 ug", "duration": "10 min"},
        {"at": "08:00", "days": ["mon", "tue"], "dose": "5 ug", "duration": "10 min"},
    ],
}


@pytest.mark.req("PR-07")
@pytest.mark.parametrize(
    ("limits", "refusing"),
    [
        ({"per_1h": "90 ug", "per_24h": "1240 ug"}, {}),
        ({"per_1h": "89.999 ug", "per_24h": "1240 ug"}, {"per_1h": "90.4 mcg"}),
        ({"per_1h": "90 ug", "per_24h": "1239.999 ug"}, {"per_24h": "1.2404 mg"}),
        ({"per_1h": "89.999 ug", "per_24h": "1239.999 ug"}, {"per_1h": "90.4 mcg", "per_24h": "1.2404 mg"}),
        ({"per_1h": "89.999 ug"}, {"per_1h": "90.4 mcg"}),
        ({"per_24h": "1240 ug"}, {}),
    ],
)
def test_programming_warns_of_limits_that_refuse_every_bolus_while_the_time_of_day_is_unknown(limits, refusing):
    # 50 ug/h all the time, Monday's 15 and 5 ug, and the bolus of 20 ug; from the named dose on any calibration fits.
    therapy = prescription_file.read(WITH_A_PEAK | {"limits": limits})
    assert patient_room.most_per_day(therapy) == 2
    warnings = derived(therapy).warnings
    assert len(warnings) == len(refusing)
    for warning, (field, least) in zip(warnings, refusing.items(), strict=True):
        assert warning.startswith(f"limits.{field} leaves no room for a patient bolus while the time of day is unknown")
        assert warning.endswith(f"so each is refused as never possible: from {least} on there is room for one")


@pytest.mark.req("PR-07")
def test_without_limits_or_without_a_patient_bolus_nobody_is_warned_of_the_time_of_day():
    without_bolus = {name: value for name, value in WITH_A_PEAK.items() if name != "patient_bolus"}
    for document in (WITH_A_PEAK, without_bolus | {"limits": {"per_24h": "1200 ug"}}):
        assert derived(prescription_file.read(document)).warnings == ()


@pytest.mark.req("SR-03")
@pytest.mark.parametrize(("field", "text"), [("per_1h", "10 ug"), ("per_24h", "240 ug")])
def test_a_limit_may_equal_what_is_programmed(field, text):
    document = BASE | {"patient_bolus": {"dose": "60 ug", "duration": "10 min", "lockout": "4 h", "max_per_24h": 3}}
    prescription_file.read(document | {"limits": {field: text}})


@pytest.mark.req("SR-03")
def test_the_gate_never_stands_above_the_mechanism_s_limits():
    limits = dose_windows.limits(prescription_file.read(BASE | {"rate": "23900 ug/day", "limits": {"per_1h": "1 mg"}}))
    # 1 mL/h for an hour and a bucket, for a day and a bucket, and four blocks more: thecal.tables.quantities.
    assert limits.gate_1h_nl == 61 * 1_000_000 // 60 + 8_001
    assert limits.gate_24h_nl == 24_250_000 + 8_000
