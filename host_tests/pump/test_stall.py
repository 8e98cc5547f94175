"""A stall by itself: when it is found, what a try is, and what an acknowledgement brings back (SR-19, SR-20)."""

import pytest

from pump.parts import STEP_PL, Parts
from thecal.pump.stall import Stall
from thecal.safety.rotation_check import RotationCheck
from thecal.tables import alarms, states

STALL_STEPS, WINDOW_STEPS, TRY_STEPS = 20, 80, 4
NONE = -1


class Motor:
    """A stall watched over the pump's parts, and steps that turn the rotor or do not."""

    def __init__(self) -> None:
        self.pump = Parts()
        self.ledger = self.pump.ledger
        self._check = RotationCheck(200, 200)
        self._check.calibrated(STEP_PL)
        self.stall = Stall(self.pump.body, self._check)

    def steps(self, count: int, turned: int) -> None:
        for _ in range(count):
            self.stall.step_over(self._check.step_over(turned))

    def stands(self) -> bool:
        return self.pump.alarms.present(alarms.MOTOR_STALL)

    def tries(self) -> bool:
        return self.pump.alarms.retried == alarms.MOTOR_STALL

    def waited_s(self) -> int:
        """Waits for the next try, looked for each 10 s; returns how long that took, 3,600 where none came."""
        for seconds in range(0, 3_600, 10):
            self.stall.update()
            if self.tries():
                return seconds
            self.pump.wait(10_000)
        return 3_600


@pytest.fixture
def stalled() -> Motor:
    motor = Motor()
    motor.steps(STALL_STEPS, turned=0)
    assert motor.stands()
    return motor


@pytest.mark.req("SR-19")
def test_the_alarm_comes_with_the_twentieth_step_that_nothing_confirms_and_its_count_begins_anew():
    motor = Motor()
    for step in range(1, STALL_STEPS):
        motor.steps(1, turned=0)
        assert (motor.stands(), list(motor.ledger.stall)) == (False, [step, 0])
    motor.steps(1, turned=0)
    assert (motor.stands(), list(motor.ledger.stall)) == (True, [0, 0])
    assert motor.pump.body.holds == states.ALARM


@pytest.mark.req("SR-20")
def test_a_try_of_four_steps_that_nothing_confirms_leaves_the_pump_held(stalled):
    assert stalled.waited_s() == 60
    assert stalled.pump.body.holds == 0
    stalled.steps(TRY_STEPS - 1, turned=0)
    assert stalled.tries()
    assert stalled.pump.events("stall_retried") == []
    stalled.steps(1, turned=0)
    assert (stalled.pump.alarms.retried, stalled.stands(), stalled.pump.body.holds) == (NONE, True, states.ALARM)
    assert stalled.pump.events("stall_retried") == [{"retry": 1, "confirmed_steps": 0, "steps": 4}]
    assert list(stalled.ledger.stall) == [0, 1]


@pytest.mark.req("SR-20")
@pytest.mark.parametrize("unmoved", range(TRY_STEPS))
def test_the_first_step_of_a_try_that_is_confirmed_ends_the_stall(stalled, unmoved):
    stalled.waited_s()
    stalled.steps(unmoved, turned=0)
    stalled.steps(1, turned=1)
    assert (stalled.pump.alarms.retried, stalled.stands(), stalled.pump.body.holds) == (NONE, False, 0)
    assert stalled.pump.events("stall_retried") == [{"retry": 1, "confirmed_steps": 1, "steps": unmoved + 1}]
    # The try is remembered until the motor has turned for longer.
    assert list(stalled.ledger.stall) == [0, 1]


@pytest.mark.req("SR-20")
def test_there_are_three_tries_after_1_5_and_15_minutes_and_no_fourth(stalled):
    waits_s = []
    for _ in range(3):
        waits_s.append(stalled.waited_s())
        stalled.steps(TRY_STEPS, turned=0)
    assert waits_s == [60, 300, 900]
    assert stalled.waited_s() == 3_600
    assert stalled.ledger.stall[1] == 3


@pytest.mark.req("SR-20")
def test_tries_are_forgotten_with_the_step_that_makes_20_ul_in_a_row_confirmed():
    motor = Motor()
    motor.ledger.stall[1] = 2
    motor.steps(WINDOW_STEPS - 1, turned=1)
    assert list(motor.ledger.stall) == [0, 2]
    motor.steps(1, turned=1)
    assert list(motor.ledger.stall) == [0, 0]


@pytest.mark.req("SR-20")
def test_after_an_acknowledgement_the_first_wait_begins_anew(stalled):
    stalled.waited_s()
    stalled.steps(TRY_STEPS, turned=0)
    stalled.stall.update()
    stalled.pump.wait(200_000)
    stalled.stall.acknowledged()
    assert list(stalled.ledger.stall) == [0, 0]
    assert stalled.waited_s() == 60
    assert stalled.ledger.stall[1] == 1


@pytest.mark.req("SR-20")
def test_an_acknowledgement_ends_a_try_and_is_written_with_the_next_save(stalled):
    stalled.waited_s()
    stalled.pump.body.mark.counted = 7
    stalled.stall.acknowledged()
    assert (stalled.pump.alarms.retried, stalled.pump.body.mark.counted) == (NONE, NONE)
