"""Pump time: exact over the wrap of the ticks, never set by anyone, never back; wall time as a mapping beside it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig import BEFORE_WRAP
from thecal.runtime.clock import Clock
from thecal.tables import states

PERIOD = 1 << 30
HALF = PERIOD // 2
EPOCH = datetime(2020, 1, 1)

advances = st.lists(st.one_of(st.integers(0, 3_000), st.integers(0, HALF - 1)), max_size=40)
pump_seconds = st.integers(0, 10 * 365 * 86_400)
# What the wall time can say: whole seconds from the first supported year to the end of the calendar rule.
moments = st.datetimes(datetime(2020, 1, 1, 0, 0, 1), datetime(2099, 12, 31)).map(lambda d: d.replace(microsecond=0))


class Ticks:
    """A tick counter that a test turns by hand."""

    def __init__(self, start: int = 0):
        self.tick = start % PERIOD

    def __call__(self) -> int:
        return self.tick

    def advance(self, milliseconds: int) -> None:
        self.tick = (self.tick + milliseconds) % PERIOD


def seconds_of(moment: datetime) -> int:
    return int((moment - EPOCH).total_seconds())


def set_to(moment: datetime, ticks: Ticks | None = None) -> Clock:
    clock = Clock(ticks or Ticks())
    clock.set_wall(seconds_of(moment), states.WALL_SET)
    return clock


@pytest.mark.req("SR-38")
def test_pump_time_goes_on_over_the_wrap_of_the_ticks_a_minute_after_the_start():
    ticks = Ticks(BEFORE_WRAP)
    clock = Clock(ticks, 1_000)
    for _ in range(60):
        ticks.advance(1_000)
        assert clock.now() == ticks.tick
    assert ticks.tick == 0
    ticks.advance(1_500)
    clock.now()
    assert (clock.seconds, clock.millis) == (1_061, 500)


@pytest.mark.req("SR-38")
@given(st.integers(0, PERIOD - 1), pump_seconds, advances)
def test_seconds_and_milliseconds_are_exact_over_any_steps_of_the_ticks(start, seconds, steps):
    ticks = Ticks(start)
    clock = Clock(ticks, seconds)
    passed = seconds * 1000
    for step in steps:
        ticks.advance(step)
        clock.now()
        passed += step
        assert (clock.seconds, clock.millis) == divmod(passed, 1000)


@pytest.mark.req("SR-05")
@given(st.lists(st.integers(0, PERIOD - 1), min_size=1, max_size=40), st.lists(pump_seconds, max_size=4))
def test_pump_time_never_goes_back_whatever_the_ticks_do(wild, restored):
    ticks = Ticks(wild[0])
    clock = Clock(ticks, 500)
    before = (clock.seconds, clock.millis)
    for index, tick in enumerate(wild):
        ticks.tick = tick
        clock.now()
        if index < len(restored):
            clock.restore(restored[index])
        assert (clock.seconds, clock.millis) >= before
        before = (clock.seconds, clock.millis)


def test_a_tick_counter_that_jumps_back_costs_time_and_gives_none_twice():
    ticks = Ticks(50_000)
    clock = Clock(ticks)
    ticks.advance(-5_000)
    clock.now()
    ticks.advance(6_000)
    clock.now()
    assert (clock.seconds, clock.millis) == (1, 0)


@pytest.mark.req("SR-05")
@given(advances, st.lists(st.tuples(moments, st.booleans()), max_size=10))
def test_nobody_sets_pump_time_by_setting_or_losing_the_wall_time(steps, settings):
    ticks = Ticks()
    clock = Clock(ticks)
    for index, step in enumerate(steps):
        ticks.advance(step)
        if index < len(settings):
            moment, known = settings[index]
            clock.set_wall(seconds_of(moment), states.WALL_SET)
            if not known:
                clock.lose_wall()
        clock.now()
    assert clock.seconds * 1000 + clock.millis == sum(steps)


def test_records_that_prove_a_later_time_are_believed_and_earlier_ones_are_not():
    clock = Clock(Ticks(), 100)
    clock.restore(40)
    assert clock.seconds == 100
    clock.restore(4_000)
    assert clock.seconds == 4_000


def test_an_unknown_wall_time_has_no_day_no_minute_and_no_weekday():
    clock = Clock(Ticks(), 86_400)
    assert clock.quality == states.WALL_UNKNOWN
    assert (clock.wall(), clock.day(), clock.minute_of_day(), clock.weekday()) == (0, -1, -1, -1)
    clock.set_wall(200_000, states.WALL_CLOCK_CHIP)
    assert (clock.wall(), clock.day(), clock.minute_of_day(), clock.weekday()) == (200_000, 2, 453, 4)
    clock.lose_wall()
    assert (clock.wall(), clock.day(), clock.minute_of_day(), clock.weekday()) == (0, -1, -1, -1)


@pytest.mark.req("SR-38")
@given(moments, st.integers(0, HALF - 1))
def test_the_wall_time_says_what_a_calendar_says(moment, passed_ms):
    ticks = Ticks()
    clock = set_to(moment, ticks)
    ticks.advance(passed_ms)
    clock.now()
    now = moment + timedelta(seconds=passed_ms // 1000)
    assert clock.wall() == seconds_of(now)
    assert clock.day() == (now - EPOCH).days
    assert clock.minute_of_day() == now.hour * 60 + now.minute
    assert clock.weekday() == now.weekday()


def test_a_clock_that_is_set_shows_that_very_second_whatever_had_passed_unnoticed():
    ticks = Ticks()
    clock = Clock(ticks)
    ticks.advance(7_777)
    clock.set_wall(1_000_000, states.WALL_SET)
    assert clock.wall() == 1_000_000
    clock.now()
    assert clock.wall() == 1_000_000


@given(moments, st.integers(0, 999), st.integers(1, 1440))
def test_a_minute_begins_after_exactly_the_wait_that_was_named(moment, millis, minute):
    ticks = Ticks()
    clock = set_to(moment, ticks)
    ticks.advance(millis)
    clock.now()
    wait = clock.ms_until_minute(minute)
    midnight = moment.replace(hour=0, minute=0, second=0)
    now = moment + timedelta(milliseconds=millis)
    assert wait == (midnight + timedelta(minutes=minute) - now) // timedelta(milliseconds=1)
    if wait > 0:
        ticks.advance(wait - 1)
        clock.now()
        before = (minute - 1) % 1440
        assert clock.minute_of_day() == before
        ticks.advance(1)
        clock.now()
        assert clock.minute_of_day() == minute % 1440
