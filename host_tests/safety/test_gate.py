"""The last gate against every trailing window, counted by brute force (SR-03)."""

from itertools import pairwise
from struct import unpack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.safety.gate import SNAPSHOT_BYTES, Gate
from thecal.safety.gate_resume import assume, restore
from thecal.tables import doses, ticks
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
            if gate.grant(now, doses.BACKGROUND, 0):
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
            if gate.grant(now, doses.BACKGROUND, 0):
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
    assert not Gate().grant(1_000, doses.BACKGROUND, 0)


@pytest.mark.parametrize(("hour_limit", "day_limit", "refused"), [(2, 9, (1, 2, 2)), (9, 3, (24, 3, 3))])
def test_a_refusal_names_the_window_that_is_full_what_it_holds_and_its_limit(hour_limit, day_limit, refused):
    gate = gate_with(hour_limit, day_limit)
    assert sum(gate.grant(1_000, doses.BACKGROUND, 0) for _ in range(4)) == refused[1]
    assert gate.refused_window_h == refused[0]
    assert gate.refused() == refused


def test_a_new_gate_tells_of_no_step_no_former_limit_and_no_refusal_and_its_past_is_known():
    gate = Gate()
    assert gate.snapshot() == bytes(SNAPSHOT_BYTES)
    assert gate.refused_window_h == 0
    assert gate.refused() == (0, 0, 0)
    assert gate.is_past_known


@given(st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 30)), max_size=40), st.integers(0, 50))
def test_windows_read_back_count_what_was_given_and_what_may_have_been(bursts, uncertain):
    gate, now = gate_with(10_000, 10_000), 0
    for pause_s, steps in bursts:
        now += pause_s
        for _ in range(steps):
            gate.grant(now, doses.BACKGROUND, 0)
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
    before = sum(gate.grant(1_000, doses.BACKGROUND, 0) for _ in range(200))
    assert before == old
    gate.set_limits(2_500_000, new * 250, 250_000, 1_000)
    restored = Gate()
    restore(restored, gate.snapshot(), 0, 1_000)
    restored.set_limits(2_500_000, new * 250, 250_000, 1_000)
    for one in (gate, restored):
        after = sum(one.grant(1_000 + later, doses.BACKGROUND, 0) for _ in range(200))
        if later < DAY_S:
            assert before + after <= max(old, new)
        else:
            assert after <= max(old, new)
        if later > DAY_S + 2 * GATE_DAY_BUCKET_S:
            assert after == new


@pytest.mark.req("SR-03")
@pytest.mark.parametrize(("early_s", "limit"), [(1, 8), (0, 5)])
@pytest.mark.parametrize(
    ("before", "after", "ends_s"),
    [((8, 90), (5, 90), 61 * GATE_HOUR_BUCKET_S), ((90, 8), (90, 5), 97 * GATE_DAY_BUCKET_S)],
)
def test_a_former_limit_ends_with_the_second_in_which_its_last_bucket_leaves(before, after, ends_s, early_s, limit):
    gate = gate_with(*before)
    gate.set_limits(after[0] * 250, after[1] * 250, 250_000, 1_000)
    assert sum(gate.grant(1_000 + ends_s - early_s, doses.BACKGROUND, 0) for _ in range(10)) == limit


@pytest.mark.req("SR-03")
def test_a_limit_lowered_since_the_snapshot_is_known_to_have_been_higher_and_none_binds_before_one_is_committed():
    gate = gate_with(10_000, 300)
    assert sum(gate.grant(1_000, doses.BACKGROUND, 0) for _ in range(300)) == 300
    restored = Gate()
    restore(restored, gate.snapshot(), 0, 2_000)
    assert not restored.grant(2_000 + DAY_S + 2 * GATE_DAY_BUCKET_S, doses.BACKGROUND, 0)
    restored = Gate()
    restore(restored, gate.snapshot(), 0, 2_000)
    again = Gate()
    restore(again, restored.snapshot(), 0, 2_000)
    for one in (restored, again):
        one.set_limits(9_000 * 250, 200 * 250, 250_000, 2_000)
        assert [window.former_limit for window in (one.hour, one.day)] == [10_000, 300]
        assert [window.limit for window in (one.hour, one.day)] == [9_000, 200]
        assert one.day.former_until == 2_000 + 97 * GATE_DAY_BUCKET_S
        one.set_limits(9_500 * 250, 250 * 250, 250_000, 2_000)
        assert one.day.former_limit == 300


@pytest.mark.req("SR-03")
@pytest.mark.parametrize(("hour_nl", "day_nl", "steps"), [(749, 9_000, 2), (9_000, 999, 3), (249, 999, 0)])
def test_a_limit_is_rounded_down_to_whole_steps(hour_nl, day_nl, steps):
    gate = Gate()
    gate.set_limits(hour_nl, day_nl, 250_000, 0)
    assert sum(gate.grant(1_000, doses.BACKGROUND, 0) for _ in range(9)) == steps


