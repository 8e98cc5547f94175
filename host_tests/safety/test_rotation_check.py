"""What the witness's counts say of the motor, against sums by brute force (SR-19, SR-21)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thecal.safety.rotation_check import RotationCheck

PL_PER_STEP = 249_935
STALL, WINDOW, APART = 20, 80, 8


def check_of(counts_per_turn: int = 200, volume_per_step: int = PL_PER_STEP) -> RotationCheck:
    check = RotationCheck(200, counts_per_turn)
    check.calibrated(volume_per_step)
    return check


def state(check: RotationCheck) -> tuple[bool, bool, bool]:
    return check.stalled, check.slips, check.runs_away


@pytest.mark.req("SR-19")
def test_a_motor_that_stands_is_a_stall_after_5_ul_and_not_before():
    check = check_of()
    for _ in range(WINDOW):
        assert check.step_over(1) == 1
    for _ in range(STALL - 1):
        assert check.step_over(0) == 0
        assert state(check) == (False, False, False)
    check.step_over(0)
    assert state(check) == (True, False, False)
    check.clear()
    assert state(check) == (False, False, False)


@pytest.mark.req("SR-19")
@pytest.mark.parametrize("volume_per_step", [100_000, 249_935, 400_000])
def test_the_limits_are_volumes_whatever_a_step_is(volume_per_step):
    check = check_of(volume_per_step=volume_per_step)
    steps = 0
    while not check.stalled:
        check.step_over(0)
        steps += 1
    assert steps == 5_000_000 // volume_per_step


@pytest.mark.req("SR-19")
def test_a_rotor_that_springs_forth_and_back_confirms_nothing():
    check = check_of()
    assert [check.step_over(2) for _ in range(STALL)] == [0] * STALL
    assert check.stalled
    # Nobody can tell that from a motor that turns twice as far, which would be worse.
    assert check.runs_away


@pytest.mark.req("SR-19", "SR-21")
@given(st.lists(st.sampled_from([0, 1, 1, 1, 1, 1, 2, 3, 9]), max_size=300))
def test_sums_over_the_last_20_ul_are_those_of_brute_force(counts):
    check = check_of()
    proven = []
    for number, count in enumerate(counts, 1):
        confirmed = check.step_over(count)
        proven.append(confirmed)
        assert confirmed == (count if count <= 1 else 0)
        window = counts[max(0, number - WINDOW) : number]
        lost = len(window) - sum(proven[-WINDOW:])
        assert check.slips == (confirmed > 0 and lost > APART)
        assert check.runs_away == (sum(window) - len(window) > APART)
        assert check.steady == (window == [1] * WINDOW)


@pytest.mark.req("SR-21")
def test_motion_at_rest_of_2_ul_is_too_much_and_a_knock_is_forgotten():
    check = check_of()
    check.moved_at_rest(APART - 1)
    assert not check.runs_away
    check.moved_at_rest(1)
    assert check.runs_away
    check.clear()
    for _ in range(20):
        check.moved_at_rest(APART - 1)
        for _ in range(WINDOW):
            check.step_over(1)
        assert not check.runs_away


@pytest.mark.req("SR-19")
@pytest.mark.parametrize(("counts_per_turn", "counts"), [(40, [0, 0, 0, 0, 1]), (400, [2]), (200, [1]), (100, [0, 1])])
def test_any_witness_of_40_counts_a_turn_or_more_confirms_all_steps(counts_per_turn, counts):
    check = check_of(counts_per_turn)
    confirmed = sum(check.step_over(count) for count in counts * 200)
    assert confirmed == 200 * len(counts)
    assert state(check) == (False, False, False)


def test_before_a_calibration_nothing_is_judged():
    check = RotationCheck(200, 200)
    for _ in range(100):
        check.step_over(0)
        check.moved_at_rest(5)
    assert state(check) == (False, False, False)


@pytest.mark.req("SR-19")
def test_a_rotor_that_turns_back_confirms_nothing_until_it_has_made_that_up():
    check = RotationCheck(200, 200)
    check.calibrated(250_000)
    assert [check.step_over(counts) for counts in (1, -1, -1, 1, 1, 1)] == [1, 0, 0, 0, 0, 1]


@pytest.mark.req("SR-21")
def test_a_rotor_that_turns_back_at_rest_has_moved_without_a_command():
    check = RotationCheck(200, 200)
    check.calibrated(250_000)
    for _ in range(7):
        check.moved_at_rest(-1)
    assert not check.runs_away
    check.moved_at_rest(-1)
    assert check.runs_away


def after(*runs: tuple[int, int]) -> RotationCheck:
    """A check of one count a step after runs of so many steps with so many counts each."""
    check = check_of()
    for steps, counts in runs:
        for _ in range(steps):
            check.step_over(counts)
    return check


@pytest.mark.req("SR-19")
def test_steady_is_a_whole_window_of_confirmed_steps_however_often_it_was_passed():
    assert not after((WINDOW - 1, 1)).steady
    for steps in (WINDOW, WINDOW + 1, 2 * WINDOW, 3 * WINDOW + 7):
        assert after((steps, 1)).steady
    for lost_at in (0, 1, 40, WINDOW - 1):
        before = WINDOW + lost_at
        assert not after((before, 1), (1, 0), (WINDOW - 1, 1)).steady
        assert after((before, 1), (1, 0), (WINDOW, 1)).steady


@pytest.mark.req("SR-19")
def test_lost_steps_count_for_as_long_as_they_are_within_the_last_20_ul():
    lost = APART + 1
    for before in (0, WINDOW, WINDOW + 50):
        assert after((before, 1), (lost, 0), (WINDOW - lost, 1)).slips
        assert not after((before, 1), (lost, 0), (WINDOW - lost + 1, 1)).slips
        assert not after((before, 1), (lost - 1, 0), (1, 1)).slips


@pytest.mark.req("SR-21")
def test_steps_that_turned_too_far_count_for_as_long_as_they_are_within_the_last_20_ul():
    excess = APART + 1
    for before in (0, WINDOW, WINDOW + 50):
        assert not after((before, 1), (excess - 1, 2), (1, 1)).runs_away
        assert after((before, 1), (excess, 2), (WINDOW - excess, 1)).runs_away
        over = after((before, 1), (excess, 2), (WINDOW - excess + 1, 1))
        assert (over.runs_away, over.steady) == (False, False)
        assert after((before, 1), (excess, 2), (WINDOW, 1)).steady


@pytest.mark.req("SR-21")
def test_a_window_that_was_passed_leaves_nothing_of_the_motion_at_rest():
    check = after((WINDOW, 1))
    check.moved_at_rest(APART - 1)
    assert not check.runs_away
    check.moved_at_rest(1)
    assert check.runs_away
