"""Time without power or processor: nothing is made up, nothing is skipped (SR-05, SR-09)."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig import SIMPLE, Rig

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
RATE_STEPS_PER_HOUR = 40  # 10 uL/h of 249.9 nL steps


def cut_power(rig: Rig, off_ms: int) -> None:
    rig.world.at_ms(0, lambda _: rig.world.cut_power(off_ms))
    rig.run_for(off_ms + 1)


@pytest.mark.req("SR-09")
@pytest.mark.parametrize("off_ms", [MINUTE_MS, 17 * MINUTE_MS, HOUR_MS, 13 * HOUR_MS, DAY_MS, 7 * DAY_MS])
def test_what_was_missed_without_power_is_not_made_up(off_ms):
    rig = Rig(SIMPLE)
    rig.run_for(2 * HOUR_MS)
    before = rig.bench.stepper.edges
    cut_power(rig, off_ms)
    assert rig.restarts == ["PowerCut"]
    assert rig.bench.stepper.edges == before
    rig.run_for(2 * HOUR_MS)
    assert 0 <= 2 * RATE_STEPS_PER_HOUR - (rig.bench.stepper.edges - before) <= 1


@pytest.mark.req("SR-09")
@pytest.mark.parametrize("busy_ms", [MINUTE_MS, 29 * MINUTE_MS, 3 * HOUR_MS])
def test_steps_missed_by_a_processor_that_was_away_are_dropped_and_recorded(busy_ms):
    rig = Rig(SIMPLE)
    rig.run_for(2 * HOUR_MS + 1)
    rig.world._watchdog_timeout_ms = DAY_MS  # a processor that is away this long is reset first; here it is not
    rig.world.feed_watchdog()
    before = rig.bench.stepper.edges
    rig.world.run_for(busy_ms)
    rig.run_for(HOUR_MS)
    away = sum(record["steps"] for record in rig.events("steps_dropped"))
    steps = rig.bench.stepper.edges - before
    ideal = RATE_STEPS_PER_HOUR * (busy_ms + HOUR_MS) / HOUR_MS
    if busy_ms == MINUTE_MS:
        assert away == 0  # 60 s are less than two of its intervals of 90 s: caught up
        assert abs(steps - ideal) <= 1
    else:
        assert abs(away - RATE_STEPS_PER_HOUR * busy_ms / HOUR_MS) <= 1
        assert abs(steps + away - ideal) <= 1
        assert rig.app.pump.alarm() >= 0


@pytest.mark.req("SR-05")
@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1 * MINUTE_MS, 3 * HOUR_MS),
            st.sampled_from(["press", "press", "cut", "set_clock"]),
            st.integers(-200_000, 200_000),
        ),
        min_size=4,
        max_size=25,
    )
)
def test_reboots_and_clock_jumps_never_shorten_a_lockout_or_raise_the_count(happenings):
    rig = Rig(SIMPLE)
    granted_powered_s: list[float] = []
    off_ms = 0

    def powered_s() -> float:
        return (rig.world.elapsed_ms - off_ms) / 1000

    for pause_ms, what, amount in happenings:
        rig.run_for(pause_ms)
        if what == "press":
            before = len(rig.events("bolus_granted"))
            rig.press("bolus", 1_200)
            rig.run_for(2_000)
            if len(rig.events("bolus_granted")) > before:
                granted_powered_s.append(powered_s())
        elif what == "cut":
            cut_power(rig, abs(amount) * 100 + 1)
            off_ms += abs(amount) * 100 + 1
        else:
            rig.app.pump.set_clock(max(rig.app.clock.wall() + amount, 1))
    for earlier, later in itertools.pairwise(granted_powered_s):
        assert later - earlier >= 3_600
    for last in granted_powered_s:
        assert sum(0 <= last - start < 86_400 for start in granted_powered_s) <= 4
