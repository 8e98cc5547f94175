"""What is due, of which dose, and what is dropped (SR-02, SR-07, SR-09)."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.tables import doses, ticks
from thecal.therapy.background import earn_of_dose
from thecal.therapy.bolus import Bolus
from thecal.therapy.pace import Pace
from thecal.therapy.plan import NOTHING, PRECEDENCE, TherapyPlan

CONCENTRATION, VOLUME = 2_000_000, 250_000
DAY_MS = 86_400_000
LONGEST = 3_600_000
KINDS = (doses.SCHEDULED, doses.PATIENT, doses.CLINICIAN)


def running_plan(nl_per_day: int, start: int = 0) -> TherapyPlan:
    plan = TherapyPlan(CONCENTRATION, VOLUME)
    plan.background.change_rate(start, earn_of_dose(nl_per_day * CONCENTRATION // 1_000_000))
    return plan


def give_until(plan: TherapyPlan, start: int, length_ms: int) -> list[tuple[int, int]]:
    """Give what is due, on time; returns (ms since start, kind) of every step. A bolus that is done is ended."""
    given_, now_ms = [], 0
    while True:
        now_ms += max(plan.next_due_in(ticks.add(start, now_ms), LONGEST), 0)
        if now_ms > length_ms:
            return given_
        now = ticks.add(start, now_ms)
        kind = plan.due_kind(now)
        if kind == NOTHING:
            continue
        plan.given(kind, now)
        given_.append((now_ms, kind))
        if plan.bolus is not None and plan.bolus.done:
            plan.end(now)


@pytest.mark.req("SR-02")
@settings(max_examples=60)
@given(
    st.integers(0, 24_000_000),
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 400), st.integers(60, 1200)), max_size=3),
    st.integers(0, (1 << 30) - 1),
)
def test_flow_never_passes_the_ceiling_whatever_is_active_together(background, boluses, start):
    """1.2 mL/h of 250 nL steps is one step each 750 ms: no two steps are closer, in any mix of modes."""
    plan = running_plan(background, start)
    for kind, steps, duration_s in boluses:
        plan.begin(Bolus(kind, steps, duration_s * 1000, start), start)
    times = [ms for ms, _ in give_until(plan, start, 600_000)]
    assert all(later - earlier >= 750 for earlier, later in itertools.pairwise(times))


@pytest.mark.req("SR-02")
@given(st.integers(100_000, 400_000), st.integers(0, (1 << 30) - 1), st.lists(st.integers(0, 3_000), max_size=40))
def test_no_two_steps_are_closer_than_the_mechanisms_ceiling_allows(volume, start, delays):
    pace, now_ms, last_ms = Pace(volume), 0, None
    for delay in delays:
        now_ms += delay
        now_ms += pace.wait(ticks.add(start, now_ms))
        if last_ms is not None:
            assert volume * 3_600_000 <= (now_ms - last_ms) * 1_200_000 * 1_000
        pace.step(ticks.add(start, now_ms))
        last_ms = now_ms


@pytest.mark.req("SR-01", "SR-02")
@given(st.integers(100_000, 400_000), st.integers(0, 5_000))
def test_a_background_at_the_highest_rate_catches_up_with_a_late_wake(volume, late_ms):
    plan = TherapyPlan(CONCENTRATION, volume)
    plan.background.change_rate(0, earn_of_dose(24 * CONCENTRATION))
    now = plan.background.due + late_ms
    assert plan.too_late_background(now) == 0
    for _ in range(120):
        plan.given(doses.BACKGROUND, now)
        now += plan.next_due_in(now, LONGEST)
    assert now == plan.background.due


@pytest.mark.req("SR-02")
def test_a_week_without_steps_gives_no_credit_and_no_wait():
    pace = Pace(VOLUME)
    pace.step(0)
    for days in (1, 6, 7, 9, 12):
        now = days * DAY_MS % (1 << 30)
        assert pace.wait(now) == 0
        fresh = Pace(VOLUME)
        fresh.step(0)
        fresh.step(now)
        assert fresh.wait(now) == 750


@pytest.mark.req("SR-07")
@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(KINDS, 2)))
def test_the_higher_bolus_goes_first_and_the_other_is_resumed_whole(first, second):
    plan = running_plan(0)
    plan.begin(Bolus(first, 10, 600_000, 0), 0)
    suspended = plan.begin(Bolus(second, 10, 600_000, 0), 0)
    assert suspended is not None and plan.bolus is not None
    assert PRECEDENCE[plan.bolus.kind] > PRECEDENCE[suspended.kind]
    given_ = give_until(plan, 0, 3_600_000)
    order = [kind for kind, _ in itertools.groupby(kind for _, kind in given_)]
    assert order == sorted((first, second), key=PRECEDENCE.__getitem__, reverse=True)
    assert len(given_) == 20


@pytest.mark.req("SR-07")
@given(st.permutations(KINDS), st.lists(st.integers(0, 300_000), min_size=3, max_size=3))
def test_three_boluses_in_any_order_are_given_one_at_a_time_and_whole(order, delays):
    plan, now_ms, given_ = running_plan(0), 0, []
    for kind, delay in zip(order, delays, strict=True):
        given_ += give_until(plan, now_ms, delay)
        now_ms += delay
        plan.begin(Bolus(kind, 7, 420_000, now_ms), now_ms)
        assert plan.bolus is not None
        assert all(PRECEDENCE[plan.bolus.kind] > PRECEDENCE[other.kind] for other in plan.suspended)
    given_ += give_until(plan, now_ms, 7_200_000)
    assert sorted(kind for _, kind in given_) == sorted(KINDS * 7)
    assert plan.bolus is None and not plan.suspended


@pytest.mark.req("SR-09")
@pytest.mark.parametrize("nl_per_day", [48_000, 500_000, 24_000_000])
def test_a_wake_late_by_the_allowance_is_caught_up_and_one_later_is_dropped(nl_per_day):
    allowance = max(5_000, 2 * running_plan(nl_per_day).background.interval_ms)
    plan = running_plan(nl_per_day)
    due = plan.background.due
    assert plan.too_late_background(ticks.add(due, allowance)) == 0
    dropped = plan.too_late_background(ticks.add(due, allowance + 1))
    interval_ms = VOLUME * DAY_MS // (nl_per_day * 1000)
    assert dropped == 1 + (allowance + 1) // interval_ms
    assert ticks.diff(plan.background.due, ticks.add(due, allowance + 1)) > 0


@pytest.mark.req("SR-09")
@given(st.integers(48_000, 24_000_000), st.integers(60_000, 500_000_000))
def test_doses_dropped_after_an_outage_are_exactly_those_that_fell_due(nl_per_day, outage_ms):
    plan, ideal = running_plan(nl_per_day), running_plan(nl_per_day)
    dropped = plan.too_late_background(outage_ms)
    if dropped == 0:
        return
    assert dropped == ideal.background.skip_until(outage_ms)
    assert dropped == nl_per_day * 1000 * outage_ms // (VOLUME * DAY_MS)


@pytest.mark.req("SR-07")
def test_of_two_steps_that_are_due_in_the_same_ms_the_background_goes_first():
    plan = running_plan(500_000)
    due = plan.background.due
    plan.begin(Bolus(doses.PATIENT, 1, due, 0), 0)
    assert plan.bolus is not None and plan.bolus.due == due
    assert [plan.due_kind(due - 1), plan.due_kind(due)] == [NOTHING, doses.BACKGROUND]
    plan.given(doses.BACKGROUND, due)
    assert plan.due_kind(due) == doses.PATIENT


@pytest.mark.req("SR-09")
def test_a_plan_without_background_has_none_to_drop():
    assert TherapyPlan(CONCENTRATION, VOLUME).too_late_background(DAY_MS) == 0


@pytest.mark.req("SR-09")
def test_a_late_bolus_is_known_as_such():
    plan = running_plan(0)
    plan.begin(Bolus(doses.PATIENT, 50, 600_000, 0), 0)
    assert not plan.too_late_bolus(12_000 + 24_002)
    assert plan.too_late_bolus(12_000 + 24_003)


@pytest.mark.req("SR-07")
def test_of_boluses_of_equal_precedence_none_is_put_off_by_one_that_came_later():
    first, second, third = (Bolus(doses.PATIENT, 10, 600_000, 0) for _ in range(3))
    plan = running_plan(0)
    assert plan.begin(first, 0) is None
    assert plan.begin(second, 0) is second
    assert plan.begin(third, 0) is third
    assert plan.bolus is first
    assert [plan.end(0), plan.end(0), plan.end(0)] == [second, third, None]
