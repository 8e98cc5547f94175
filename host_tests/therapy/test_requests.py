"""Lockout, rolling count and refusals of a patient's request (PR-07, SR-05, SR-06)."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thecal.tables import doses
from thecal.therapy.clinician import answer_clinician
from thecal.therapy.requests import DAY_S, GrantHistory, answer_patient


def prescription(lockout_s=3_600, count=4, dose=25_000):
    return SimpleNamespace(patient_dose=dose, lockout_s=lockout_s, patient_count=count, patient_duration_s=600)


@pytest.mark.req("SR-05", "PR-07")
@given(
    st.lists(st.integers(1, 7_200), min_size=1, max_size=120),
    st.integers(900, 86_400),
    st.integers(1, 24),
)
def test_grants_keep_lockout_and_count_in_every_rolling_day(gaps, lockout_s, count):
    rule, history, grants, now = prescription(lockout_s, count), GrantHistory([0] * 24), [], 1
    for gap in gaps:
        now += gap
        running = bool(grants) and now < grants[-1] + rule.patient_duration_s
        if grants and not running:
            history.last_end = grants[-1] + rule.patient_duration_s
        reason, when = answer_patient(rule, 50, history, now, running)
        if reason == doses.GRANTED:
            assert not grants or now >= grants[-1] + rule.patient_duration_s + lockout_s
            history.granted(now)
            grants.append(now)
            assert sum(now - start < DAY_S for start in grants) <= count
        else:
            assert now < when


@pytest.mark.req("PR-07", "SR-06")
@given(st.lists(st.integers(1, 80_000), max_size=24), st.integers(900, 20_000), st.integers(1, 24))
def test_a_refusal_changes_nothing_and_no_longer_binds_at_the_second_it_names(starts, lockout_s, count):
    now = 90_000
    rule, history = prescription(lockout_s, count), GrantHistory((sorted(starts) + [0] * 24)[:24])
    history.last_end = max([start + 600 for start in starts], default=0)
    before = list(history.starts), history.last_end
    reason, when = answer_patient(rule, 50, history, now, False)
    assert (list(history.starts), history.last_end) == before
    if reason != doses.GRANTED:
        assert answer_patient(rule, 50, history, when - 1, False)[0] != doses.GRANTED
        assert answer_patient(rule, 50, history, when, False)[0] == doses.GRANTED


@pytest.mark.parametrize(
    ("rule", "steps", "running", "reason", "never"),
    [
        (prescription(dose=0), 0, False, doses.NOT_PRESCRIBED, True),
        (prescription(), 0, False, doses.TOO_SMALL, True),
        (prescription(), 50, True, doses.BOLUS_RUNNING, False),
        (prescription(), 50, False, doses.GRANTED, False),
    ],
)
def test_each_reason_to_refuse(rule, steps, running, reason, never):
    found, when = answer_patient(rule, steps, GrantHistory([0] * 24), 100, running)
    assert found == reason
    assert (when == doses.NEVER) == never


@pytest.mark.req("PR-07", "SR-05")
def test_while_a_bolus_runs_the_next_is_possible_a_lockout_after_its_end():
    history = GrantHistory([0] * 24)
    history.granted(1_000)
    assert answer_patient(prescription(), 50, history, 1_300, True) == (doses.BOLUS_RUNNING, 1_000 + 600 + 3_600)
    full = prescription(count=1)
    assert answer_patient(full, 50, history, 1_300, True) == (doses.BOLUS_RUNNING, 1_000 + DAY_S)


@pytest.mark.req("PR-06", "SR-02")
def test_a_clinicians_bolus_that_would_pass_the_ceiling_is_never_granted():
    at_the_ceiling = answer_clinician(100_000, 3_600, 900_000, 1_000_000, 400, 0)
    assert at_the_ceiling[0] == doses.GRANTED
    assert answer_clinician(100_001, 3_600, 900_000, 1_000_000, 400, 0) == (doses.RATE_CEILING, doses.NEVER)


@pytest.mark.req("SR-05")
def test_a_grant_leaves_the_count_exactly_a_day_later():
    history = GrantHistory([0] * 24)
    history.granted(1_000)
    assert history.count(1_000 + DAY_S - 1) == 1
    assert history.count(1_000 + DAY_S) == 0


@pytest.mark.req("PR-07")
def test_a_pump_that_has_given_no_bolus_has_no_lockout_from_its_very_first_second_on():
    history = GrantHistory([0] * 24)
    assert answer_patient(prescription(), 50, history, 0, False) == (doses.GRANTED, 0)
