"""Boluses from request to end: what is recorded, remembered and told at each turn (SR-04, SR-07)."""

import pytest

from pump.parts import STARTED_S, Parts
from rig import SIMPLE
from thecal.tables import alarms, doses, states
from thecal.therapy import admission

# SIMPLE: 10 mg/mL, so that a step of 250 nL holds 2,500 ng.
STEP_NG = 2_500
BOLUS_STEPS, BOLUS_S = 20, 600
# Its first and its last second are not whole ones.
LATE_S = 2
SLOT_S = 300


def scheduled() -> Parts:
    """A pump with two boluses in the evening, far from now: slot 0 of one step, slot 1 of 20."""
    slots = [
        {"at": "20:00", "days": ["mon"], "dose": "0.0025 mg", "duration": "5 min"},
        {"at": "22:00", "days": ["mon"], "dose": "0.05 mg", "duration": "5 min"},
    ]
    return Parts(SIMPLE | {"scheduled_boluses": slots})


def clinician(pump: Parts, steps: int = 40, duration_s: int = 1_200) -> None:
    """Begin a bolus of a clinician, which stands below a patient's."""
    pump.boluses.grant(doses.CLINICIAN, 0, steps, duration_s, steps * STEP_NG, pump.now)


def willing(mocker):
    """Admission that grants whatever it is asked, at once."""
    return mocker.patch.object(admission, "first_free", side_effect=lambda *asked: (doses.GRANTED, asked[-1]))


def bolus_and_from(asking) -> tuple[tuple[int, int, int], int]:
    """((ng, s from start to the latest end, pL per step), pump second) that admission was last asked about."""
    *_, bolus, _, from_s = asking.call_args.args
    return bolus, from_s


