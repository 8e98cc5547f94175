"""The stop button: hold three seconds to stop, hold and let go to resume, whatever else is held or stuck."""

import pytest

from panel.eyes import GREEN, MAGENTA, Eyes
from rig import Rig
from thecal.drivers import motor
from thecal.tables import alarms, states

HOUR_MS = 3_600_000


def is_stopped(rig: Rig) -> bool:
    return bool(rig.app.body.holds & states.OPERATOR_STOP)


@pytest.mark.parametrize(("hold_ms", "stops"), [(100, False), (1_100, False), (2_999, False), (3_001, True)])
def test_three_seconds_stop_and_less_does_not(hold_ms, stops):
    rig = Rig()
    rig.press("stop", hold_ms)
    rig.run_for(5_000)
    assert is_stopped(rig) is stops


@pytest.mark.req("SR-07", "SR-09")
def test_a_stop_ends_the_bolus_and_every_step_until_the_resume_and_nothing_is_made_up():
    rig = Rig()
    rig.press("bolus", 1_100)
    rig.run_for(300_000)
    rig.press("stop", 3_100)
    rig.run_for(3_001)
    edges = rig.bench.stepper.edges
    assert motor.is_off(rig.board.PUMP_ENABLE_N)
    ended = rig.events("bolus_ended")[-1]
    assert (ended["outcome"], ended["steps"] < ended["granted_steps"]) == ("stopped", True)
    rig.run_for(HOUR_MS)
    assert rig.bench.stepper.edges == edges
    rig.press("stop", 3_100)
    rig.run_for(3_101)
    assert rig.app.body.holds == 0
    rig.run_for(HOUR_MS)
    assert rig.bench.stepper.edges - edges in (39, 40)


def first_power_on(rig: Rig) -> int:
    """When the motor gets its power for the first time."""
    powered = []
    rig.world.lines[rig.board.PUMP_ENABLE_N].listen(
        lambda level: None if level else powered.append(rig.world.elapsed_ms)
    )
    rig.run_for(100_000)
    return powered[0]


@pytest.mark.req("SR-07")
def test_a_stop_cuts_the_train_in_flight():
    powered = first_power_on(Rig())
    rig = Rig()
    rig.press("stop", 3_100, powered + 3 - 3_000 - rig.world.elapsed_ms)
    rig.run_for(100_000)
    assert is_stopped(rig)
    assert motor.is_off(rig.board.PUMP_ENABLE_N)
    assert rig.bench.stepper.power_ms() == 3
    assert rig.bench.stepper.edges == 0  # the first edge comes half a period, 5 ms, after the power
    assert rig.app.body.mark.total == 1  # and counts as given all the same


def test_stop_and_resume_are_answered_with_yes():
    rig = Rig()
    eyes = Eyes(rig)
    for answered_ms in (3_000, 3_100):
        since = rig.world.elapsed_ms
        rig.press("stop", 3_100)
        rig.run_for(10_000)
        assert eyes.first(GREEN, since) == since + answered_ms
    assert [state["holds"] for state in rig.events("state")] == [["stopped by the operator"], []]


def test_a_resume_that_an_alarm_forbids_is_answered_with_no():
    rig = Rig()
    rig.press("stop", 3_100)
    rig.run_for(10_000)
    rig.app.body.alarms.set(alarms.MOTOR_STALL, True)
    rig.run_for(1_000)
    eyes = Eyes(rig)
    since = rig.world.elapsed_ms
    rig.press("stop", 3_100)
    rig.run_for(10_000)
    assert eyes.first(MAGENTA, since) == since + 3_100
    assert rig.app.body.holds == states.ALARM


def test_a_stop_outlives_a_power_cut():
    rig = Rig()
    rig.press("stop", 3_100)
    rig.run_for(10_000)
    rig.world.at_ms(0, lambda _: rig.world.cut_power(60_000))
    rig.run_for(HOUR_MS)
    assert rig.restarts == ["PowerCut"]
    assert is_stopped(rig)
    assert rig.bench.stepper.edges == 0


@pytest.mark.req("SR-29", "SR-35")
@pytest.mark.parametrize("stuck_ms", [59_000, 61_000, HOUR_MS])
def test_a_stuck_stop_button_does_not_start_a_stopped_pump(stuck_ms):
    rig = Rig()
    rig.press("stop", 3_100)
    rig.run_for(10_000)
    rig.press("stop", stuck_ms)
    rig.run_for(stuck_ms - 1_000)
    assert is_stopped(rig)
    rig.run_for(10_000)
    # Let go within a minute it was a hold; later it was stuck, and coming free means nothing.
    assert is_stopped(rig) is (stuck_ms > 60_000)


@pytest.mark.parametrize("other", ["bolus", "alarm"])
def test_another_button_pressed_during_the_hold_does_not_keep_the_pump_from_stopping(other):
    rig = Rig()
    rig.press("stop", 3_100)
    rig.press(other, 200, 1_500)
    rig.run_for(5_000)
    assert is_stopped(rig)


@pytest.mark.parametrize(("number", "name"), [(1, "bolus"), (2, "alarm")])
def test_a_button_that_sticks_in_therapy_does_not_keep_the_pump_from_stopping(number, name):
    rig = Rig()
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("button_stuck", number)
    rig.run_for(10_000)
    rig.press("stop", 3_100)
    rig.run_for(5_000)
    assert is_stopped(rig)
