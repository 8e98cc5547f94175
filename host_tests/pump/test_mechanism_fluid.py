"""What the whole pump does about a blocked line, a sensor that lies, drug that leaves uncounted, a failing supply."""

from collections.abc import Callable

import pytest

from rig import BOARD, SIMPLE, Rig, example
from thecal.safety.occlusion_check import _BLOCKED, _RELEASED
from thecal.tables import alarms, doses, states
from virtual_bench.catheter import COMPLIANCE_UL_PER_KPA

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
STEP_UL = 0.249935
LEVEL = (alarms.LEVEL_INVALID, alarms.RESERVOIR_LOW, alarms.RESERVOIR_EMPTY)
VOLUMES = (
    alarms.OVER_DELIVERY_WARNING,
    alarms.OVER_DELIVERY,
    alarms.UNDER_DELIVERY_WARNING,
    alarms.UNDER_DELIVERY,
)


def at(ul_per_hour: float) -> Rig:
    """A pump at a rate; 1 mg is 100 uL."""
    return Rig(example("morphine_simple", rate=f"{ul_per_hour * 24 * 0.01:.6g} mg/day", limits=None))


def present(rig: Rig, *which: int) -> list[int]:
    return [alarm for alarm in which if rig.app.body.alarms.present(alarm)]


def wait(rig: Rig, condition: Callable[[], object], limit_ms: int, step_ms: int = MINUTE_MS) -> float:
    """Hours until condition() is true."""
    start_ms = rig.world.elapsed_ms
    while not condition():
        assert rig.world.elapsed_ms - start_ms < limit_ms, "did not come"
        rig.run_for(step_ms)
    return (rig.world.elapsed_ms - start_ms) / HOUR_MS


# SR-23


@pytest.mark.req("SR-23")
@pytest.mark.parametrize(("ul_per_hour", "hours"), [(2, 1.03), (10, 0.206), (100, 0.0206)])
def test_a_blocked_line_stops_the_motor_at_the_next_step_and_holds_what_the_line_stores(ul_per_hour, hours):
    rig = at(ul_per_hour)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("occlusion", 1)
    took = wait(rig, lambda: present(rig, alarms.OCCLUSION), 3 * HOUR_MS, 1_000)
    # Known within a few steps: what one gives depends on where the rollers stand.
    assert abs(took - hours) <= 3 * STEP_UL / ul_per_hour
    pressure = rig.bench.catheter.pressure_kpa()
    assert _BLOCKED / 10 - 1 <= pressure <= _BLOCKED / 10 + STEP_UL / COMPLIANCE_UL_PER_KPA + 1
    stored_ul = rig.bench.catheter.stored_pl() / 1e6
    assert stored_ul <= COMPLIANCE_UL_PER_KPA * _BLOCKED / 10 + STEP_UL
    edges = rig.bench.stepper.edges
    rig.run_for(10 * MINUTE_MS)
    assert rig.bench.stepper.edges == edges
    assert rig.app.pump.holds() & states.ALARM


@pytest.mark.req("SR-23")
def test_the_alarm_is_there_within_100_ms_of_the_threshold():
    rig = at(10)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("occlusion", 1)
    wait(rig, lambda: rig.bench.catheter.pressure_kpa() > _BLOCKED / 10 + 1, HOUR_MS, 10)
    rig.run_for(90)
    assert present(rig, alarms.OCCLUSION)


@pytest.mark.req("SR-23", "SR-42")
def test_a_line_that_opens_again_releases_what_it_stored_and_delivery_goes_on():
    rig = at(10)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("occlusion", 1)
    wait(rig, lambda: present(rig, alarms.OCCLUSION), HOUR_MS)
    stored, tip = rig.bench.catheter.stored_pl(), rig.bench.catheter.tip_pl()
    rig.run_for(5 * MINUTE_MS)
    rig.bench.faults.clear("occlusion")
    assert wait(rig, lambda: not present(rig, alarms.OCCLUSION), HOUR_MS, 1_000) <= 61 / 3600
    released = rig.bench.catheter.tip_pl() - tip
    assert 0.98 * stored <= released <= stored + 1
    assert released / 1e6 <= COMPLIANCE_UL_PER_KPA * _BLOCKED / 10 + STEP_UL
    edges = rig.bench.stepper.edges
    rig.run_for(2 * HOUR_MS)
    # At once as before, and nothing is made up.
    assert 79 <= rig.bench.stepper.edges - edges <= 80
    assert rig.app.pump.alarm() == alarms.OCCLUSION  # for the eye
    rig.app.pump.acknowledge()
    assert rig.app.pump.alarm() == -1


