"""Motor, pump and catheter: volume is conserved, and faults come out of torque and pressure."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtual_bench import catheter, roller_pump, stepper
from virtual_bench import world as worlds
from virtual_bench.bench import CALIBRATION_PL_PER_STEP, Bench
from virtual_bench.catheter import Catheter

REVOLUTION = 200


def truth(bench):
    return dict(bench.truth())


def assert_conserved(bench, started_with_pl):
    is_now = truth(bench)
    assert is_now["left_reservoir_pl"] == is_now["through_pump_pl"]
    assert is_now["through_pump_pl"] == is_now["at_tip_pl"] + is_now["stored_pl"]
    assert is_now["reservoir_pl"] == started_with_pl - is_now["left_reservoir_pl"] + is_now["air_pl"]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 8),
            st.sampled_from([400, 1500, 10_000, 50_000]),
            st.integers(0, 5000),
            st.sampled_from([("occlusion", 1), ("occlusion", 0.5), ("slip", 0.4), ("back_drive", 1), None]),
        ),
        max_size=30,
    )
)
def test_volume_is_conserved_whatever_happens(board, motor_of, trains):
    world = worlds.use(worlds.World())
    bench = Bench(board, world, seed=3)
    started_with = bench.reservoir.level_pl
    motor = motor_of(board, world)
    for steps, period_us, pause_ms, fault in trains:
        bench.faults.clear_all()
        if fault:
            bench.faults.set(*fault)
        motor.turn(steps, period_us, pause_ms)
        assert_conserved(bench, started_with)


def test_every_step_of_a_train_turns_the_rotor_and_shows_at_the_witness(bench, motor):
    before = motor.rotation.count()
    motor.turn(1000)
    assert (bench.stepper.position, bench.stepper.lost) == (1000, 0)
    assert motor.rotation.count() - before == 1000


def test_the_step_edge_needs_power(world, board, bench):
    for _ in range(10):
        world.lines[board.PUMP_STEP].set_external(1)
        world.lines[board.PUMP_STEP].set_external(0)
    assert bench.stepper.edges == 0


def test_direction_pin_turns_it_backwards(world, board, bench, motor):
    world.lines[board.PUMP_DIR].set_external(1)
    motor.turn(8)
    assert bench.stepper.position == -8
    assert truth(bench)["left_reservoir_pl"] < 0


def test_ripple_averages_out_over_a_revolution(bench, motor):
    volumes = []
    before = 0
    for _ in range(REVOLUTION):
        motor.turn(1)
        volumes.append(bench.pump.passed_pl - before)
        before = bench.pump.passed_pl
    mean = sum(volumes) / REVOLUTION
    assert mean == pytest.approx(CALIBRATION_PL_PER_STEP, rel=1e-5)
    assert min(volumes) < 0.5 * mean
    assert max(volumes) > 1.05 * mean
    # The six rollers give six dips.
    low = [v < 0.8 * mean for v in volumes]
    assert sum(1 for a, b in zip(low, low[1:] + low[:1], strict=True) if b and not a) == roller_pump.ROLLERS


def test_shipped_calibration_is_that_of_the_nominal_unit(board, bench):
    assert bench.calibrated_pl_per_step() == CALIBRATION_PL_PER_STEP
    others = {Bench(board, worlds.World(), seed=seed).calibrated_pl_per_step() for seed in range(1, 200)}
    assert len(others) > 150
    assert min(others) > CALIBRATION_PL_PER_STEP * (1 - roller_pump.UNIT_TOLERANCE)
    assert max(others) < CALIBRATION_PL_PER_STEP * (1 + roller_pump.UNIT_TOLERANCE)
    assert min(others) < CALIBRATION_PL_PER_STEP * 0.97
    assert max(others) > CALIBRATION_PL_PER_STEP * 1.03


def test_wear_takes_volume_away(bench, motor):
    new = bench.calibrated_pl_per_step()
    bench.pump.set_used_revolutions(5000)
    assert bench.calibrated_pl_per_step() == pytest.approx(new * 0.95, rel=1e-5)
    bench.pump.set_used_revolutions(1_000_000)
    assert bench.calibrated_pl_per_step() == pytest.approx(new * roller_pump.WORN_OUT, rel=1e-5)


def test_back_pressure_takes_volume_away(bench, motor):
    motor.turn(REVOLUTION)
    free = bench.pump.passed_pl
    bench.faults.set("occlusion", 1)
    motor.turn(16)
    assert bench.catheter.pressure_kpa() > 100
    bench.faults.clear("occlusion")
    bench.faults.set("occlusion", 0.999)
    assert bench.pump.passed_pl < free + 16 * CALIBRATION_PL_PER_STEP * 1.2
    slipped = 1 - roller_pump.SLIP_PER_KPA * bench.catheter.pressure_kpa()
    assert 0.95 < slipped < 0.99


def test_blocked_line_stalls_the_motor_by_torque_and_lets_a_bolus_go_when_it_clears(world, bench, motor):
    bench.faults.set("occlusion", 1)
    while not bench.stepper.lost:
        motor.turn(1)
        assert bench.stepper.edges < 100
    pressure = bench.catheter.pressure_kpa()
    assert 250 < pressure < 350
    at_stall = bench.stepper.position
    motor.turn(40)  # it stays stalled, and the pressure stays
    assert bench.stepper.position == at_stall
    assert bench.catheter.pressure_kpa() == pressure
    stored = bench.catheter.stored_pl()
    expected = catheter.COMPLIANCE_UL_PER_KPA * (pressure - catheter.SPINE_KPA) * 1_000_000
    assert stored == pytest.approx(expected, rel=1e-6)
    tip = bench.catheter.tip_pl()
    bench.faults.clear("occlusion")
    world.run_for(1000)
    assert bench.catheter.tip_pl() - tip == stored
    assert bench.catheter.pressure_kpa() == catheter.SPINE_KPA
    motor.turn(8)
    assert bench.stepper.position == at_stall + 8


def test_motor_stalls_on_too_fast_a_start_and_recovers_after_a_rest(world, bench, motor):
    motor.turn(8, period_us=1000)
    assert bench.stepper.position == 1  # the first edge meets a rotor at rest
    assert bench.stepper.lost == 7
    motor.turn(8)
    assert bench.stepper.position == 9


def test_torque_falls_with_the_rate():
    torques = [stepper.pull_out_torque(period) for period in (50_000, 10_000, 5000, 2000, 1500, 1000, 500, 100, 50)]
    assert torques == sorted(torques, reverse=True)
    assert torques[0] > roller_pump.FRICTION + roller_pump.FRICTION_SWING > torques[5]
    assert stepper.pull_out_torque(1500) == pytest.approx((8.6 + 6.0) / 2)


def test_slip_loses_about_that_fraction_and_the_witness_knows(bench, motor):
    bench.faults.set("slip", 0.25)
    before = motor.rotation.count()
    motor.turn(2000)
    assert 400 < bench.stepper.lost < 600
    assert motor.rotation.count() - before == 2000 - bench.stepper.lost


def test_stalled_rotor_may_tremble_past_the_witness(bench, motor):
    bench.faults.set("stall")
    bench.faults.set("stall_tremble")
    before = motor.rotation.count()
    for _ in range(8):
        motor.turn(1)
    assert bench.stepper.position == 0
    assert motor.rotation.count() - before == 16


def test_dead_witness_sees_nothing_of_a_turning_rotor(bench, motor):
    bench.faults.set("rotor_stuck")
    before = motor.rotation.count()
    motor.turn(50)
    assert bench.stepper.position == 50
    assert motor.rotation.count() == before
    bench.faults.clear("rotor_stuck")
    motor.turn(10)
    assert 10 <= motor.rotation.count() - before <= 11


def test_back_drive_needs_pressure_and_lost_holding(world, bench, motor):
    bench.faults.set("occlusion", 1)
    motor.turn(24)
    position = bench.stepper.position
    world.run_for(600_000)
    assert bench.stepper.position == position
    bench.faults.set("back_drive", 0.5)
    world.run_for(600_000)
    assert bench.stepper.position == position
    before = motor.rotation.count()
    bench.faults.set("back_drive", 0.99)
    world.run_for(600_000)
    assert bench.stepper.position < position
    assert motor.rotation.count() - before == position - bench.stepper.position
    # It ends when the fluid cannot turn the rotor any more.
    assert bench.pump.hydraulic_torque() <= 0.01 * (bench.pump.resting_torque() + stepper.DETENT_TORQUE)


def test_runaway_steps_only_while_enabled(world, board, bench, motor):
    bench.faults.set("runaway_pulses", 400)
    world.run_for(10_000)
    assert bench.stepper.position == 0
    motor.turn(1)
    assert 3 <= bench.stepper.position <= 7  # 15 ms of power: its own step and one every 2.5 ms
    position = bench.stepper.position
    world.run_for(10_000)
    assert bench.stepper.position == position
    bench.faults.set("enable_stuck")
    world.run_for(1000)
    assert bench.stepper.position - position == pytest.approx(400, abs=2)
    bench.faults.clear("runaway_pulses")
    world.run_for(1000)
    assert bench.stepper.position - position == pytest.approx(400, abs=2)


def test_motor_time_is_counted(world, bench, motor):
    motor.turn(8)
    # Lead and end are half a period each: nine and a half periods less what the lead is short of its half.
    assert bench.stepper.power_ms() == pytest.approx(85, abs=1)


def test_decay_of_pressure_is_as_exact_as_it_says():
    world = worlds.World()
    line = Catheter(world)
    tau_us = catheter.RESISTANCE_KPA_S_PER_UL * catheter.COMPLIANCE_UL_PER_KPA * 1e6
    worst = 0.0
    for tenths in range(1, 400):
        line.push(1_000_000 - line.stored_pl())
        before = line.pressure_kpa() - catheter.SPINE_KPA
        started_us = world.now_us()
        world.at_us(started_us + int(tau_us * tenths / 10), lambda _: world.wake())
        world.idle(100_000)
        left = (line.pressure_kpa() - catheter.SPINE_KPA) / before
        error = left - math.exp(-(world.now_us() - started_us) / tau_us)
        assert error >= 0
        worst = max(worst, error)
    assert worst < 0.0043


def test_partial_blockage_slows_the_flow_in_proportion():
    lefts = []
    for blockage in (0.0, 0.9):
        world = worlds.World()
        line = Catheter(world)
        line.block(blockage)
        line.push(1_000_000)
        world.run_for(14 if blockage == 0 else 140)
        lefts.append(line.stored_pl())
    assert lefts[0] == pytest.approx(lefts[1], rel=1e-9)