@pytest.mark.req("SR-03")
def test_limits_that_are_committed_again_unchanged_leave_the_former_ones_in_force():
    gate = gate_with(10_000, 8)
    for _ in range(2):
        gate.set_limits(2_500_000, 5 * 250, 250_000, 1_000)
    assert sum(gate.grant(1_000, doses.BACKGROUND, 0) for _ in range(10)) == 8


@pytest.mark.parametrize(
    ("snapshot", "uncertain"), [(bytes(SNAPSHOT_BYTES - 1), 0), (None, 0), (bytes(SNAPSHOT_BYTES), 60_001)]
)
def test_a_snapshot_that_tells_nothing_of_the_last_day_is_refused(snapshot, uncertain):
    with pytest.raises(ValueError, match=r"^snapshot$"):
        restore(Gate(), snapshot, uncertain, 0)


@pytest.mark.req("SR-03")
def test_as_many_steps_since_the_snapshot_as_may_be_count_as_given_now_and_more_can_be_counted():
    gate = gate_with(10_000, 100_000)
    restore(gate, b"", 60_000, 90_000)
    assert (gate.hour.total, gate.day.total) == (60_000, 60_000)
    assert not gate.grant(90_000, doses.BACKGROUND, 0)
    assert gate.grant(93_660, doses.BACKGROUND, 0)
    assert gate.day.total == 60_001
    assert Gate().snapshot() != gate.snapshot()


