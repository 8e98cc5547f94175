"""The date that a start takes over from the clock chip, with the host's dates frozen (freezegun) behind the chip."""

from datetime import datetime, timedelta

import pytest
from freezegun import freeze_time

from rig import SIMPLE, Rig, host_seconds
from thecal.tables import doses, states

EPOCH = datetime(2020, 1, 1)
DAYS = [
    *("2024-02-28", "2024-02-29", "2024-03-01", "2025-02-28", "2025-03-01", "2026-03-29", "2026-10-25"),
    *("2027-12-31", "2028-01-01", "2096-02-29", "2099-12-31"),
]
TIMES = ["00:00:00", "00:00:59", "11:59:59", "12:00:00", "23:59:59"]


def started_at_host_time(**settings) -> Rig:
    """A pump whose clock chip follows the host's date, started now."""
    rig = Rig(wall=None, **settings)
    rig.world.wall.follow(host_seconds)
    rig.power_on()
    return rig


@pytest.mark.req("SR-38")
def test_a_start_takes_date_minute_and_weekday_from_the_chip():
    with freeze_time("2024-01-01") as frozen:
        rig = started_at_host_time()
        for day in DAYS:
            for time in TIMES:
                frozen.move_to(f"{day} {time}")
                clock = rig.power_on().clock
                now = datetime.now()
                assert clock.quality == states.WALL_CLOCK_CHIP
                assert clock.wall() == int((now - EPOCH).total_seconds())
                assert (clock.day(), clock.weekday()) == ((now - EPOCH).days, now.weekday())
                assert clock.minute_of_day() == now.hour * 60 + now.minute


def test_a_chip_before_the_years_of_this_firmware_leaves_the_wall_time_unknown():
    with freeze_time("2023-12-31 23:59:59") as frozen:
        clock = started_at_host_time().app.clock
        assert clock.quality == states.WALL_UNKNOWN
        frozen.tick(1)
        assert started_at_host_time().app.clock.quality == states.WALL_CLOCK_CHIP


@pytest.mark.req("SR-05", "SR-38")
@pytest.mark.parametrize("years", [-1, 1], ids=["backwards", "forwards"])
def test_a_chip_that_moved_while_the_power_was_off_moves_no_pump_time_and_no_lockout(years):
    with freeze_time("2026-06-01 08:00:00") as frozen:
        rig = started_at_host_time()
        rig.press("bolus", 1_100)
        rig.run_for(1_200_000)
        pump_s = rig.app.clock.seconds
        assert rig.app.pump.next_patient_bolus()[0] == doses.LOCKOUT
        free_at = rig.app.pump.next_patient_bolus()[1]
        frozen.move_to(datetime.now() + timedelta(days=365 * years))
        rig.world.at_ms(0, lambda _: rig.world.cut_power(3_600_000))
        rig.run_for(3_600_000)
        assert rig.restarts == ["PowerCut"]
        assert rig.app.clock.wall() == int((datetime.now() - EPOCH).total_seconds())
        assert pump_s - 600 <= rig.app.clock.seconds <= pump_s + 1
        rig.press("bolus", 1_100)
        rig.run_for(2_000)
        assert rig.events("bolus_refused")[-1]["reason"] == "lockout interval"
        assert rig.app.pump.next_patient_bolus() == (doses.LOCKOUT, free_at)


def test_the_wall_time_goes_on_by_itself_once_the_pump_has_started():
    with freeze_time("2026-12-31 23:59:30") as frozen:
        rig = started_at_host_time(prescription=SIMPLE)
        start = datetime.now()
        frozen.move_to("2030-01-01")  # the chip is wrong from here on, and nobody asks it
        rig.run_for(60_000)
        assert rig.app.clock.wall() == int((start - EPOCH).total_seconds()) + 60
        assert rig.app.clock.weekday() == 4
