"""How long a bolus still takes, and when a suspended one is due again (SR-07, PR-06)."""

import pytest

from thecal.tables import doses
from thecal.therapy.bolus import Bolus, dose_of_steps, steps_of_dose
from thecal.therapy.clinician import answer_clinician
from thecal.therapy.pace import Pace

START = (1 << 30) - 5_000  # the ticks wrap after five seconds


def at(milliseconds: int) -> int:
    return (START + milliseconds) & 0x3FFFFFFF


@pytest.mark.req("PR-06")
def test_the_time_to_the_last_step_counts_every_step_that_is_left():
    bolus = Bolus(doses.CLINICIAN, 10, 100_000, START)
    assert bolus.ms_to_end(START) == 100_000
    assert bolus.ms_to_end(at(4_000)) == 96_000
    for step in range(1, 10):
        bolus.advance()
        assert bolus.ms_to_end(at(step * 10_000)) == 100_000 - step * 10_000
    # Late for its last step: none is left but that one, and it is due at once.
    assert bolus.ms_to_end(at(100_500)) == 0


@pytest.mark.req("SR-07")
def test_a_bolus_suspended_after_its_step_was_due_is_due_at_once_when_it_goes_on():
    bolus = Bolus(doses.SCHEDULED, 10, 100_000, START)
    bolus.suspend(at(10_001))
    bolus.resume(at(50_000))
    assert bolus.due == at(50_000)


@pytest.mark.req("SR-01")
def test_a_dose_of_exactly_so_many_steps_is_that_many_and_a_hair_less_is_one_fewer():
    # 10 ng at 1 mg/mL are 10 nL: 40 steps of 250 pL.
    assert steps_of_dose(10, 1_000_000, 250) == 40
    assert steps_of_dose(10, 1_000_001, 250) == 39
    # So many that one part in a billion would be a step more.
    assert steps_of_dose(10**9, 1_000, 10**6) == 10**9


@pytest.mark.req("PR-06")
def test_a_clinicians_bolus_of_one_step_may_start_and_one_of_none_never():
    assert answer_clinician(250, 60, 0, 1_000_000, 1, 0) == (doses.GRANTED, 0)
    assert answer_clinician(249, 60, 0, 1_000_000, 0, 0) == (doses.TOO_SMALL, doses.NEVER)
    assert answer_clinician(250, 60, 0, 1_000_000, 1, 777) == (doses.BOLUS_RUNNING, 777)


@pytest.mark.req("SR-02")
def test_a_clinicians_rate_is_rounded_up_before_it_is_compared_with_the_ceiling():
    # 1 nL in 3599 s is a little more than 1 nL/h and counts as 2.
    assert answer_clinician(1, 3_599, 999_998, 1_000_000, 1, 0)[0] == doses.GRANTED
    assert answer_clinician(1, 3_599, 999_999, 1_000_000, 1, 0)[0] == doses.RATE_CEILING


@pytest.mark.req("SR-02")
@pytest.mark.parametrize("now", [0, 1, 749, START, (1 << 30) - 100])
def test_a_pump_that_has_given_nothing_waits_for_nothing(now):
    assert Pace(250_000).wait(now) == 0


@pytest.mark.req("SR-02")
def test_after_a_step_the_next_waits_to_the_very_last_ms():
    pace = Pace(250_000)
    pace.step(START)
    assert [pace.wait(at(ms)) for ms in (0, 1, 748, 749, 750, 751)] == [750, 749, 2, 1, 0, 0]


@pytest.mark.req("SR-04")
def test_what_steps_hold_is_rounded_up_to_whole_nanograms():
    assert dose_of_steps(40, 1_000_000, 250) == 10
    assert dose_of_steps(41, 1_000_000, 250) == 11
    assert dose_of_steps(0, 1_000_000, 250) == 0
    # So many that one part in a billion would be a nanogram less.
    assert dose_of_steps(10**9, 10**6, 10**3 + 1) == 1_001_000_000