@pytest.mark.req("SR-03")
@given(st.integers(0, 200_000), st.integers(0, 400), st.integers(1, 3_000))
def test_an_unknown_past_is_filled_with_what_the_programme_gave_and_its_background_goes_on(seconds, per_hour, ever):
    """From a rate that just fills the limits, each further step at its time is granted."""
    gate = gate_with(per_hour + per_hour // 60 + 1, 24 * per_hour + per_hour // 4 + 1)
    assume(gate, lambda since, before: (before - since) * per_hour, HOUR_S, ever, seconds)
    for window, buckets_s in ((gate.hour, 61 * 60), (gate.day, 97 * 900)):
        # What the programme would have given before the pump's first second was not given.
        assert sum(window.counts) == window.total <= min(ever, per_hour * min(seconds, buckets_s) // HOUR_S)
        assert window.total >= min(ever, per_hour * min(seconds, buckets_s - window.bucket_s) // HOUR_S)
    for step in range(per_hour and 50):
        assert gate.grant(seconds + -(-(step + 1) * HOUR_S // per_hour), doses.BACKGROUND, 0)


@pytest.mark.req("SR-03")
def test_the_newest_minutes_are_told_newest_first():
    gate = gate_with(100_000, 100_000)
    for bucket in range(7_003, 7_016):  # 7,015 is the first of the ring again
        gate.hour.turn(bucket * GATE_HOUR_BUCKET_S)
        gate.hour.add(40_000 + bucket)
    assert unpack("<I11H", gate.recent()) == (7_015, *range(47_015, 47_004, -1))


@pytest.mark.req("SR-03")
def test_a_gate_that_was_read_back_tells_the_same_with_former_limits_and_the_largest_counts():
    gate = gate_with(60_000, 65_000)
    gate.set_limits(2_500_000, 5_000_000, 250_000, 1_000_000)
    for window in (gate.hour, gate.day):
        window.turn(1_000_000)
        window.add(40_000)
    restored = Gate()
    restore(restored, gate.snapshot(), 0, 1_000_000)
    assert restored.snapshot() == gate.snapshot()
    assert (restored.hour.total, restored.day.total) == (40_000, 40_000)


MOVES = (doses.PRIME, doses.BRIDGE, doses.PURGE, doses.BENCH_MOVE)
VOLUME_PL = 250_000


@pytest.mark.req("SR-03")
@given(
    st.sampled_from(MOVES),
    st.integers(1, 30),
    st.integers(750, 5_000),
    st.integers(1, 60),
    st.lists(st.tuples(st.sampled_from((doses.BACKGROUND, *MOVES)), st.integers(0, 3_000)), max_size=80),
    st.integers(0, (1 << 30) - 1),
)
def test_an_allowance_gives_so_many_steps_of_its_kind_no_faster_and_no_later(kind, steps, pace, expiry, asked, start):
    gate, now_ms, given_at = gate_with(100, 100), 0, []
    gate.allowance.authorise(kind, steps, pace, VOLUME_PL, 1_000 + expiry, 1_000)
    background = 0
    for wanted, pause_ms in asked:
        now_ms += pause_ms
        granted = gate.grant(1_000 + now_ms // 1_000, wanted, ticks.add(start, now_ms))
        if wanted == doses.BACKGROUND:
            background += granted
        elif granted:
            assert wanted == kind
            assert now_ms // 1_000 < expiry
            given_at.append(now_ms)
        elif wanted == kind and now_ms // 1_000 < expiry and len(given_at) < steps:
            assert now_ms - given_at[-1] < pace
    assert len(given_at) == gate.allowance.given <= steps
    assert all(later - earlier >= pace for earlier, later in pairwise(given_at))
    assert gate.hour.total == gate.day.total == background


@pytest.mark.req("SR-03")
@pytest.mark.parametrize("kind", MOVES)
def test_without_an_allowance_no_move_passes_whatever_the_windows_have_room_for(kind):
    gate = gate_with(100, 100)
    assert not gate.grant(1_000, kind, 0)
    assert gate.refused_window_h == 0
    assert gate.refused() == (0, 0, 0)
    assert gate.day.total == 0


@pytest.mark.req("SR-03")
def test_an_allowance_is_independent_of_full_windows_and_is_used_once():
    gate = gate_with(1, 1)
    assert gate.grant(1_000, doses.BACKGROUND, 0)
    assert not gate.grant(1_000, doses.BACKGROUND, 0)
    gate.allowance.authorise(doses.PRIME, 2, 1_000, VOLUME_PL, 2_000, 1_000)
    assert [gate.grant(1_000 + n, doses.PRIME, 1_000 * n) for n in range(4)] == [True, True, False, False]
    assert gate.refused() == (0, 2, 2)
    assert gate.day.total == 1
    gate.allowance.authorise(doses.PRIME, 5, 1_000, VOLUME_PL, 2_000, 1_010)  # the one before is used up
    gate.allowance.end()
    assert not gate.grant(1_010, doses.PRIME, 10_000)


@pytest.mark.req("SR-03")
@pytest.mark.parametrize(
    ("kind", "steps", "pace_ms", "expires"),
    [
        (doses.BACKGROUND, 5, 1_000, 2_000),
        (doses.CLINICIAN, 5, 1_000, 2_000),
        (doses.BENCH_MOVE + 1, 5, 1_000, 2_000),
        (doses.PRIME, 0, 1_000, 2_000),
        (doses.PRIME, 5, 749, 2_000),  # 250 nL in 750 ms are 1.2 mL/h
        (doses.PRIME, 5, 750, 1_000),
    ],
)
def test_an_allowance_that_may_not_be_is_refused(kind, steps, pace_ms, expires):
    gate = gate_with(100, 100)
    with pytest.raises(ValueError, match=r"^(allowance|faster than the mechanism's ceiling)$"):
        gate.allowance.authorise(kind, steps, pace_ms, VOLUME_PL, expires, 1_000)
    assert not gate.grant(1_000, doses.PRIME, 0)


@pytest.mark.req("SR-03")
def test_there_is_one_allowance_at_a_time_until_it_is_used_ended_or_expired():
    allowance = gate_with(100, 100).allowance
    allowance.authorise(doses.PRIME, 1, 750, VOLUME_PL, 2_000, 1_000)
    with pytest.raises(ValueError, match=r"^an allowance is open$"):
        allowance.authorise(doses.PURGE, 1, 750, VOLUME_PL, 2_000, 1_999)
    allowance.authorise(doses.PURGE, 1, 750, VOLUME_PL, 3_000, 2_000)
    assert not allowance.take(doses.PRIME, 2_000, 0)
    assert not allowance.take(doses.PURGE, 3_000, 0)


@pytest.mark.req("SR-03")
def test_a_new_allowance_and_one_that_was_ended_are_for_no_kind_and_the_very_first_step_waits_for_none():
    allowance = Gate().allowance
    assert (allowance.kind, allowance.given, allowance.granted) == (-1, 0, 0)
    allowance.authorise(doses.PRIME, 2, 750, VOLUME_PL, 2_000, 1_000)
    assert allowance.take(doses.PRIME, 1_000, ticks.add(0, -1))
    allowance.end()
    assert allowance.kind == -1


@pytest.mark.req("SR-02", "SR-03")
def test_the_first_step_of_an_allowance_waits_for_the_last_of_the_one_before():
    allowance = gate_with(100, 100).allowance
    allowance.authorise(doses.BRIDGE, 1, 9_000, VOLUME_PL, 2_000, 1_000)
    assert allowance.take(doses.BRIDGE, 1_000, 0)
    allowance.authorise(doses.PRIME, 1, 750, VOLUME_PL, 2_000, 1_000)
    assert not allowance.take(doses.PRIME, 1_000, 8_999)
    assert allowance.take(doses.PRIME, 1_000, 9_000)


@pytest.mark.req("SR-02", "SR-03")
def test_two_steps_of_an_allowance_at_one_tick_are_one_too_many():
    allowance = gate_with(100, 100).allowance
    allowance.authorise(doses.PURGE, 5, 750, VOLUME_PL, 2_000, 1_000)
    assert [allowance.take(doses.PURGE, 1_000, tick) for tick in (0, 0, 749, 750, 750)] == [1, 0, 0, 1, 0]
