"""What a clinician does to the pump, with the numbers that it comes to (PR-06, SR-02, SR-04)."""

from types import SimpleNamespace
from typing import Any

import pytest

from pump.parts import STARTED_S, Parts
from rig import example
from thecal.pump import clinic
from thecal.tables import ceilings, doses, states
from thecal.therapy.prescription_check import PrescriptionError

UG, DURATION_S = 1_000, 600
# 3 mg/mL, so that a volume is a third of the dose; 0.72 mg/day are 10 uL/h.
PRESCRIPTION = example("morphine_simple", concentration="3 mg/mL", rate="0.72 mg/day", patient_bolus=None)


def ask(pump: Parts, dose: int = 30 * UG) -> tuple[int, int]:
    return clinic.ask_bolus(pump.body, pump.boluses, dose, DURATION_S)


def whole(numbers: Any) -> Any:
    """A float of the board has seven digits."""
    assert all(type(number) is int for number in numbers)
    return tuple(numbers)


@pytest.mark.req("SR-02")
@pytest.mark.parametrize(("dose", "volume_nl", "steps"), [(30_000, 10_000, 40), (30_001, 10_001, 40)])
def test_volume_and_background_are_judged_in_whole_nanolitres_rounded_up(mocker, dose, volume_nl, steps):
    judged = mocker.spy(clinic, "answer_clinician")
    pump = Parts(PRESCRIPTION)
    assert ask(pump, dose) == (doses.GRANTED, STARTED_S)
    numbers = (volume_nl, DURATION_S, 10_000, ceilings.CEILING_NL_PER_HOUR, steps, 0)
    assert whole(judged.call_args.args) == numbers


@pytest.mark.req("SR-02")
def test_a_background_of_a_fraction_of_a_nanolitre_an_hour_more_counts_as_a_whole_one(mocker):
    judged = mocker.spy(clinic, "answer_clinician")
    pump = Parts(PRESCRIPTION)
    prescription: Any = pump.body.prescription
    prescription.rate += 1
    ask(pump)
    assert whole(judged.call_args.args)[2] == 10_001


@pytest.mark.req("SR-04")
@pytest.mark.parametrize(
    ("limits", "binding"),
    [((1 << 29, 1 << 29), (3_000_003, 24_000_003)), ((3_000_002, 24_000_002), (3_000_002, 24_000_002))],
)
def test_the_lower_of_the_prescriptions_limits_and_the_gates_binds(mocker, limits, binding):
    pump = Parts(PRESCRIPTION)
    within = mocker.spy(pump.boluses, "within")
    prescription: Any = pump.body.prescription
    prescription.limit_1h, prescription.limit_24h = limits
    prescription.gate_1h_nl, prescription.gate_24h_nl = 1_000_001, 8_000_001
    ask(pump)
    assert whole(within.call_args.args[0]) == binding


@pytest.mark.req("PR-06")
def test_what_was_granted_is_a_clinicians_bolus_of_no_slot():
    pump = Parts(PRESCRIPTION)
    assert ask(pump) == (doses.GRANTED, STARTED_S)
    (granted,) = pump.events("bolus_granted")
    assert (granted["dose_kind"], granted["slot"], granted["steps"]) == ("clinician", 0, 40)
    plan: Any = pump.body.plan
    assert plan.bolus.granted == 40


@pytest.mark.req("PR-06")
@pytest.mark.parametrize(("later_ms", "free_s"), [(0, 601), (1, 600), (500, 600), (1_000, 601)])
def test_a_second_one_is_told_the_first_second_after_the_end_of_the_first(later_ms, free_s):
    pump = Parts(PRESCRIPTION)
    ask(pump)
    pump.wait(later_ms)
    assert ask(pump) == (doses.BOLUS_RUNNING, STARTED_S + free_s)


@pytest.mark.req("PR-06")
def test_a_pump_that_is_stopped_refuses_without_a_number_of_steps():
    pump = Parts(PRESCRIPTION)
    pump.body.hold(states.OPERATOR_STOP)
    assert ask(pump) == (doses.PUMP_STOPPED, doses.NEVER)
    (refused,) = pump.events("bolus_refused")
    assert (refused["dose_kind"], refused["reason"], refused["steps"]) == ("clinician", "the pump is stopped", 0)


def test_without_a_calibration_no_prescription_is_taken_and_the_message_says_what_to_do(mocker):
    mocker.patch.object(clinic, "checked")
    pump, setting = Parts(None), mocker.Mock()
    with pytest.raises(PrescriptionError, match=r"^no calibration: calibrate first$"):
        clinic.program(pump.body, pump.boluses, None, None, setting, b"")
    setting.save.assert_not_called()
    assert pump.body.prescription is None


def test_a_clock_that_goes_on_without_power_is_set_to_the_same_time_and_is_not_when_the_time_is_taken_away():
    pump, kept, changed_from = Parts(), [], []
    body: Any = pump.body
    body.keep_time = kept.append
    programme = SimpleNamespace(clock_changed=changed_from.append)
    before = pump.clock.wall()
    clinic.set_clock(pump.body, programme, 200_000_000, states.WALL_SET)
    assert (pump.clock.wall(), kept, changed_from) == (200_000_000, [200_000_000], [before])
    clinic.set_clock(pump.body, programme, 0, states.WALL_UNKNOWN)
    assert (pump.clock.wall(), kept, changed_from) == (0, [200_000_000], [before, 200_000_000])


@pytest.mark.parametrize(("measured", "recorded_nl"), [(-1, 0), (0, 0), (1, 10_000), (2_000, 20_000_000)])
def test_a_refill_begins_the_count_anew_and_records_what_was_measured(mocker, measured, recorded_nl):
    pump = Parts()
    pump.ledger.commanded[doses.BACKGROUND] = pump.ledger.since_refill = 300
    reservoir = mocker.Mock(measured=lambda: measured)
    clinic.set_reservoir(pump.body, reservoir, 18_000_000)
    assert (pump.ledger.reservoir_set_nl, pump.ledger.since_refill) == (18_000_000, 0)
    assert pump.events("reservoir_set") == [
        {"volume_nl": 18_000_000, "measured_nl": recorded_nl, "steps_before_steps": 300}
    ]
    reservoir.refilled.assert_called_once_with()
