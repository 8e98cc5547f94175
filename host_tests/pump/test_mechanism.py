"""What the whole pump does about a motor that stands, slips, runs away, or has power that it should not have."""

import pytest

from rig import BOLUS_ONLY, SIMPLE, Rig, example
from thecal.tables import alarms, states

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
STEP_UL = 0.249935


def at(ul_per_hour: float, **changes) -> Rig:
    """A pump at a rate; the bench's concentration is 10 mg/mL, so 10 uL/h are 2.4 mg/day."""
    rate = f"{ul_per_hour * 24 * 0.01:.6g} mg/day"
    return Rig(example("morphine_simple", rate=rate, limits=None, **changes) if ul_per_hour != 10 else SIMPLE)


def until(rig: Rig, alarm: int, limit_ms: int, step_ms: int = MINUTE_MS) -> float:
    """Hours until an alarm is there."""
    start_ms = rig.world.elapsed_ms
    while not rig.app.body.alarms.present(alarm):
        assert rig.world.elapsed_ms - start_ms < limit_ms, "no alarm"
        rig.run_for(step_ms)
    return (rig.world.elapsed_ms - start_ms) / HOUR_MS


def present(rig: Rig, alarm: int) -> bool:
    return rig.app.body.alarms.present(alarm)


def commanded(rig: Rig) -> int:
    return sum(rig.app.ledger.commanded)


@pytest.mark.req("SR-19", "SR-42")
def test_a_motor_that_stands_stops_the_pump_after_5_ul():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("stall")
    before, tip_pl = commanded(rig), rig.bench.catheter.tip_pl()
    hours = until(rig, alarms.MOTOR_STALL, 2 * HOUR_MS)
    assert commanded(rig) - before == 20
    assert 0.45 < hours < 0.55
    assert rig.app.pump.holds() & states.ALARM
    assert sum(rig.app.ledger.confirmed) == before
    rig.run_for(30_000)
    assert commanded(rig) - before == 20
    assert rig.bench.catheter.tip_pl() - tip_pl < 1_000_000
    assert not present(rig, alarms.MOTOR_SLIP)


