"""Maintenance: by a command or by two buttons held at power-on, and then neither watchdog nor therapy (SR-33)."""

import machine
import pytest

from panel.eyes import WHITE, Eyes
from rig import Rig
from thecal.app import Maintenance
from thecal.drivers import motor
from virtual_bench import world as worlds

HOUR_MS = 3_600_000


def boots_into_maintenance(rig: Rig) -> None:
    """Power on; the boot ends in maintenance, without a watchdog, and nothing moves in an hour."""
    edges = rig.bench.stepper.edges
    if rig.world.reset_cause == worlds.PWRON_RESET:
        with pytest.raises(worlds.PowerCut):
            rig.world.cut_power(100)
    with pytest.raises(Maintenance):
        rig.power_on()
    assert motor.is_off(rig.board.PUMP_ENABLE_N)
    rig.world.run_for(HOUR_MS)  # a watchdog would bite
    assert rig.bench.stepper.edges == edges
    assert tuple(rig.world.lines[pin].level for pin in (13, 14, 15)) == WHITE


def hold(rig: Rig, *buttons: str, ms: int = 5_000) -> None:
    for button in buttons:
        rig.press(button, ms)
    rig.world.run_for(1)


@pytest.mark.req("SR-33")
def test_alarm_and_stop_held_at_power_on_are_maintenance_once():
    rig = Rig()
    rig.run_for(HOUR_MS)
    hold(rig, "alarm", "stop")
    boots_into_maintenance(rig)
    assert rig.events("boot")[-1]["planned"] == "maintenance"
    assert len(rig.events("self_test")) == 1
    with pytest.raises(worlds.PlannedReset):
        machine.reset()  # at the prompt
    rig.power_on()
    rig.run_for(HOUR_MS)
    assert rig.bench.stepper.edges > 40
    assert rig.events("boot")[-1]["planned"] == "restart"
    assert list(rig.app.ledger.watchdog_resets) == [0, 0, 0]


@pytest.mark.req("SR-33", "SR-35")
@pytest.mark.parametrize("buttons", [("alarm",), ("stop",), ("bolus", "stop"), ("bolus", "alarm", "stop")])
def test_any_other_buttons_held_at_power_on_fail_the_self_test(buttons):
    rig = Rig()
    hold(rig, *buttons)
    rig.power_on()
    assert rig.events("self_test")[-1]["failures"] == ["stuck button"]


@pytest.mark.req("SR-33")
def test_the_command_records_cuts_the_motor_and_restarts_into_maintenance(mocker):
    rig = Rig()
    rig.press("bolus", 1_100)
    rig.run_for(HOUR_MS)
    started = mocker.spy(machine.WDT, "__init__")
    with pytest.raises(worlds.PlannedReset):
        rig.app.pump.maintenance()
    assert motor.is_off(rig.board.PUMP_ENABLE_N)
    boots_into_maintenance(rig)
    assert started.call_count == 0
    assert rig.events("planned_reset") == [{"planned": "maintenance"}]
    assert rig.events("boot")[-1]["planned"] == "maintenance"
    rig.power_on()
    assert list(rig.app.ledger.watchdog_resets) == [0, 0, 0]
    assert rig.app.body.holds == 0


@pytest.mark.req("SR-33")
def test_an_operators_stop_and_the_alarms_outlive_maintenance():
    rig = Rig()
    rig.app.pump.stop()
    with pytest.raises(worlds.PlannedReset):
        rig.app.pump.maintenance()
    boots_into_maintenance(rig)
    rig.power_on()
    assert rig.app.pump.stopped_by_operator()
    eyes = Eyes(rig)
    rig.run_for(HOUR_MS)
    assert (rig.bench.stepper.edges, eyes.first(WHITE, 0)) == (0, None)


@pytest.mark.parametrize("harm", [b"", b"TPLN", b"TPLN\x02????"])
def test_a_damaged_mark_is_none_and_is_taken_away(harm):
    rig = Rig()
    rig.volume.write("planned", harm)
    rig.power_on()
    assert rig.events("boot")[-1]["planned"] == "unplanned"
    assert rig.volume.read("planned") is None


def test_a_mark_that_cannot_be_taken_away_does_not_keep_the_pump_in_maintenance():
    rig = Rig()
    with pytest.raises(worlds.PlannedReset):
        rig.app.pump.maintenance()
    rig.bench.faults.set("flash_failing")
    rig.power_on()
    rig.run_for(HOUR_MS)
    assert rig.bench.stepper.edges in (39, 40)