@pytest.mark.req("SR-23")
def test_nothing_shows_at_the_highest_flow_through_an_open_line_or_a_narrow_one():
    for blockage in (0, 0.9):
        rig = at(1_000)
        rig.bench.faults.set("occlusion", blockage)
        rig.run_for(HOUR_MS // 4)
        assert rig.bench.stepper.edges > 950
        assert rig.bench.catheter.peak_kpa < _RELEASED / 10
        assert rig.app.pump.alarm() == -1


@pytest.mark.req("SR-23", "SR-19")
def test_a_board_without_a_pressure_sensor_finds_it_by_the_stall(monkeypatch):
    monkeypatch.delattr(BOARD, "LINE_PRESSURE")
    rig = at(100)
    assert rig.bench.pressure_sensor is None
    rig.bench.faults.set("occlusion", 1)
    hours = wait(rig, lambda: present(rig, alarms.MOTOR_STALL), HOUR_MS)
    assert hours * 100 < 16
    assert 7 < rig.bench.catheter.stored_pl() / 1e6 < 10.5


@pytest.mark.req("SR-23", "SR-26")
@pytest.mark.parametrize(("fault", "minutes"), [("pressure_dead", 3), ("pressure_stuck", 34)])
def test_a_pressure_sensor_that_is_dead_is_told_and_the_stall_takes_over(fault, minutes):
    rig = at(100)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set(fault)
    rig.run_for((minutes + 1) * MINUTE_MS)
    assert present(rig, alarms.PRESSURE_INVALID)
    assert rig.app.pump.holds() == 0
    rig.bench.faults.set("occlusion", 1)
    wait(rig, lambda: present(rig, alarms.MOTOR_STALL), HOUR_MS)
    assert not present(rig, alarms.OCCLUSION)


@pytest.mark.req("SR-29")
def test_an_occlusion_whose_sensor_died_is_over_when_somebody_acknowledges_and_not_before():
    rig = at(10)
    rig.bench.faults.set("occlusion", 1)
    wait(rig, lambda: present(rig, alarms.OCCLUSION), HOUR_MS)
    rig.bench.faults.set("pressure_dead")
    rig.run_for(10 * MINUTE_MS)
    assert present(rig, alarms.OCCLUSION)
    rig.app.pump.acknowledge()
    assert not present(rig, alarms.OCCLUSION)
    assert rig.app.pump.holds() == 0


# SR-22, SR-24, SR-26


@pytest.mark.req("SR-22")
@pytest.mark.parametrize(
    ("ul_per_day", "warning", "alarm", "stops"),
    [
        (-8_000, alarms.OVER_DELIVERY_WARNING, alarms.OVER_DELIVERY, True),
        (8_000, alarms.UNDER_DELIVERY_WARNING, alarms.UNDER_DELIVERY, False),
    ],
)
def test_volumes_that_drift_apart_warn_and_alarm_with_their_sign(ul_per_day, warning, alarm, stops):
    rig = Rig(SIMPLE)
    rig.run_for(2 * HOUR_MS)
    (reference,) = rig.events("level_reference")
    assert abs(reference["measured_at_refill_nl"] - 20_000_000) < 30_000
    rig.bench.faults.set("level_drift", ul_per_day)
    to_warning = wait(rig, lambda: present(rig, warning), 3 * HOUR_MS)
    assert abs(to_warning * 8_000 / 24 - 300) < 110
    to_alarm = to_warning + wait(rig, lambda: present(rig, alarm), 3 * HOUR_MS)
    assert abs(to_alarm * 8_000 / 24 - 600) < 110
    assert present(rig, *VOLUMES, *LEVEL) == [alarm]
    assert bool(rig.app.pump.holds() & states.ALARM) == stops


@pytest.mark.req("SR-22")
def test_the_comparison_goes_on_after_a_reset_and_begins_anew_with_a_refill():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    rig.power_on()
    # What has left meanwhile, uncounted.
    rig.bench.reservoir.draw(800_000_000)
    rig.run_for(HOUR_MS)
    assert present(rig, *VOLUMES) == [alarms.OVER_DELIVERY]
    rig.app.pump.acknowledge()
    rig.app.pump.set_reservoir(19_180_000)
    rig.run_for(HOUR_MS)
    assert present(rig, *VOLUMES) == []
    rig.app.pump.acknowledge()
    assert rig.app.pump.holds() == 0
    assert len(rig.events("level_reference")) == 2


@pytest.mark.req("SR-24")
@pytest.mark.parametrize("bias_ul", [-1_000, 1_000])
def test_low_and_empty_come_by_the_lower_volume_whatever_the_sensors_bias(bias_ul):
    """The bias was there when the pump was filled."""
    rig = Rig(example("morphine_simple", rate="12 mg/day", limits=None), reservoir_ul=3_000)
    rig.bench.faults.set("level_offset", bias_ul)
    rig.power_on()
    shown = 3_000 + min(bias_ul, 0)
    to_low = wait(rig, lambda: present(rig, alarms.RESERVOIR_LOW), 60 * HOUR_MS, 10 * MINUTE_MS)
    assert abs(to_low * 50 - max(shown - 2_000, 0)) < 30
    to_empty = to_low + wait(rig, lambda: present(rig, alarms.RESERVOIR_EMPTY), 150 * HOUR_MS, 10 * MINUTE_MS)
    assert abs(to_empty * 50 - (shown - 400)) < 30
    assert rig.app.pump.holds() & states.ALARM
    assert rig.bench.reservoir.air_pl == 0
    assert rig.bench.reservoir.level_pl > 350_000_000
    assert present(rig, *VOLUMES, alarms.LEVEL_INVALID) == []


@pytest.mark.req("SR-26")
@pytest.mark.parametrize(
    ("fault", "value", "minutes"),
    [
        ("level_stuck", 1, 34),
        ("level_offset", 1_000, 4),
        ("level_offset", -1_000, 4),
        ("level_spike", -16_000, 4),
        ("level_offset", 30_000, 4),
    ],
)
def test_a_level_sensor_that_lies_is_not_believed_and_becomes_so_again(fault, value, minutes):
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set(fault, value)
    rig.run_for(minutes * MINUTE_MS)
    assert present(rig, alarms.LEVEL_INVALID)
    assert rig.app.pump.status()["reservoir_measured_nl"] < 0
    rig.run_for(HOUR_MS)
    # The count alone watches now, and nothing else is wrong.
    assert present(rig, *VOLUMES, *LEVEL) == [alarms.LEVEL_INVALID]
    assert rig.app.pump.holds() == 0
    rig.bench.faults.clear(fault)
    rig.run_for(12 * MINUTE_MS)
    assert present(rig, *VOLUMES, *LEVEL) == []
    assert rig.app.pump.alarm() == alarms.LEVEL_INVALID  # for the eye
    assert abs(rig.app.pump.status()["reservoir_measured_nl"] - 19_978_000) < 40_000


@pytest.mark.req("SR-24", "SR-26")
def test_without_a_believed_sensor_the_count_alone_stops_an_empty_reservoir():
    rig = Rig(example("morphine_simple", rate="24 mg/day", limits=None), reservoir_ul=800)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("level_offset", 5_000)
    wait(rig, lambda: present(rig, alarms.RESERVOIR_EMPTY), 5 * HOUR_MS, 10 * MINUTE_MS)
    assert present(rig, alarms.LEVEL_INVALID)
    assert rig.bench.reservoir.level_pl > 350_000_000


# SR-36


@pytest.mark.req("SR-36")
@pytest.mark.parametrize("mv_per_step", [10, 100, 400])
def test_a_supply_that_falls_goes_through_its_stages_before_the_brown_out(mv_per_step):
    """A fall of 10 to 400 mV every two minutes, pressing for a bolus all the time."""
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    seen, granted_at = [], []
    for sag in range(0, 3_190, mv_per_step):
        rig.bench.faults.set("supply_sag", sag)
        rig.run_for(2 * MINUTE_MS)
        stage = len(present(rig, alarms.SUPPLY_LOW, alarms.SUPPLY_VERY_LOW, alarms.SUPPLY_DEPLETED))
        if stage not in seen:
            seen.append(stage)
        reason, _ = rig.app.pump.ask_patient_bolus()
        if reason == doses.GRANTED:
            granted_at.append(stage)
        if stage == 3:
            break
    assert seen == [0, 1, 2, 3]
    assert max(granted_at) <= 1
    assert rig.app.pump.holds() & states.ALARM
    # The stop is on flash, and a cut from here on costs nothing.
    given = sum(rig.app.ledger.commanded)
    assert all(entry["outcome"] != "dropped after reset" for entry in rig.events("bolus_ended"))
    rig.bench.faults.set("supply_sag", 0)
    rig.world.at_ms(1_000, lambda _: rig.world.cut_power(60_000))
    rig.run_for(2_000)
    assert rig.restarts == ["PowerCut"]
    assert sum(rig.app.ledger.commanded) == given
    assert rig.events("uncertain") == [] or rig.events("uncertain")[-1]["steps"] < 8


@pytest.mark.req("SR-36")
@pytest.mark.parametrize(
    ("sag", "alarm"), [(1_700, "SUPPLY_LOW"), (2_100, "SUPPLY_VERY_LOW"), (2_600, "SUPPLY_DEPLETED")]
)
def test_a_step_down_is_seen_within_a_minute_and_a_step_up_too(sag, alarm):
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS + 20_000)
    rig.bench.faults.set("supply_sag", sag)
    assert wait(rig, lambda: present(rig, getattr(alarms, alarm)), HOUR_MS, 1_000) <= 61 / 3600
    rig.bench.faults.clear("supply_sag")
    assert wait(rig, lambda: not present(rig, alarms.SUPPLY_LOW), HOUR_MS, 1_000) <= 61 / 3600
    assert rig.app.pump.holds() == 0
    assert rig.app.pump.alarm() >= 0  # for the eye


@pytest.mark.req("SR-36")
def test_the_motors_own_current_raises_no_stage():
    rig = at(1_000)
    rig.bench.battery.use_battery(0.21)  # 3456 mV at rest, 3306 mV with the motor on
    rig.run_for(HOUR_MS // 2)
    assert rig.bench.battery.voltage_mv() < 3_470
    assert rig.app.pump.alarm() == -1
