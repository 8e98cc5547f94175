"""Which level readings are believed, and what is made of them (SR-22, SR-26)."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thecal.safety.believable import HIGHEST, LOWEST, Believable
from thecal.safety.level_check import LevelCheck
from thecal.safety.volume_check import VolumeCheck

MIDDLE = 30_000


def living(seed: int = 1) -> Iterator[tuple[int, int]]:
    """Readings and differences of a sensor with the bench's noise."""
    draw = random.Random(seed)
    while True:
        apart = draw.gauss(0, 14)
        yield MIDDLE + int(apart * 2.6), int(apart)


def settled(apart_ul: int = 0) -> tuple[LevelCheck, Iterator[tuple[int, int]]]:
    check, readings = LevelCheck(), living()
    for _ in range(40):
        reading, apart = next(readings)
        check.update(reading, apart + apart_ul)
    return check, readings


@pytest.mark.req("SR-26")
@pytest.mark.parametrize("reading", [0, LOWEST - 1, HIGHEST + 1, 65_535])
def test_out_of_range_three_times_is_invalid_and_ten_good_ones_are_valid_again(reading):
    sensor = Believable()
    assert sensor.judge(MIDDLE, True)
    for _ in range(2):
        assert not sensor.judge(reading, True)
        assert sensor.valid
    sensor.judge(reading, True)
    assert not sensor.valid
    for number in range(9):
        assert not sensor.judge(MIDDLE + number % 2, True)
    assert sensor.judge(MIDDLE, True)


@pytest.mark.req("SR-26")
@pytest.mark.parametrize("reading", [LOWEST, HIGHEST])
def test_the_ends_of_the_range_are_inside_it(reading):
    sensor = Believable()
    assert all(sensor.judge(reading, True) for _ in range(10))


@pytest.mark.req("SR-26")
def test_thirty_equal_readings_are_a_dead_sensor():
    sensor = Believable()
    looks = 0
    while sensor.valid:
        sensor.judge(MIDDLE, True)
        looks += 1
    assert looks == 33


@pytest.mark.req("SR-26")
@pytest.mark.parametrize("jump_ul", [-1000, -450, 450, 1000])
def test_a_jump_is_not_believed_and_the_volume_of_before_stays(jump_ul):
    check, readings = settled(50)
    believed = check.apart_ul
    for _ in range(3):
        reading, apart = next(readings)
        check.update(reading, apart + 50 + jump_ul)
    assert not check.sensor.valid
    assert not check.known
    assert check.apart_ul == believed
    for _ in range(12):
        reading, apart = next(readings)
        check.update(reading, apart + 50)
    assert check.known
    assert abs(check.apart_ul - 50) < 15


@pytest.mark.req("SR-26")
def test_a_first_reading_that_is_wrong_does_not_stay_the_measure_of_all_others():
    check, readings = LevelCheck(), living()
    check.update(MIDDLE, 900)
    for _ in range(20):
        check.update(*next(readings))
    assert check.settled
    assert abs(check.apart_ul) < 15


@given(st.integers(1, 1000), st.integers(-200, 200))
def test_the_filter_follows_slow_drift_within_a_quarter_of_an_hour(seed, apart_ul):
    check, readings = LevelCheck(), living(seed)
    for minute in range(200):
        reading, noise = next(readings)
        check.update(reading, apart_ul + minute * 3 + noise)
    assert check.settled
    assert abs(check.apart_ul - (apart_ul + 200 * 3)) <= 16 * 3 + 20


def volumes(*pairs: tuple[int, int]) -> list[tuple[int, int]]:
    check, found = VolumeCheck(), []
    for pair in pairs:
        check.update(*pair)
        found.append((check.over, check.under))
    return found


@pytest.mark.req("SR-22")
@pytest.mark.parametrize(("counted", "warning", "alarm"), [(0, 300, 600), (5_000, 300, 725), (18_000, 900, 2_610)])
def test_limits_are_those_of_the_requirement_with_their_sign(counted, warning, alarm):
    for apart, stage in ((0, 0), (warning, 0), (warning + 1, 1), (alarm, 1), (alarm + 1, 2)):
        assert volumes((counted, counted + apart)) == [(stage, 0)]
        assert volumes((counted, counted - apart)) == [(0, stage)]


@pytest.mark.req("SR-22")
def test_a_stage_is_left_at_four_fifths_of_its_limit():
    assert volumes((0, 601), (0, 481), (0, 480), (0, 241), (0, 240)) == [(2, 0), (2, 0), (1, 0), (1, 0), (0, 0)]
    assert volumes((0, 601), (0, -601)) == [(2, 0), (0, 2)]


@pytest.mark.req("SR-26")
@pytest.mark.parametrize("apart_ul", [-5_000, 0, 5_000])
def test_the_first_reading_after_a_refill_is_believed_wherever_it_is(apart_ul):
    check = LevelCheck()
    check.update(MIDDLE, apart_ul)
    assert (check.known, check.settled, check.apart_ul) == (True, False, apart_ul)
    check.forget()
    check.update(MIDDLE + 1, -apart_ul)
    assert (check.known, check.apart_ul) == (True, -apart_ul)


@pytest.mark.req("SR-26")
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_reading_400_ul_from_the_filtered_ones_is_believed_and_one_further_is_not(sign):
    check = LevelCheck()
    check.update(MIDDLE, 0)
    check.update(MIDDLE + 1, sign * 400)
    assert (check.known, check.apart_ul) == (True, sign * 200)
    check.update(MIDDLE, sign * (200 + 401))
    assert (check.known, check.apart_ul) == (False, sign * 200)


def test_until_the_filter_is_full_it_is_the_mean_of_all_readings():
    check, found = LevelCheck(), []
    for number in range(1, 17):
        assert not check.settled
        check.update(MIDDLE + number % 2, 10 * number)
        found.append(check.apart_ul)
    assert found == [5 * (number + 1) for number in range(1, 17)]
    assert check.settled
    # From then on each reading moves it by a sixteenth of their distance.
    check.update(MIDDLE, 85 + 160)
    assert check.apart_ul == 95
