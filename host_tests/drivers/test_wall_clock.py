"""The clock chip's date as seconds, for every day that its rule covers."""

from datetime import date, datetime, timedelta

import machine
import pytest
from freezegun import freeze_time

from rig import host_seconds
from thecal.drivers import wall_clock

FIRST, LAST = date(2020, 1, 1), date(2099, 12, 31)


def test_every_day_from_2020_to_2099_is_counted_as_the_calendar_counts_it():
    day = FIRST
    while day <= LAST:
        assert wall_clock.days_since_2020(day.year, day.month, day.day) == (day - FIRST).days
        day += timedelta(days=1)


@pytest.mark.req("SR-38")
@pytest.mark.parametrize(
    "moment",
    ["2024-01-01 00:00:00", "2024-02-29 12:34:56", "2025-03-01 00:00:00", "2031-12-31 23:59:59", "2099-12-31 23:59:59"],
)
def test_the_chips_date_is_read_as_seconds_since_2020(world, moment):
    with freeze_time(moment):
        world.wall.source = host_seconds
        assert wall_clock.read() == int((datetime.now() - datetime(2020, 1, 1)).total_seconds())


def test_a_chip_that_lost_its_time_is_told_from_one_that_has_it(world):
    assert world.wall.is_set is False
    assert wall_clock.read() == -1
    with freeze_time("2023-12-31 23:59:59") as frozen:
        world.wall.source = host_seconds
        assert wall_clock.read() == -1
        frozen.tick(1)
        assert wall_clock.read() == (date(2024, 1, 1) - FIRST).days * 86_400


def test_the_weekday_and_the_fraction_that_the_chip_gives_decide_nothing(mocker, world):
    for weekday, fraction in ((0, 0), (6, 999_999)):
        mocker.patch.object(machine.RTC, "datetime", return_value=(2026, 3, 2, weekday, 8, 30, 15, fraction))
        assert wall_clock.read() == (date(2026, 3, 2) - FIRST).days * 86_400 + 30_615
