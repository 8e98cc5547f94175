"""The last gate against every trailing window, counted by brute force (SR-03)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.safety.gate import SNAPSHOT_BYTES, Gate
from thecal.safety.gate_resume import restore
from thecal.tables.ceilings import GATE_DAY_BUCKET_S, GATE_HOUR_BUCKET_S

HOUR_S, DAY_S = 3_600, 86_400


def gate_with(hour_limit: int, day_limit: int) -> Gate:
    gate = Gate()
    gate.set_limits(hour_limit * 250, day_limit * 250, 250_000, 0)
    assert (gate.hour.limit, gate.day.limit) == (hour_limit, day_limit)
    return gate


def in_window(given_: list[int], now: int, window_s: int) -> int:
    return sum(now - second < window_s for second in given_)


@pytest.mark.req("SR-03")
@settings(max_examples=150)
@given(
    st.integers(1, 60),
    st.integers(1, 300),
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 40)), min_size=1, max_size=60),
    st.integers(0, 1 << 29),
)
def test_no_trailing_window_is_ever_above_its_limit(hour_limit, day_limit, bursts, start):
    gate, given_, now = gate_with(hour_limit, day_limit), [], start
    for pause_s, steps in bursts:
        now += pause_s
        for _ in range(steps):
            if gate.grant(now):
                given_.append(now)
        assert in_window(given_, now, HOUR_S) <= hour_limit
        assert in_window(given_, now, DAY_S) <= day_limit


@pytest.mark.req("SR-03")
@settings(max_examples=150)
@given(
    st.integers(1, 60),
    st.integers(1, 300),
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 40)), min_size=1, max_size=60),
)
def test_a_refusal_is_always_due_to_what_lies_in_a_window_and_one_bucket_more(hour_limit, day_limit, bursts):
    """The gate is no stricter than its buckets: what it refuses would pass a limit one bucket wider."""
    gate, given_, now = gate_with(hour_limit, day_limit), [], 0
    for pause_s, steps in bursts:
        now += pause_s
        for _ in range(steps):
            if gate.grant(now):
                given_.append(now)
            else:
                full_hour = in_window(given_, now, HOUR_S + GATE_HOUR_BUCKET_S) >= hour_limit
                full_day = in_window(given_, now, DAY_S + GATE_DAY_BUCKET_S) >= day_limit
                assert full_hour or full_day
                hours, counted, limit = gate.refused()
                assert counted >= limit
                assert (hours == 24) == full_day or full_hour


@pytest.mark.req("SR-03")
def test_a_gate_without_a_prescription_grants_nothing():
    assert not Gate().grant(1_000)


@given(st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 30)), max_size=40), st.integers(0, 50))
def test_windows_read_back_count_what_was_given_and_what_may_have_been(bursts, uncertain):
    gate, now = gate_with(10_000, 10_000), 0
    for pause_s, steps in bursts:
        now += pause_s
        for _ in range(steps):
            gate.grant(now)
    restored = gate_with(10_000, 10_000)
    restore(restored, gate.snapshot(), uncertain, now)
    gate.hour.turn(now)
    gate.day.turn(now)
    assert restored.hour.total == gate.hour.total + uncertain
    assert restored.day.total == gate.day.total + uncertain
    assert list(restored.day.counts)[:-1] != [] and len(gate.snapshot()) == SNAPSHOT_BYTES


@pytest.mark.req("SR-03")
@given(st.integers(1, 100), st.integers(1, 100), st.integers(0, 200_000))
def test_after_a_change_the_higher_limit_binds_until_the_old_doses_have_left(old, new, later):
    gate = gate_with(10_000, old)
    before = sum(gate.grant(1_000) for _ in range(200))
    assert before == old
    gate.set_limits(2_500_000, new * 250, 250_000, 1_000)
    restored = Gate()
    restore(restored, gate.snapshot(), 0, 1_000)
    restored.set_limits(2_500_000, new * 250, 250_000, 1_000)
    for one in (gate, restored):
        after = sum(one.grant(1_000 + later) for _ in range(200))
        if later < DAY_S:
            assert before + after <= max(old, new)
        else:
            assert after <= max(old, new)
        if later > DAY_S + 2 * GATE_DAY_BUCKET_S:
            assert after == new


def test_a_snapshot_of_another_length_is_refused():
    with pytest.raises(ValueError, match="snapshot"):
        restore(Gate(), b"\0" * (SNAPSHOT_BYTES - 1), 0, 0)
