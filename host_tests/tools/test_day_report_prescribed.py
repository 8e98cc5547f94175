"""Prescribed volumes, held against a sum over single minutes."""

from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from thecal_tools import prescription_file
from thecal_tools.day_report.prescribed import Programme, Spread, held_back

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONDAY = datetime(2026, 3, 2)
FLEX = {
    "format": "thecal.prescription/1",
    "id": "TEST-1",
    "drug": "baclofen",
    "concentration": "500 ug/mL",
    "mode": "flex",
    "flex": {
        "fallback_rate": "200 ug/day",
        "week": dict.fromkeys(WEEK[:5], "work") | dict.fromkeys(WEEK[5:], "rest"),
        "patterns": {
            "work": [
                {"start": "00:00", "end": "06:15", "rate": "100 ug/day"},
                {"start": "06:15", "end": "24:00", "rate": "240 ug/day"},
            ],
            "rest": [{"start": "00:00", "end": "24:00", "rate": "150 ug/day"}],
        },
    },
    "scheduled_boluses": [
        {"at": "23:50", "days": ["mon", "sun"], "dose": "10 ug", "duration": "20 min"},
        {"at": "12:00", "days": ["wed"], "dose": "5 ug", "duration": "5 min"},
    ],
    "low_reservoir": "2 mL",
}
SIMPLE = {
    "format": "thecal.prescription/1",
    "id": "TEST-2",
    "drug": "morphine",
    "concentration": "20 mg/mL",
    "mode": "simple_continuous",
    "rate": "3 mg/day",
    "low_reservoir": "2 mL",
}

MINUTES = st.integers(0, 14 * 1440)


def programme(document=FLEX) -> Programme:
    return Programme(prescription_file.read(document))


def minute_by_minute(start: datetime, minutes: int) -> Fraction:
    total = Fraction(0)
    for n in range(minutes):
        at = start + timedelta(minutes=n)
        minute, day = at.hour * 60 + at.minute, at.weekday()
        rate = 150 if day >= 5 else 100 if minute < 375 else 240
        total += Fraction(rate, 1440)
        if (day in (0, 6) and minute >= 1430) or (day in (1, 0) and minute < 10):
            total += Fraction(10, 20)
        if day == 2 and 720 <= minute < 725:
            total += 1
    return total * 1_000_000 / 500


@given(MINUTES, st.integers(1, 2 * 1440))
def test_volume_is_the_sum_over_minutes(first, minutes):
    start = MONDAY + timedelta(minutes=first)
    assert programme().volume_nl(start, start + timedelta(minutes=minutes)) == minute_by_minute(start, minutes)


@given(MINUTES, MINUTES, MINUTES)
def test_volumes_of_adjacent_times_add_up(one, two, three):
    plan = programme()
    first, middle, last = (MONDAY + timedelta(minutes=m) for m in sorted((one, two, three)))
    assert plan.volume_nl(first, middle) + plan.volume_nl(middle, last) == plan.volume_nl(first, last)


def test_background_covers_the_time_without_gap():
    start, end = MONDAY + timedelta(hours=3), MONDAY + timedelta(days=8, hours=1)
    stretches = list(programme().background(start, end))
    assert stretches[0].start == start
    for before, after in pairwise(stretches):
        assert before.start + before.duration == after.start
    assert stretches[-1].start + stretches[-1].duration == end


def test_a_bolus_held_back_goes_on_where_it_was():
    minutes = timedelta(minutes=1)
    bolus = Spread(MONDAY, Fraction(60), 60 * minutes)
    pauses = [Spread(MONDAY + at * minutes, Fraction(1), 10 * minutes) for at in (-20, 15, 40, 300)]
    parts = [(part.start - MONDAY, part.volume_nl, part.duration) for part in held_back(bolus, pauses)]
    assert parts == [
        (0 * minutes, 15, 15 * minutes),
        (25 * minutes, 15, 15 * minutes),
        (50 * minutes, 30, 30 * minutes),
    ]


def test_unit_of_mass_fits_the_drug():
    assert programme().mass_unit == ("mcg", 1_000)
    assert programme(SIMPLE).mass_unit == ("mg", 1_000_000)
    assert programme(SIMPLE | {"rate": "0.96 mg/day"}).mass_unit == ("mcg", 1_000)
    assert programme().mode == "flex"
    assert programme(SIMPLE).mode == "simple continuous"
