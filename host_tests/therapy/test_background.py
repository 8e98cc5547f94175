"""The background's due times against exact fractions (SR-01)."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.tables import ticks
from thecal.therapy.background import Background, cost_of_step, earn_of_dose, earn_of_minimum_rate

DAY_MS = 86_400_000
LOWEST_NL_PER_DAY, HIGHEST_NL_PER_DAY = 48_000, 24_000_000
TICKS = 1 << 30

concentrations = st.integers(1_000, 100_000_000)
volumes_per_step = st.integers(100_000, 400_000)
flows = st.integers(LOWEST_NL_PER_DAY, HIGHEST_NL_PER_DAY)


def dose_of_flow(nl_per_day: int, concentration: int) -> int:
    """ng/day whose volume at this concentration (ng/mL) is the flow, rounded down."""
    return nl_per_day * concentration // 1_000_000


def exact_steps_per_ms(rate: int, concentration: int, volume_per_step: int) -> Fraction:
    """Steps per ms of a dose in ng/day, from the units alone and not from the firmware's own numbers."""
    pl_per_day = Fraction(rate, concentration) * 10**9
    return pl_per_day / volume_per_step / DAY_MS


def jump_to_step(background: Background, steps: int, per_ms: Fraction) -> int:
    """Put a running background where it stands after so many steps from its start; returns the ms of the next one."""
    earn, cost = background._earn, background._cost
    due_ms = -(-(steps + 1) * per_ms.denominator // per_ms.numerator)
    over = due_ms * earn - (steps + 1) * cost
    assert 0 <= over < earn
    background._over_high, background._over_low = over >> 24, over & 0xFFFFFF
    background.due = due_ms % TICKS
    return due_ms


@pytest.mark.req("SR-01")
@given(concentrations, volumes_per_step, flows, st.integers(0, TICKS - 1))
def test_every_step_is_due_in_the_first_ms_that_has_earned_it(concentration, volume, flow, start):
    rate = dose_of_flow(flow, concentration)
    per_ms = exact_steps_per_ms(rate, concentration, volume)
    background = Background(cost_of_step(concentration, volume))
    background.change_rate(start, earn_of_dose(rate))
    for step in range(1, 40):
        due_ms = ticks.diff(background.due, start) % TICKS
        assert due_ms == -(-step * per_ms.denominator // per_ms.numerator)
        background.advance()


@pytest.mark.req("SR-01")
@given(concentrations, volumes_per_step, flows, st.integers(0, 40_000_000))
def test_one_more_step_is_right_wherever_the_count_stands(concentration, volume, flow, steps):
    """The induction step: right after `steps` steps, right after one more. With the start it covers every count."""
    rate = dose_of_flow(flow, concentration)
    per_ms = exact_steps_per_ms(rate, concentration, volume)
    background = Background(cost_of_step(concentration, volume))
    background.change_rate(0, earn_of_dose(rate))
    now_ms = jump_to_step(background, steps, per_ms)
    background.advance()
    assert now_ms + background.interval_ms == -(-(steps + 2) * per_ms.denominator // per_ms.numerator)
    assert background.due == (now_ms + background.interval_ms) % TICKS


def fifty_legal_rates() -> list[tuple[int, int, int]]:
    """(nL/day, ng/mL, pL/step): the ends of the range, and draws that are even on a logarithmic scale."""
    random_ = random.Random(20260322)
    flows_ = [LOWEST_NL_PER_DAY, HIGHEST_NL_PER_DAY]
    flows_ += [round(LOWEST_NL_PER_DAY * 500 ** random_.random()) for _ in range(48)]
    return [(flow, random_.randrange(1_000, 50_000_000), random_.randrange(240_000, 260_000)) for flow in flows_]


@pytest.mark.req("SR-01", "PR-01")
@pytest.mark.parametrize(("flow", "concentration", "volume"), fifty_legal_rates())
def test_a_year_stays_within_one_step_of_the_exact_fraction(flow, concentration, volume):
    """Every one of 365 midnights: the steps around it are walked by the firmware's own code, and the count there is
    compared with the fraction. Between midnights the state is set from the fraction; that the code gets from each
    state to the next is the induction above, and `make proof` walks whole years step by step."""
    rate = dose_of_flow(flow, concentration)
    per_ms = exact_steps_per_ms(rate, concentration, volume)
    background = Background(cost_of_step(concentration, volume))
    background.change_rate(0, earn_of_dose(rate))
    for day in range(1, 366):
        ideal = per_ms * day * DAY_MS
        steps = max(int(ideal) - 8, 0)
        now_ms = jump_to_step(background, steps, per_ms)
        while now_ms <= day * DAY_MS:
            background.advance()
            now_ms += background.interval_ms
            steps += 1
        assert abs(steps - ideal) < 1, f"day {day}"


@pytest.mark.req("SR-01")
def test_a_whole_year_at_the_lowest_rate_walked_step_by_step():
    rate, concentration, volume = 1_200, 25_000, 249_873
    per_ms = exact_steps_per_ms(rate, concentration, volume)
    background = Background(cost_of_step(concentration, volume))
    background.change_rate(0, earn_of_dose(rate))
    now_ms, steps = background.interval_ms, 0
    while now_ms <= 365 * DAY_MS:
        steps += 1
        background.advance()
        now_ms += background.interval_ms
    assert steps == int(per_ms * 365 * DAY_MS)


changes = st.lists(st.tuples(st.integers(0, 20 * 3_600_000), st.one_of(st.just(0), flows)), min_size=1, max_size=12)


@pytest.mark.req("SR-01", "PR-02")
@settings(max_examples=200)
@given(concentrations, volumes_per_step, changes, st.integers(0, TICKS - 1))
def test_the_remainder_carries_over_every_change_of_rate(concentration, volume, program, start):
    background = Background(cost_of_step(concentration, volume))
    now, steps, ideal = start, 0, Fraction(0)
    for duration_ms, flow in program:
        rate = dose_of_flow(flow, concentration)
        background.change_rate(now, earn_of_dose(rate))
        end = ticks.add(now, duration_ms)
        # At most 90 steps of a stretch are walked; the rest is skipped with the code that drops late steps.
        for _ in range(90):
            if not background.running or ticks.diff(background.due, end) > 0:
                break
            background.advance()
            steps += 1
        if background.running and ticks.diff(background.due, end) <= 0:
            steps += background.skip_until(end)
        ideal += exact_steps_per_ms(rate, concentration, volume) * duration_ms
        assert 0 <= ideal - steps < 1
        now = end


@pytest.mark.req("SR-01", "PR-02")
def test_changes_of_rate_reckoned_by_hand():
    """A step costs 10,050. What is earned at each change is kept, over a stretch without any rate too."""
    background = Background(10_050)
    assert not background.running
    background.change_rate(0, 100)
    assert (background.due, background.interval_ms) == (101, 101)  # 50 too much is earned by then
    background.advance()
    assert background.due == 201
    background.change_rate(151, 300)  # 5,050 are earned
    assert background.due == 168  # 100 too much by then
    background.change_rate(160, 0)  # 7,750 are earned
    assert not background.running
    background.change_rate(500, 100)
    assert background.due == 523


@pytest.mark.req("PR-05")
@given(concentrations, volumes_per_step)
def test_the_minimum_rate_is_six_microlitres_a_day(concentration, volume):
    background = Background(cost_of_step(concentration, volume))
    background.change_rate(0, earn_of_minimum_rate(concentration))
    due_ms = 0
    for step in range(1, 30):
        due_ms += background.interval_ms
        assert due_ms == -(-step * volume * DAY_MS // 6_000_000)
        background.advance()


def test_the_step_path_uses_small_integers_only():
    """Integers beyond 2^30 are heap objects on the board; the highest legal numbers must not reach them."""
    background = Background(cost_of_step(100_000_000, 400_000))
    background.change_rate(TICKS - 5, earn_of_dose(dose_of_flow(HIGHEST_NL_PER_DAY, 100_000_000)))
    for _ in range(2_000):
        background.advance()
        held = ("_whole", "_earn_high", "_earn_low", "_rest_high", "_rest_low", "_over_high", "_over_low", "due")
        for name in held:
            assert -(1 << 30) <= getattr(background, name) < 1 << 30, name


@pytest.mark.req("SR-01")
def test_an_overshoot_that_just_fills_its_low_limb_carries_into_the_high_one():
    """A step is earned in 8/3 ms; two ms' earnings are three times 2^24, so the low limb comes to exactly 2^24."""
    background = Background(4 << 24)
    background.change_rate(0, 3 << 23)
    due = []
    for _ in range(9):
        due.append(background.due)
        background.advance()
    assert due == [3, 6, 8, 11, 14, 16, 19, 22, 24]
