"""The way of one step: reserved, counted, witnessed, and what happens where one of these fails."""

from types import SimpleNamespace

import pytest

from pump.parts import STARTED_S, Motor, Parts
from rig import SIMPLE
from thecal.pump.delivery import Delivery
from thecal.records.mark import BLOCK
from thecal.safety.rotation_check import RotationCheck
from thecal.tables import alarms, doses, states
from thecal.therapy.background import earn_of_dose

PERIOD_US = 2_500
HOUR_MS = 3_600_000
RATE = 2_400_000  # of SIMPLE, in ng/day: a step of 2,500 ng each 90 s
STEP_MS = 90_000
BOLUS_STEPS, BOLUS_STEP_MS = 20, 30_000
STEP_NG = 2_500


class Delivering(Parts):
    """A pump whose delivery is run by hand; its motor does as the tests say.

    has_background: at SIMPLE's rate from now on.
    """

    def __init__(self, has_background: bool = True):
        super().__init__(SIMPLE)
        self.motor = Motor()
        check = RotationCheck(1, 1)
        check.calibrated(self.body.volume_per_step)
        others = SimpleNamespace(step_over=lambda *_: None, acknowledged=lambda: None)
        self.delivery = Delivery(
            self.body, self.boluses, self.motor, lambda: self.motor.counts, check, PERIOD_US, others, others
        )
        if has_background:
            self.plan.background.change_rate(self.now, earn_of_dose(RATE))

    def run(self, ms: int = 0) -> int:
        """Let delivery look once, after so many ms; returns the ms until it wants to look again."""
        self.wait(ms)
        return self.delivery.run(self.now)

    def step(self) -> None:
        """The next step becomes due, is given and witnessed."""
        assert self.run(self.plan.next_due_in(self.now, HOUR_MS)) == Motor.TRAIN_MS
        self.run(Motor.TRAIN_MS)


def test_a_step_is_given_when_it_is_due_and_not_before():
    pump = Delivering()
    assert pump.run() == STEP_MS
    assert pump.run(STEP_MS - 1) == 1
    assert (pump.motor.periods_us, pump.delivery.in_flight) == ([], False)
    assert pump.run(1) == Motor.TRAIN_MS
    assert (pump.motor.periods_us, pump.delivery.in_flight) == ([PERIOD_US], True)
    pump.motor.is_busy = True
    assert pump.run(Motor.TRAIN_MS) == 1
    assert pump.delivery.in_flight
    pump.motor.is_busy = False
    assert pump.run(1) == STEP_MS - Motor.TRAIN_MS - 1
    assert not pump.delivery.in_flight


@pytest.mark.req("SR-37")
def test_a_step_is_reserved_on_flash_and_counted_before_the_motor_moves(mocker):
    pump = Delivering()
    ledger, mark = pump.ledger, pump.body.mark
    ledger.reserved[doses.BACKGROUND] = ledger.commanded[doses.BACKGROUND] = 5
    ledger.since_refill = 3
    mark.total = mark.committed = 2 * BLOCK
    start, seen = pump.motor.start, []

    def look_and_start(*order):
        counts = (ledger.reserved[doses.BACKGROUND], ledger.commanded[doses.BACKGROUND], ledger.since_refill)
        seen.append((mark.total, mark.committed, *counts, pump.volume.writes - writes))
        return start(*order)

    mocker.patch.object(pump.motor, "start", look_and_start)
    writes = pump.volume.writes
    pump.step()
    pump.step()
    # A block ahead, so that only the first step of a block waits for the flash.
    assert seen == [(17, 24, 6, 6, 4, 1), (18, 24, 7, 7, 5, 1)]
    assert ledger.confirmed[doses.BACKGROUND] == 2


def test_a_flash_that_fails_raises_an_alarm_and_the_background_goes_on_counted():
    pump = Delivering()
    mark = pump.body.mark
    mark.total = mark.committed = BLOCK
    pump.ledger.reserved[doses.BACKGROUND] = 5
    pump.volume.is_failing = True
    for count in (1, 2):
        pump.step()
        assert (mark.total, mark.committed) == (BLOCK + count, BLOCK + count)
        assert pump.ledger.reserved[doses.BACKGROUND] == 5 + count
    assert pump.alarms.present(alarms.RECORDS_FAILING)
    assert pump.motor.counts == 2


def test_nothing_moves_while_delivery_is_held():
    pump = Delivering()
    pump.body.hold(states.OPERATOR_STOP)
    assert pump.run(STEP_MS) == HOUR_MS
    assert pump.motor.periods_us == []


def test_steps_lost_while_the_motor_turns_raise_the_alarm_once_they_are_too_many():
    pump = Delivering(has_background=False)
    pump.boluses.ask_patient(pump.now)
    pump.motor.slips = True
    for _ in range(9):
        pump.step()
        assert not pump.alarms.active(alarms.MOTOR_SLIP)
    pump.motor.slips = False
    pump.step()
    # 9 steps of 250 nL are more than 2 uL, and the tenth turned.
    assert pump.alarms.present(alarms.MOTOR_SLIP)
    assert (pump.ledger.commanded[doses.PATIENT], pump.ledger.confirmed[doses.PATIENT]) == (10, 1)


