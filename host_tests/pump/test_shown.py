"""What a display is told of the pump, each value at its edges."""

from types import SimpleNamespace

import pytest

from pump.parts import STARTED_S, STEP_PL, Parts, reservoir
from rig import BOLUS_ONLY, FLEX, MONDAY, SIMPLE
from thecal.pump import shown
from thecal.pump.shown import Shown
from thecal.tables import alarms, doses, states

BOLUS_STEPS = 20
LOCKOUT_S = 3_600
MINIMUM = {field: SIMPLE[field] for field in SIMPLE if field not in ("rate", "patient_bolus", "limits")}
MINIMUM |= {"mode": "minimum_rate"}
STOPPED = MINIMUM | {"mode": "stopped"}


def shown_of(pump: Parts, counted_nl: int = 0, measured: int = -1, in_flight: bool = False) -> Shown:
    """The display's view of a pump with such a reservoir."""
    delivery = SimpleNamespace(in_flight=in_flight)
    return Shown(pump.body, pump.boluses, delivery, reservoir(counted_nl, measured))


@pytest.mark.parametrize("runs", [True, False])
def test_the_motor_runs_while_a_train_is_in_flight(runs):
    assert shown_of(Parts(), in_flight=runs).motor_runs() is runs


def test_the_time_is_that_of_the_wall():
    pump = Parts(wall=MONDAY)
    pump.wait(61_000)
    assert (shown_of(pump).now_s(), shown_of(pump).minute_of_day()) == (pump.clock.wall(), 8 * 60 + 1)
    assert pump.clock.wall() != pump.clock.seconds


def test_the_time_is_the_pumps_own_where_the_time_of_day_is_unknown():
    pump = Parts(wall=None)
    pump.wait(61_000)
    assert (shown_of(pump).now_s(), shown_of(pump).minute_of_day()) == (STARTED_S + 61, -1)


def test_the_alarm_is_the_most_urgent_one():
    pump = Parts()
    assert shown_of(pump).alarm() == -1
    pump.alarms.set(alarms.RESERVOIR_LOW, True)
    pump.alarms.set(alarms.BUTTON_STUCK, True)
    assert shown_of(pump).alarm() == alarms.BUTTON_STUCK


@pytest.mark.parametrize(
    ("prescription", "state"),
    [
        (SIMPLE, shown.RUNNING),
        (FLEX, shown.RUNNING),
        (BOLUS_ONLY, shown.RUNNING),
        (MINIMUM, shown.MINIMUM_RATE),
        (STOPPED, shown.NOTHING_PRESCRIBED),
    ],
    ids=["simple", "flex", "bolus only", "minimum rate", "stopped"],
)
def test_the_state_is_what_is_prescribed_while_nothing_keeps_it_from_being_given(prescription, state):
    assert shown_of(Parts(prescription)).state() == state


def test_a_bolus_stands_before_the_background_and_a_hold_before_both():
    pump = Parts()
    pump.boluses.ask_patient(pump.now)
    assert shown_of(pump).state() == shown.BOLUS
    pump.body.hold(states.OPERATOR_STOP)
    assert shown_of(pump).state() == shown.STOPPED


def test_an_alarm_that_leaves_the_minimum_rate_is_shown_as_that():
    pump = Parts(FLEX)
    pump.alarms.set(alarms.OVER_DELIVERY, True)
    assert pump.body.is_reduced
    assert shown_of(pump).state() == shown.MINIMUM_RATE


def test_without_a_programme_the_pump_stands_and_gives_no_bolus():
    pump = Parts(None)
    pump.body.hold(states.NO_PRESCRIPTION)
    assert (shown_of(pump).state(), shown_of(pump).bolus_percent()) == (shown.STOPPED, 0)


def test_a_bolus_is_shown_in_whole_percent_of_its_steps():
    pump = Parts(SIMPLE | {"patient_bolus": SIMPLE["patient_bolus"] | {"dose": "0.0175 mg"}})
    assert shown_of(pump).bolus_percent() == 0
    pump.boluses.ask_patient(pump.now)
    percents = [shown_of(pump).bolus_percent()]
    for _ in range(6):
        pump.give(1)
        percents.append(shown_of(pump).bolus_percent())
    assert percents == [0, 14, 28, 42, 57, 71, 85]
    pump.give(1)
    assert shown_of(pump).bolus_percent() == 0


def test_a_bolus_of_many_steps_is_shown_exactly():
    pump = Parts()
    pump.plan.bolus = SimpleNamespace(given=100, granted=200)
    assert shown_of(pump).bolus_percent() == 50


def test_the_next_bolus_is_now_then_later_then_never():
    pump = Parts()
    assert shown_of(pump).next_bolus() == (doses.GRANTED, 0)
    pump.boluses.ask_patient(pump.now)
    pump.give(BOLUS_STEPS)
    assert shown_of(pump).next_bolus() == (doses.LOCKOUT, LOCKOUT_S)
    pump.wait(LOCKOUT_S * 1_000 - 1_000)
    assert shown_of(pump).next_bolus() == (doses.LOCKOUT, 1)
    pump.wait(1_000)
    assert shown_of(pump).next_bolus() == (doses.GRANTED, 0)
    pump.body.hold(states.OPERATOR_STOP)
    assert shown_of(pump).next_bolus() == (doses.PUMP_STOPPED, -1)


def test_a_reason_whose_second_has_passed_has_no_wait_left(mocker):
    pump = Parts()
    mocker.patch.object(pump.boluses, "next_patient", return_value=(doses.LOCKOUT, STARTED_S - 5))
    assert shown_of(pump).next_bolus() == (doses.LOCKOUT, 0)


def test_the_last_bolus_is_what_it_gave_and_how_long_ago_it_ended():
    pump = Parts()
    assert shown_of(pump).last_bolus() == (0, 0)
    pump.ledger.commanded[doses.PATIENT] = 1_000
    pump.boluses.ask_patient(pump.now)
    assert shown_of(pump).last_bolus() == (0, 0)
    pump.give(BOLUS_STEPS)
    pump.wait(90_000)
    assert shown_of(pump).last_bolus() == (BOLUS_STEPS * STEP_PL // 1_000, 90)


def test_while_the_next_bolus_runs_the_last_one_is_not_shown():
    pump = Parts()
    pump.boluses.ask_patient(pump.now)
    pump.give(BOLUS_STEPS)
    pump.wait(LOCKOUT_S * 1_000)
    pump.boluses.ask_patient(pump.now)
    pump.give(3)
    assert shown_of(pump).last_bolus() == (0, 0)


def test_a_volume_of_odd_steps_is_rounded_down_to_whole_nl():
    pump = Parts()
    pump.body.volume_per_step = 333_499
    pump.ledger.commanded[doses.PATIENT] = 7
    pump.ledger.last_bolus_end = STARTED_S - 1
    assert shown_of(pump).last_bolus() == (2_334, 1)


@pytest.mark.parametrize(
    ("counted_nl", "measured", "nl"),
    [
        (5_000_000, 499, 4_990_000),
        (4_985_123, 499, 4_985_123),
        (5_000_000, 0, 0),
        (5_000_000, -1, 5_000_000),
        (-250, -1, 0),
        (-250, 3, 0),
    ],
)
def test_the_reservoir_is_the_lower_of_counted_and_measured_and_never_below_empty(counted_nl, measured, nl):
    assert shown_of(Parts(), counted_nl, measured).reservoir_nl() == nl
