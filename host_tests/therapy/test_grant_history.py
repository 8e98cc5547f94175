"""The history of grants: what is kept, taken back and counted (SR-05, PR-07)."""

from types import SimpleNamespace

import pytest

from thecal.tables import doses
from thecal.therapy.requests import DAY_S, GrantHistory, answer_patient

RULE = SimpleNamespace(patient_dose=25_000, lockout_s=3_600, patient_count=3, patient_duration_s=600)


def history(*starts: int) -> GrantHistory:
    return GrantHistory([*starts, 0, 0, 0][: max(3, len(starts))])


@pytest.mark.req("SR-05")
def test_a_grant_takes_the_place_of_the_oldest_wherever_that_stands():
    for starts, kept in (
        ([5, 6, 7], [9, 6, 7]),
        ([7, 5, 6], [7, 9, 6]),
        ([6, 7, 5], [6, 7, 9]),
        ([0, 0, 0], [9, 0, 0]),
    ):
        found = GrantHistory(list(starts))
        found.granted(9)
        assert found.starts == kept


@pytest.mark.req("SR-05")
def test_a_grant_that_gave_nothing_is_taken_back_and_no_other():
    found = GrantHistory([5, 9, 7])
    found.take_back(9)
    assert found.starts == [5, 0, 7]
    found.take_back(8)
    assert found.starts == [5, 0, 7]


@pytest.mark.req("SR-05")
def test_every_grant_of_the_last_day_counts_and_a_day_old_one_no_more():
    found = history(1_000, 2_000, 3_000)
    assert [found.count(at) for at in (3_000, DAY_S + 999, DAY_S + 1_000, DAY_S + 2_000)] == [3, 3, 2, 1]
    assert found.count_free_at(3_000, 3) == 1_000 + DAY_S
    assert found.count_free_at(3_000, 2) == 2_000 + DAY_S
    assert found.count_free_at(3_000, 4) == 3_000
    # A grant of exactly a day ago is no longer one of them.
    assert found.count_free_at(DAY_S + 1_000, 2) == 2_000 + DAY_S


@pytest.mark.req("PR-07")
def test_the_reason_that_binds_longest_is_named_and_the_count_where_both_bind_alike():
    found = history(1_000, 2_000, 3_000)
    found.last_end = 3_600
    assert answer_patient(RULE, 1, found, 4_000, False) == (doses.COUNT_24H, 1_000 + DAY_S)
    found.last_end = 1_000 + DAY_S - RULE.lockout_s
    assert answer_patient(RULE, 1, found, 4_000, False) == (doses.COUNT_24H, 1_000 + DAY_S)
    found.last_end += 1
    assert answer_patient(RULE, 1, found, 4_000, False) == (doses.LOCKOUT, 1_001 + DAY_S)


@pytest.mark.req("PR-07", "SR-05")
def test_the_lockout_is_over_at_the_very_second_and_one_step_is_enough():
    found = history(1_000)
    found.last_end = 1_600
    assert answer_patient(RULE, 1, found, 5_199, False) == (doses.LOCKOUT, 5_200)
    assert answer_patient(RULE, 1, found, 5_200, False) == (doses.GRANTED, 5_200)
    assert answer_patient(RULE, 1, GrantHistory([0] * 3), 1, False) == (doses.GRANTED, 1)
    assert GrantHistory([0]).last_end == 0