def test_each_witnessed_step_of_a_bolus_is_told_and_the_last_one_ends_it():
    pump = Delivering(has_background=False)
    pump.boluses.grant(doses.CLINICIAN, 0, 10, 600, 10 * STEP_NG, pump.now)
    pump.wait(20_000)
    pump.boluses.ask_patient(pump.now)
    for given in range(1, BOLUS_STEPS):
        pump.step()
        assert pump.ledger.bolus_given[doses.PATIENT] == given
    pump.step()
    ended, resumed = pump.events("bolus_ended"), pump.plan.bolus
    assert [(end["dose_kind"], end["outcome"], end["steps"]) for end in ended] == [("patient", "completed", 20)]
    assert (resumed.kind, resumed.due - pump.now) == (doses.CLINICIAN, 40_000)


def test_a_bolus_that_was_ended_in_the_middle_of_its_step_stays_ended():
    pump = Delivering(has_background=False)
    pump.boluses.ask_patient(pump.now)
    assert pump.run(BOLUS_STEP_MS) == Motor.TRAIN_MS
    pump.boluses.end(doses.STOPPED_EARLY, pump.now)
    assert pump.run(Motor.TRAIN_MS) == HOUR_MS
    assert (pump.ledger.commanded[doses.PATIENT], pump.ledger.confirmed[doses.PATIENT]) == (1, 1)
    assert len(pump.events("bolus_ended")) == 1


def test_a_step_of_the_background_does_not_count_for_a_bolus_in_progress():
    pump = Delivering()
    pump.wait(STEP_MS - BOLUS_STEP_MS + 1)
    pump.boluses.ask_patient(pump.now)
    # Granted one ms later than the background's step is due.
    pump.step()
    assert list(pump.ledger.commanded[:3]) == [1, 0, 0]
    assert pump.ledger.bolus_given[doses.PATIENT] == 0


@pytest.mark.req("SR-09")
def test_background_that_is_too_late_is_dropped_recorded_and_told():
    pump = Delivering()
    assert pump.run(10 * STEP_MS) == STEP_MS
    assert pump.motor.periods_us == []
    (dropped,) = pump.events("steps_dropped")
    assert dropped == {"dose_kind": "background", "steps": 10}
    # Shown until somebody acknowledges it, and no longer there.
    assert pump.alarms.active(alarms.DOSES_MISSED) and not pump.alarms.present(alarms.DOSES_MISSED)
    pump.alarms.acknowledge()
    assert not pump.alarms.active(alarms.DOSES_MISSED)
    pump.step()
    assert len(pump.events("steps_dropped")) == 1


@pytest.mark.req("SR-09")
def test_the_rest_of_a_bolus_that_is_too_late_is_dropped_and_the_one_below_it_resumed():
    pump = Delivering(has_background=False)
    pump.boluses.grant(doses.CLINICIAN, 0, 10, 600, 10 * STEP_NG, pump.now)
    pump.boluses.ask_patient(pump.now)
    pump.step()
    # Two intervals late, from the second step on.
    late_ms = pump.plan.bolus.catch_up_ms + BOLUS_STEP_MS - Motor.TRAIN_MS
    pump.run(late_ms + 1)
    (dropped,) = pump.events("steps_dropped")
    assert (dropped["dose_kind"], dropped["steps"]) == ("patient", BOLUS_STEPS - 1)
    (ended,) = pump.events("bolus_ended")
    assert (ended["dose_kind"], ended["outcome"], ended["steps"]) == ("patient", "stopped", 1)
    resumed = pump.plan.bolus
    assert (resumed.kind, resumed.due - pump.now) == (doses.CLINICIAN, 60_000)


@pytest.mark.req("SR-03")
def test_background_above_the_gates_limit_is_dropped_and_its_first_refusal_recorded():
    pump = Delivering()
    pump.gate.hour.limit = 2
    pump.step()
    pump.step()
    for refusals in (1, 2, 3):
        assert pump.run(pump.plan.next_due_in(pump.now, HOUR_MS)) == 0
        assert pump.delivery.gate_refusals == refusals
        assert pump.alarms.present(alarms.GATE_LIMIT)
        assert pump.run() == STEP_MS
    assert pump.events("gate_refused") == [
        {"dose_kind": "background", "window_h": 1, "in_window_steps": 2, "limit_steps": 2}
    ]
    assert pump.motor.counts == 2


@pytest.mark.req("SR-03")
def test_a_bolus_above_the_gates_limit_ends_and_the_one_below_it_is_resumed():
    pump = Delivering(has_background=False)
    pump.gate.hour.limit = 1
    pump.boluses.grant(doses.CLINICIAN, 0, 10, 600, 10 * STEP_NG, pump.now)
    pump.boluses.ask_patient(pump.now)
    pump.step()
    assert pump.run(BOLUS_STEP_MS - Motor.TRAIN_MS) == 0
    (ended,) = pump.events("bolus_ended")
    assert (ended["dose_kind"], ended["outcome"], ended["steps"]) == ("patient", "stopped", 1)
    resumed = pump.plan.bolus
    assert (resumed.kind, resumed.due - pump.now) == (doses.CLINICIAN, 60_000)
    assert (pump.delivery.gate_refusals, pump.motor.counts) == (1, 1)


def test_what_the_motor_did_before_somebody_looked_counts_no_more():
    pump = Delivering()
    pump.motor.tripped = True
    pump.delivery.look_at_rest()
    assert pump.alarms.present(alarms.RUNAWAY)
    pump.delivery.acknowledged()
    pump.alarms.acknowledge()
    pump.delivery.look_at_rest()
    assert pump.motor.tripped is False
    assert not pump.alarms.active(alarms.RUNAWAY)


def test_the_gate_counts_at_pump_time():
    pump = Delivering()
    pump.step()
    assert pump.gate.hour.newest == (STARTED_S + STEP_MS // 1_000) // pump.gate.hour.bucket_s
    assert (pump.gate.hour.total, pump.gate.day.total) == (1, 1)
