"""Stages of a supply that runs down, and what the bench's cells still give at each (SR-36)."""

import pytest

from thecal.safety.supply_check import _STAGES_MV, SupplyCheck
from virtual_bench import battery


def stages(*millivolts: int) -> list[int]:
    check, found = SupplyCheck(), []
    for reading in millivolts:
        check.update(reading)
        found.append(check.stage)
    return found


def hours_left(millivolts: int) -> float:
    """Of the bench's cells, with the board awake and the motor hardly used."""
    (below, below_mv), (above, above_mv) = next(
        pair
        for pair in zip(battery.VOLTAGE, battery.VOLTAGE[1:], strict=False)
        if pair[0][1] <= millivolts < pair[1][1]
    )
    fraction = below + (above - below) * (millivolts - below_mv) / (above_mv - below_mv)
    return fraction * battery.CAPACITY_MAH * 1000 / battery.BASE_UA


@pytest.mark.req("SR-36")
def test_each_stage_comes_below_its_limit_and_goes_well_above_it():
    assert stages(5_000, 3_400, 3_399, 3_000, 2_999, 2_500, 2_499) == [0, 0, 1, 1, 2, 2, 3]
    assert stages(2_400, 2_649, 2_650, 3_149, 3_150, 3_549, 3_550) == [3, 3, 2, 2, 1, 1, 0]
    assert stages(5_000, 1_900, 5_000) == [0, 3, 0]


@pytest.mark.req("SR-36")
def test_the_stages_leave_the_hours_that_they_promise():
    low, very_low, depleted = (hours_left(limit) for limit in _STAGES_MV)
    assert 240 < low < 270
    assert 65 < very_low < 75
    assert 11 < depleted < 13


@pytest.mark.req("SR-36")
def test_the_orderly_stop_comes_before_the_brown_out_under_the_motors_load():
    assert _STAGES_MV[-1] - battery.MOTOR_SAG_MV >= battery.BROWN_OUT_MV + 500
