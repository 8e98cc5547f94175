"""The clock chip against Python's own calendar, and how it goes wrong."""

# pyright: reportOptionalSubscript=false

from datetime import UTC, datetime, timedelta

import freezegun
import machine
import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtual_bench import wall
from virtual_bench import world as worlds

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@given(st.integers(0, 100 * 366 * 86_400 - 10_000_000))
def test_calendar_is_pythons(seconds):
    date = EPOCH + timedelta(seconds=seconds)
    expected = (date.year, date.month, date.day, date.weekday(), date.hour, date.minute, date.second, 0)
    assert wall.to_datetime(seconds) == expected
    assert wall.from_datetime(expected) == seconds


def test_unset_it_counts_from_2021_as_the_chip_does(world):
    world.idle(90_000)
    assert machine.RTC().datetime() == (2021, 1, 1, 4, 0, 1, 30, 0)
    assert not world.wall.is_set


def test_set_it_runs_with_time(world):
    clock = machine.RTC()
    clock.datetime((2026, 2, 28, 0, 23, 59, 58, 0))
    world.idle(2000)
    assert clock.datetime() == (2026, 3, 1, 6, 0, 0, 0, 0)
    assert world.wall.is_set


def test_a_jump_moves_it_without_setting_it(world):
    world.wall.set(0)
    world.wall.jump(-1)
    assert world.wall.seconds() == -1
    world.wall.jump(86_401)
    assert machine.RTC().datetime()[:3] == (2000, 1, 2)


def test_a_power_cut_takes_the_time_of_a_chip_without_battery(world):
    world.wall.set(800_000_000)
    with pytest.raises(worlds.PowerCut):
        world.cut_power(10_000)
    assert world.wall.seconds() == 800_000_010
    world.wall.has_battery = False
    with pytest.raises(worlds.PowerCut):
        world.cut_power(10_000)
    assert world.wall.seconds() == wall.UNSET_START_S + 10
    assert not world.wall.is_set


def test_it_can_follow_the_hosts_dates(world):
    world.wall.source = lambda: int((datetime.now(UTC) - EPOCH).total_seconds())
    with freezegun.freeze_time("2026-10-25 02:59:59") as frozen:
        assert machine.RTC().datetime() == (2026, 10, 25, 6, 2, 59, 59, 0)
        frozen.tick(1)
        assert machine.RTC().datetime()[4:7] == (3, 0, 0)