def test_a_request_that_is_granted_is_recorded_remembered_and_begun():
    pump = Parts()
    pump.ledger.commanded[doses.PATIENT] = 77
    pump.ledger.bolus_given[doses.PATIENT] = 9
    assert pump.boluses.ask_patient(pump.now) == (doses.GRANTED, STARTED_S)
    assert pump.events("bolus_granted") == [
        {"dose_kind": "patient", "slot": 0, "steps": BOLUS_STEPS, "duration_s": BOLUS_S, "dose_ng": 50_000}
    ]
    ledger, bolus = pump.ledger, pump.plan.bolus
    of_kind = [numbers[doses.PATIENT] for numbers in (ledger.bolus_granted, ledger.bolus_given, ledger.bolus_from)]
    assert of_kind == [BOLUS_STEPS, 0, 77]
    assert max(ledger.grant_starts) == STARTED_S
    assert (bolus.kind, bolus.granted, bolus.due) == (doses.PATIENT, BOLUS_STEPS, 1_000 * BOLUS_S // BOLUS_STEPS)
    assert (pump.given.ends[0], pump.given.doses[0]) == (STARTED_S + BOLUS_S + LATE_S, BOLUS_STEPS * STEP_NG)
    assert pump.wakes == 1


def test_a_request_without_a_prescription_is_refused_and_recorded_with_no_steps():
    pump = Parts(None)
    pump.body.hold(states.NO_PRESCRIPTION)
    assert pump.boluses.ask_patient(pump.now) == (doses.PUMP_STOPPED, doses.NEVER)
    (refused,) = pump.events("bolus_refused")
    assert refused == {
        "dose_kind": "patient",
        "reason": "the pump is stopped",
        "steps": 0,
        "next_possible_pump_s": None,
    }


@pytest.mark.parametrize("failing", ["given/doses", "ledger"])
def test_a_grant_that_cannot_be_saved_is_taken_back_whole(mocker, failing):
    pump = Parts()
    write = pump.volume.write

    def refuse(path, data):
        if path == failing:
            raise OSError
        write(path, data)

    mocker.patch.object(pump.volume, "write", refuse)
    pump.wait(5_000)
    reason, _ = pump.boluses.ask_patient(pump.now)
    assert reason == doses.RECORDS_FAILING
    assert pump.alarms.present(alarms.RECORDS_FAILING)
    assert list(pump.ledger.grant_starts) == [0] * 24
    assert not pump.boluses.running(doses.PATIENT)
    assert (pump.given.kinds[0], pump.given.doses[0], pump.boluses.free_from()) == (0, 0, 0)
    assert (pump.plan.bolus, pump.wakes, pump.events("bolus_granted")) == (None, 0, [])


def test_a_bolus_of_one_step_is_in_progress_until_that_step():
    pump = scheduled()
    assert pump.boluses.start_scheduled(0, pump.now) == doses.GRANTED
    assert pump.boluses.running(doses.SCHEDULED)
    pump.give(1)
    assert not pump.boluses.running(doses.SCHEDULED)
    (ended,) = pump.events("bolus_ended")
    assert (ended["outcome"], ended["steps"], ended["granted_steps"]) == ("completed", 1, 1)


@pytest.mark.req("SR-07")
def test_a_scheduled_bolus_under_a_running_one_is_refused():
    pump = scheduled()
    assert pump.boluses.start_scheduled(1, pump.now) == doses.GRANTED
    assert pump.boluses.start_scheduled(0, pump.now) == doses.BOLUS_RUNNING
    assert len(pump.events("bolus_granted")) == 1


def test_a_scheduled_bolus_that_is_held_is_refused_for_that_whatever_its_size():
    pump = scheduled()
    pump.body.volume_per_step *= 2
    pump.body.hold(states.OPERATOR_STOP)
    assert pump.boluses.start_scheduled(0, pump.now) == doses.PUMP_STOPPED


def test_a_scheduled_bolus_of_less_than_a_step_is_refused():
    pump = scheduled()
    pump.body.volume_per_step += 1
    assert pump.boluses.start_scheduled(0, pump.now) == doses.TOO_SMALL
    assert not pump.boluses.running(doses.SCHEDULED)


@pytest.mark.req("SR-04")
def test_a_scheduled_bolus_above_the_limit_is_refused():
    pump = scheduled()
    # With the programme's hour of 0.1 mg there is no room for slot 1 in 0.4 mg.
    pump.given.begin(0, STARTED_S + 1, 260_000, 0)
    assert pump.boluses.start_scheduled(1, pump.now) == doses.LIMIT_1H
    assert pump.events("bolus_granted") == []


@pytest.mark.req("SR-04")
def test_a_request_above_the_limit_is_refused_until_the_window_has_room():
    pump = Parts(SIMPLE | {"limits": {"per_1h": "0.16 mg", "per_24h": "4 mg"}})
    pump.given.begin(0, STARTED_S + 1, 30_000, 0)
    pump.boluses.background_is(2_400_000)
    reason, when = pump.boluses.next_patient()
    # One hour after the end of what was given before.
    assert (reason, when) == (doses.LIMIT_1H, STARTED_S + 1 + 3_600 + 1)


@pytest.mark.req("SR-04")
def test_history_binds_up_to_the_second_from_which_it_is_known_and_not_in_it():
    pump = Parts()
    pump.given.known_from = STARTED_S + 1
    assert pump.boluses.next_patient() == (doses.HISTORY_UNKNOWN, STARTED_S + 1)
    pump.wait(1_000)
    assert pump.boluses.next_patient() == (doses.GRANTED, STARTED_S + 1)


@pytest.mark.parametrize("pump_s", [0, STARTED_S])
def test_a_patients_bolus_is_admitted_for_its_whole_duration_from_now(mocker, pump_s):
    pump = Parts(pump_s=pump_s)
    clinician(pump)
    asking = willing(mocker)
    pump.boluses.ask_patient(pump.now)
    assert bolus_and_from(asking) == ((50_000, BOLUS_S + LATE_S, 250_000), pump_s)
    # Kept for as long: from the beginning of its first second.
    assert pump.given.ends[1] == pump_s + BOLUS_S + LATE_S


@pytest.mark.parametrize("pump_s", [0, STARTED_S])
def test_a_scheduled_bolus_is_admitted_for_its_whole_duration_from_now(mocker, pump_s):
    pump = scheduled()
    pump.clock.seconds = pump_s
    asking = willing(mocker)
    pump.boluses.start_scheduled(1, pump.now)
    assert bolus_and_from(asking) == ((50_000, SLOT_S + LATE_S, 250_000), pump_s)
    assert pump.given.ends[0] == pump_s + SLOT_S + LATE_S


def test_a_scheduled_bolus_behind_another_is_admitted_until_its_own_end_behind_that(mocker):
    pump = scheduled()
    pump.boluses.ask_patient(pump.now)
    pump.wait(60_000)
    asking = willing(mocker)
    pump.boluses.start_scheduled(1, pump.now)
    other_ends = STARTED_S + BOLUS_S + LATE_S
    bolus, from_s = bolus_and_from(asking)
    assert bolus == (50_000, other_ends - (STARTED_S + 60) + SLOT_S + LATE_S, 250_000)
    assert from_s == STARTED_S + 60
    assert pump.given.ends[1] == other_ends + SLOT_S + LATE_S


@pytest.mark.req("SR-07")
def test_the_higher_bolus_goes_first_and_the_lower_one_is_resumed_where_it_was():
    pump = Parts()
    clinician(pump)
    pump.give(3)
    pump.wait(10_000)
    pump.boluses.ask_patient(pump.now)
    (suspended,) = pump.events("bolus_suspended")
    assert suspended == {"dose_kind": "clinician", "by_kind": "patient", "steps": 3, "granted_steps": 40}
    pump.give(BOLUS_STEPS)
    (resumed,) = pump.events("bolus_resumed")
    assert (resumed["dose_kind"], resumed["steps"], resumed["granted_steps"]) == ("clinician", 3, 40)
    bolus = pump.plan.bolus
    assert (bolus.kind, bolus.given, bolus.due - pump.now) == (doses.CLINICIAN, 3, 20_000)
    (ended,) = pump.events("bolus_ended")
    assert (ended["dose_kind"], ended["outcome"], ended["steps"]) == ("patient", "completed", BOLUS_STEPS)


@pytest.mark.req("SR-07")
def test_one_whose_last_step_was_in_flight_when_it_was_suspended_is_completed_and_the_next_resumed():
    pump = scheduled()
    pump.boluses.start_scheduled(1, pump.now)
    clinician(pump, steps=1, duration_s=60)
    pump.wait(60_000)
    # Given, and not witnessed before the patient asks.
    pump.plan.given(doses.CLINICIAN, pump.now)
    pump.boluses.ask_patient(pump.now)
    pump.give(BOLUS_STEPS)
    ended = [(end["dose_kind"], end["outcome"]) for end in pump.events("bolus_ended")]
    assert ended == [("patient", "completed"), ("clinician", "completed")]
    bolus = pump.plan.bolus
    assert (bolus.kind, bolus.given, bolus.due - pump.now) == (doses.SCHEDULED, 0, 15_000)
    assert pump.plan.suspended == []


def test_what_an_ended_bolus_gave_is_what_the_history_keeps():
    pump = Parts()
    pump.boluses.ask_patient(pump.now)
    pump.give(3)
    pump.boluses.end(doses.STOPPED_EARLY, pump.now)
    given = pump.given
    assert (given.kinds[0], given.starts[0], given.ends[0]) == (0, STARTED_S, STARTED_S + 91)
    assert given.doses[0] == 3 * STEP_NG
    assert pump.boluses.free_from() == 0
    assert pump.ledger.last_bolus_end == pump.history.last_end == STARTED_S + 90
