"""Buttons that bounce, stick or are pressed together: one press is one request, and no fault asks for a dose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig import Rig
from thecal.tables import alarms, checks, states

HOUR_MS = 3_600_000


@pytest.mark.parametrize("bounces", [1, 3, 10])
@pytest.mark.parametrize(("button", "hold_ms", "event"), [("bolus", 1_100, "bolus_granted"), ("stop", 3_100, "state")])
def test_a_contact_that_bounces_gives_one_press(bounces, button, hold_ms, event):
    rig = Rig()
    rig.bench.patient.press(button, hold_ms + 4 * bounces, bounces=bounces)
    rig.run_for(10_000)
    assert len(rig.events(event)) == 1
    assert rig.events("bolus_refused") == []


@pytest.mark.parametrize("button", ["bolus", "alarm", "stop"])
def test_a_contact_that_bounces_at_release_asks_for_nothing_more(button):
    rig = Rig()
    rig.press(button, 3_100)
    for bounce in range(5):
        rig.press(button, 2, 3_102 + 4 * bounce)
    rig.run_for(10_000)
    asked = [entry["event"] for entry in rig.journal() if entry["event"] in ("bolus_granted", "bolus_refused", "state")]
    assert asked == {"bolus": ["bolus_granted"], "alarm": [], "stop": ["state"]}[button]
    assert rig.events("alarm_silenced") == []


def test_the_time_of_a_hold_counts_from_the_last_bounce():
    rig = Rig()
    rig.press("bolus", 500)
    rig.press("bolus", 900, 502)
    rig.run_for(10_000)
    assert rig.events("bolus_granted") == []


def test_of_two_buttons_the_stop_goes_before_the_bolus():
    rig = Rig()
    rig.press("bolus", 3_500)
    rig.press("stop", 3_100, 100)
    rig.run_for(10_000)
    assert rig.events("bolus_granted") == []
    assert rig.app.body.holds == states.OPERATOR_STOP


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_button_that_is_stuck_at_power_on_fails_the_self_test_and_nothing_is_delivered(number):
    rig = Rig()
    rig.bench.faults.set("button_stuck", number)
    rig.power_on()
    rig.run_for(HOUR_MS)
    assert rig.app.pump.self_test()[0] == checks.STUCK_BUTTON
    assert rig.events("self_test")[-1]["failures"] == ["stuck button"]
    assert rig.app.body.holds & states.SELF_TEST
    assert "self_test_failed" in [raised["alarm"] for raised in rig.events("alarm_raised")]
    assert (rig.bench.stepper.edges, rig.events("bolus_granted")) == (0, [])


def test_buttons_that_are_free_at_power_on_pass():
    assert Rig().app.pump.self_test()[0] == 0


def test_a_bolus_button_that_sticks_in_therapy_asks_once_and_never_again():
    rig = Rig()
    rig.run_for(10_000)
    rig.bench.faults.set("button_stuck", 1)
    # Past the lockout of an hour.
    rig.run_for(3 * HOUR_MS)
    assert len(rig.events("bolus_granted")) == 1
    assert rig.events("bolus_refused") == []


@pytest.mark.req("SR-35")
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_button_that_sticks_in_therapy_is_found_within_a_minute_and_the_others_go_on_working(number):
    rig = Rig()
    rig.run_for(10_000)
    rig.bench.faults.set("button_stuck", number)
    rig.run_for(59_000)
    assert rig.app.body.alarms.active(alarms.BUTTON_STUCK) is False
    rig.run_for(2_000)
    assert rig.app.body.alarms.present(alarms.BUTTON_STUCK)
    was_stopped = rig.app.body.holds
    others = {"bolus": 1_100, "alarm": 1_100, "stop": 3_100}
    for other in [name for index, name in enumerate(others) if index != number - 1]:
        rig.press(other, others[other])
        rig.run_for(5_000)
    if number != 1:
        assert len(rig.events("bolus_granted")) + len(rig.events("bolus_refused")) == 1
    if number != 2:
        assert rig.events("alarm_acknowledged")[0]["alarm"] in ("button_stuck", "pump_stopped")
    if number != 3:
        assert rig.app.body.holds & states.OPERATOR_STOP
    else:
        assert rig.app.body.holds == was_stopped == states.OPERATOR_STOP  # the stuck stop stops once


@pytest.mark.req("SR-35")
def test_a_stuck_button_that_is_free_again_works_and_its_alarm_waits_for_an_answer():
    rig = Rig()
    rig.run_for(10_000)
    rig.bench.faults.set("button_stuck", 2)
    rig.run_for(120_000)
    rig.bench.faults.clear("button_stuck")
    rig.run_for(1_000)
    button_stuck = rig.app.body.alarms
    assert (button_stuck.present(alarms.BUTTON_STUCK), button_stuck.active(alarms.BUTTON_STUCK)) == (False, True)
    rig.press("alarm", 1_100)
    rig.run_for(2_000)
    assert rig.app.pump.alarm() == -1


def test_a_stuck_bolus_button_does_not_ask_again_after_another_button_was_pressed():
    rig = Rig()
    rig.run_for(10_000)
    rig.bench.faults.set("button_stuck", 1)
    rig.run_for(5_000)
    rig.press("alarm", 300)
    rig.run_for(5_000)
    assert (len(rig.events("bolus_granted")), rig.events("bolus_refused")) == (1, [])


def test_presses_that_change_nothing_cost_no_flash_write(mocker):
    rig = Rig()
    rig.run_for(100_000)  # a step was given since the last checkpoint
    writes = [mocker.spy(rig.volume, operation) for operation in ("write", "append")]
    for button in ("bolus", "alarm", "stop"):
        rig.bench.patient.storm(button, presses=5, hold_ms=200, gap_ms=200)
        rig.run_for(5_000)
    assert [spy.call_count for spy in writes] == [0, 0]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["bolus", "alarm", "stop"]), st.integers(1, 4_000), st.integers(0, 60_000)),
        max_size=20,
    )
)
def test_no_pattern_of_presses_gives_more_boluses_than_were_prescribed_or_breaks_a_task(presses):
    rig = Rig()
    for button, hold_ms, delay_ms in presses:
        rig.press(button, hold_ms, delay_ms)
    rig.run_for(70_000)
    assert len(rig.events("bolus_granted")) <= 1
    assert rig.events("task_fault") == []
    longest = max((hold for button, hold, _ in presses if button == "stop"), default=0)
    if longest < 3_000 and len([button for button, _, _ in presses if button == "stop"]) < 2:
        assert rig.app.body.holds == 0
