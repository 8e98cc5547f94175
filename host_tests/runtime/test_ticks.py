"""Arithmetic on ticks: ms modulo 2^30, right across the wrap, in small integers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thecal.tables import ticks

PERIOD = 1 << 30
HALF = PERIOD // 2

any_tick = st.integers(0, PERIOD - 1)
near = st.integers(-(HALF - 1), HALF - 1)


@pytest.mark.req("SR-38")
@given(any_tick, near)
def test_the_difference_of_what_was_added_is_what_was_added(tick, milliseconds):
    assert ticks.diff(ticks.add(tick, milliseconds), tick) == milliseconds


@given(any_tick, near)
def test_a_sum_is_the_sum_modulo_the_period(tick, milliseconds):
    assert ticks.add(tick, milliseconds) == (tick + milliseconds) % PERIOD


@given(any_tick, near)
def test_a_difference_turns_its_sign_when_its_sides_are_swapped(tick, milliseconds):
    other = (tick + milliseconds) % PERIOD
    assert ticks.diff(tick, other) == -ticks.diff(other, tick) == -milliseconds


@given(any_tick, near, near)
def test_sums_may_be_taken_in_any_order(tick, first, second):
    assert ticks.add(ticks.add(tick, first), second) == ticks.add(ticks.add(tick, second), first)


@pytest.mark.req("SR-38")
def test_one_ms_over_the_wrap_is_one_ms():
    assert ticks.add(PERIOD - 1, 1) == 0
    assert ticks.diff(0, PERIOD - 1) == 1
    assert ticks.add(0, -1) == PERIOD - 1
    assert ticks.diff(PERIOD - 1, 0) == -1


def test_half_a_period_apart_counts_as_past():
    # What lies exactly half a period away has no sign of its own; the board and the host must agree on one.
    assert ticks.diff(HALF, 0) == ticks.diff(0, HALF) == -HALF
