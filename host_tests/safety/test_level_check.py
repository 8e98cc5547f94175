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
