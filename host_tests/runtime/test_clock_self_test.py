"""The power-on test of the clock: it finds a tick counter that stands or races, and no fault where there is none."""

import pytest

from rig import Rig
from thecal.tables import checks, states


def failures_with(rig: Rig, ticks_ms) -> int:
    """Bits of the self-test of a start with that tick counter."""
    rig.world.ticks_ms = ticks_ms
    rig.power_on()
    return rig.app.pump.self_test()[0]


def test_a_sound_clock_passes():
    assert Rig().app.pump.self_test()[0] == 0


@pytest.mark.parametrize("wakes", [1, 5, 50])
def test_a_sleep_that_a_button_or_the_host_cuts_short_is_no_fault_of_the_clock(wakes):
    rig = Rig()
    idle, left = rig.world.idle, [wakes]

    def woken_at_once(ms: int) -> bool:
        left[0] -= 1
        return True if left[0] >= 0 else idle(ms)

    rig.world.idle = woken_at_once
    rig.power_on()
    assert rig.app.pump.self_test()[0] == 0
    assert rig.app.body.holds == 0


def test_a_tick_counter_that_stands_still_is_found_within_half_a_second_and_holds_delivery():
    rig = Rig()
    before = rig.world.elapsed_ms
    assert failures_with(rig, lambda: 5) == checks.CLOCK
    assert rig.world.elapsed_ms - before <= 500
    assert rig.app.body.holds & states.SELF_TEST


@pytest.mark.parametrize("factor", [-1, 30, 1000])
def test_a_tick_counter_that_races_or_runs_back_is_found(factor):
    rig = Rig()
    assert failures_with(rig, lambda: rig.world.elapsed_ms * factor % (1 << 30)) == checks.CLOCK
    assert rig.app.body.holds & states.SELF_TEST