@pytest.mark.req("SR-20")
def test_three_tries_of_four_steps_at_growing_intervals_and_then_none():
    rig = Rig(SIMPLE)
    rig.bench.faults.set("stall")
    until(rig, alarms.MOTOR_STALL, HOUR_MS)
    start_s, before = rig.app.clock.seconds, commanded(rig)
    rig.run_for(2 * HOUR_MS)
    tries = [(entry["retry"], entry["confirmed_steps"], entry["steps"]) for entry in rig.events("stall_retried")]
    assert tries == [(1, 0, 4), (2, 0, 4), (3, 0, 4)]
    assert commanded(rig) - before == 12
    times = [entry["pump_time_ms"] // 1000 - start_s for entry in rig.journal() if entry["event"] == "stall_retried"]
    gaps = [later - earlier for earlier, later in zip([0, *times], times, strict=False)]
    assert gaps[0] < gaps[1] < gaps[2] < 1_800
    assert len([r for r in rig.events("alarm_raised") if r["alarm"] == "motor_stall"]) == 1
    # Only an operator brings more.
    rig.bench.faults.clear("stall")
    rig.run_for(HOUR_MS)
    assert commanded(rig) - before == 12
    rig.app.pump.acknowledge()
    rig.run_for(HOUR_MS)
    assert commanded(rig) - before >= 12 + 39
    assert rig.app.pump.alarm() == -1


@pytest.mark.req("SR-20", "SR-09")
def test_a_motor_that_turns_again_goes_on_by_itself_and_makes_nothing_up():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("stall")
    until(rig, alarms.MOTOR_STALL, HOUR_MS)
    rig.bench.faults.clear("stall")
    position = rig.bench.stepper.position
    hours = []
    for _ in range(3):
        rig.run_for(HOUR_MS)
        hours.append(rig.bench.stepper.position - position)
        position = rig.bench.stepper.position
    assert max(hours) <= 40
    assert hours[1:] == [40, 40]
    (tried,) = rig.events("stall_retried")
    assert tried["retry"] == 1
    assert rig.app.pump.holds() == 0
    # Over, but shown until somebody has seen it.
    assert not present(rig, alarms.MOTOR_STALL)
    assert rig.app.pump.alarm() == alarms.MOTOR_STALL
    rig.app.pump.acknowledge()
    assert rig.app.pump.alarm() == -1


@pytest.mark.req("SR-20")
def test_no_bolus_starts_while_the_motor_is_being_tried():
    rig = Rig(SIMPLE)
    rig.bench.faults.set("stall")
    until(rig, alarms.MOTOR_STALL, HOUR_MS)
    while rig.app.body.alarms.retried < 0:
        rig.run_for(10_000)
    assert rig.app.pump.holds() == 0
    reason, _ = rig.app.pump.ask_patient_bolus()
    assert reason != 0
    assert rig.events("bolus_granted") == []


@pytest.mark.req("SR-20")
def test_bolus_only_has_nothing_to_try_with_and_waits_for_an_operator():
    rig = Rig(BOLUS_ONLY)
    rig.bench.faults.set("stall")
    while not present(rig, alarms.MOTOR_STALL):
        assert rig.world.elapsed_ms < 20 * HOUR_MS
        rig.press("bolus", 1_200)
        rig.run_for(HOUR_MS)
    given = commanded(rig)
    rig.bench.faults.clear("stall")
    rig.press("bolus", 1_200)
    rig.run_for(HOUR_MS // 2)
    assert commanded(rig) == given
    assert rig.events("stall_retried") == []
    rig.app.pump.acknowledge()
    rig.press("bolus", 1_200, 6 * HOUR_MS)
    rig.run_for(8 * HOUR_MS)
    assert commanded(rig) > given


@pytest.mark.req("SR-20")
def test_a_stall_that_comes_back_is_not_tried_without_end():
    rig = Rig(SIMPLE)
    # Turns for ten minutes in each forty.
    for minute in range(0, 6 * 60, 40):
        rig.world.at_ms(minute * MINUTE_MS, lambda _: rig.bench.faults.set("stall"))
        rig.world.at_ms((minute + 31) * MINUTE_MS, lambda _: rig.bench.faults.clear("stall"))
    rig.run_for(6 * HOUR_MS)
    assert [entry["retry"] for entry in rig.events("stall_retried")] == [1, 2, 3]
    assert sum(entry["confirmed_steps"] for entry in rig.events("stall_retried")) > 0
    assert present(rig, alarms.MOTOR_STALL)


@pytest.mark.req("SR-20", "SR-32")
def test_stall_and_release_three_times_in_ten_minutes_holds_the_pump():
    rig = at(600)
    for turn in range(3):
        rig.bench.faults.set("stall")
        until(rig, alarms.MOTOR_STALL, HOUR_MS, 1_000)
        rig.bench.faults.clear("stall")
        if turn < 2:
            rig.app.pump.acknowledge()
            rig.run_for(5_000)
    assert rig.app.pump.holds() & states.ALARM
    assert present(rig, alarms.START_STOP_LIMIT)


@pytest.mark.req("SR-19")
def test_a_stalled_rotor_that_trembles_confirms_nothing_and_stops_the_pump():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    confirmed = sum(rig.app.ledger.confirmed)
    rig.bench.faults.set("stall")
    rig.bench.faults.set("stall_tremble")
    before = commanded(rig)
    until(rig, alarms.RUNAWAY, HOUR_MS)
    assert commanded(rig) - before <= 9
    assert sum(rig.app.ledger.confirmed) == confirmed
    rig.run_for(HOUR_MS // 2)
    assert commanded(rig) - before <= 9


@pytest.mark.req("SR-19", "SR-42")
@pytest.mark.parametrize("fraction", [0.2, 0.6])
def test_a_motor_that_slips_is_told_and_goes_on(fraction):
    rig = Rig(SIMPLE)
    rig.run_for(2 * HOUR_MS)
    rig.bench.faults.set("slip", fraction)
    before, lost = commanded(rig), rig.bench.stepper.lost
    until(rig, alarms.MOTOR_SLIP, 10 * HOUR_MS)
    assert (commanded(rig) - before) * STEP_UL < 25
    assert 2 < (rig.bench.stepper.lost - lost) * STEP_UL < 6
    assert rig.app.pump.holds() == 0
    assert sum(rig.app.ledger.confirmed) == rig.bench.stepper.position


@pytest.mark.req("SR-21")
@pytest.mark.parametrize("per_s", [100, 150, 300, 490])
def test_a_driver_that_steps_by_itself_stops_the_pump_within_4_ul(per_s):
    """At 67 to 500 steps/s pulses fall in a train of 15 ms and the bench's rotor follows them."""
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("runaway_pulses", per_s)
    end_ms = rig.world.elapsed_ms + 3 * HOUR_MS
    while rig.world.elapsed_ms < end_ms and rig.app.pump.alarm() < 0:
        rig.run_for(MINUTE_MS)
    assert rig.app.pump.alarm() == alarms.RUNAWAY
    assert 1 < (rig.bench.stepper.position - commanded(rig)) * STEP_UL <= 4
    rig.bench.faults.clear("runaway_pulses")
    stopped = commanded(rig)
    rig.run_for(20 * MINUTE_MS)
    # It survives a reset, and needs a person.
    rig.power_on()
    rig.run_for(20 * MINUTE_MS)
    assert rig.app.pump.holds() & states.ALARM
    assert commanded(rig) == stopped
    rig.app.pump.acknowledge()
    rig.run_for(HOUR_MS)
    assert commanded(rig) >= stopped + 39


@pytest.mark.req("SR-21")
def test_a_rotor_that_turns_at_rest_is_seen_within_a_minute():
    rig = at(2)
    rig.run_for(HOUR_MS + 30_000)
    rig.bench.faults.set("back_drive", 1)
    assert until(rig, alarms.RUNAWAY, HOUR_MS, 1_000) <= 61 / 3600
    assert rig.app.pump.holds() & states.ALARM
    given = commanded(rig)
    rig.run_for(HOUR_MS // 2)
    assert commanded(rig) == given


@pytest.mark.req("SR-21")
def test_motor_power_that_stays_is_seen_within_a_minute_and_blocks_until_it_is_gone():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS + 20_000)
    rig.bench.faults.set("enable_stuck")
    assert until(rig, alarms.MOTOR_POWER, HOUR_MS, 1_000) <= 61 / 3600
    given = commanded(rig)
    rig.run_for(HOUR_MS // 3)
    assert commanded(rig) == given
    rig.app.pump.acknowledge()
    rig.run_for(HOUR_MS // 3)
    assert commanded(rig) == given
    rig.bench.faults.clear("enable_stuck")
    rig.run_for(2 * MINUTE_MS)
    rig.app.pump.acknowledge()
    assert rig.app.pump.holds() == 0


@pytest.mark.req("SR-28")
def test_stopped_for_48_hours_is_an_alarm_over_a_reset_too_and_not_before():
    rig = Rig(SIMPLE)
    rig.run_for(3 * HOUR_MS)
    rig.app.pump.stop()
    rig.run_for(30 * HOUR_MS)
    rig.power_on()
    rig.run_for(int(17.9 * HOUR_MS))
    assert rig.app.pump.holds() & states.OPERATOR_STOP
    assert not present(rig, alarms.STOPPED_LONG)
    rig.run_for(int(1.2 * HOUR_MS))
    assert present(rig, alarms.STOPPED_LONG)
    status = rig.app.pump.status()
    assert 48 * 3600 < status["parked_s"] < 50 * 3600
    assert status["tube_steps"] == rig.bench.stepper.edges == 120
    rig.app.pump.resume()
    rig.run_for(2 * MINUTE_MS)
    assert not present(rig, alarms.STOPPED_LONG)


@pytest.mark.req("SR-28")
@pytest.mark.parametrize(("mode", "is_alarm"), [("stopped", True), ("minimum_rate", False)])
def test_a_prescription_that_gives_nothing_parks_the_tube_and_the_minimum_rate_does_not(mode, is_alarm):
    rig = Rig(example("morphine_simple", mode=mode, rate=None, limits=None))
    rig.run_for(50 * HOUR_MS)
    assert present(rig, alarms.STOPPED_LONG) == is_alarm
