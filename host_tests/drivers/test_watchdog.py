"""The watchdog driver: the time-out it asks for, and the cause of the last reset."""

import machine
import pytest

from rig import Rig
from thecal.drivers import watchdog
from thecal.runtime.supervisor import WATCHDOG_MS
from virtual_bench import world as worlds


def test_the_pump_asks_for_the_supervisors_time_out_and_feeds_that_very_watchdog(mocker):
    wdt = mocker.patch.object(machine, "WDT")
    rig = Rig()
    wdt.assert_called_once_with(timeout=WATCHDOG_MS)
    rig.run_for(60_000)
    assert wdt.return_value.feed.call_count == 9  # each 6 s, the first 6 s after the start


def test_a_time_out_beyond_the_chips_is_refused(world):
    watchdog.Watchdog(8_388)
    with pytest.raises(ValueError, match="8388"):
        watchdog.Watchdog(8_389)


def test_a_watchdog_that_is_fed_holds_and_one_that_is_not_bites(world):
    dog = watchdog.Watchdog(1_000)
    for _ in range(5):
        world.idle(999)
        dog.feed()
    with pytest.raises(worlds.WatchdogReset):
        world.idle(1_001)
    assert watchdog.reset_cause() == machine.WDT_RESET


def test_a_power_on_is_told_from_a_watchdog_reset(world):
    assert watchdog.reset_cause() == machine.PWRON_RESET
