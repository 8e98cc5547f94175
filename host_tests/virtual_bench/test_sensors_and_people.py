"""Level sensor, battery, buttons and lights."""

import statistics

import machine
import pytest

from virtual_bench import battery, reservoir
from virtual_bench import world as worlds
from virtual_bench.bench import Bench


def readings(pin, count):
    sensor = machine.ADC(machine.Pin(pin))
    return [sensor.read_u16() for _ in range(count)]


def microlitres(board, reading):
    span = board.LEVEL_FULL_U16 - board.LEVEL_EMPTY_U16
    return (reading - board.LEVEL_EMPTY_U16) * board.RESERVOIR_UL / span


def test_level_is_noisy_quantised_and_right_on_average(board, bench):
    bench.reservoir.level_pl = 12_345_000_000
    got = readings(board.RESERVOIR_LEVEL, 4000)
    assert all(r >> 12 == r & 0xF and r >> 4 << 4 | r >> 12 == r for r in got), "twelve bits stretched to sixteen"
    volumes = [microlitres(board, r) for r in got]
    assert statistics.mean(volumes) == pytest.approx(12_345, abs=6)
    assert statistics.stdev(volumes) == pytest.approx(reservoir.NOISE_UL, rel=0.1)
    assert max(volumes) - min(volumes) < 6 * reservoir.NOISE_UL + 30


def test_level_sensors_differ_between_units(board):
    means = []
    for seed in range(1, 30):
        world = worlds.use(worlds.World())
        Bench(board, world, seed=seed)
        means.append(microlitres(board, statistics.mean(readings(board.RESERVOIR_LEVEL, 200))))
    assert statistics.stdev(means) > 15
    assert all(abs(mean - 20_000) < reservoir.OFFSET_UL + 20 for mean in means)


def test_level_faults(board, world, bench):
    bench.faults.set("level_stuck")
    assert len(set(readings(board.RESERVOIR_LEVEL, 20))) == 1
    bench.faults.clear("level_stuck")
    assert len(set(readings(board.RESERVOIR_LEVEL, 20))) > 1

    bench.faults.set("level_spike", -20_000)
    low = [r for r in readings(board.RESERVOIR_LEVEL, 80) if r < 45_000]
    assert len(low) == 10
    bench.faults.clear("level_spike")

    bench.faults.set("level_offset", -1000)
    mean = statistics.mean(readings(board.RESERVOIR_LEVEL, 500))
    assert microlitres(board, mean) == pytest.approx(19_000, abs=15)
    bench.faults.clear("level_offset")

    bench.faults.set("level_drift", -480)
    world.run_for(12 * 3_600_000)
    mean = statistics.mean(readings(board.RESERVOIR_LEVEL, 500))
    assert microlitres(board, mean) == pytest.approx(19_760, abs=15)


def test_an_empty_reservoir_gives_air(bench, motor):
    bench.reservoir.level_pl = 1_000_000
    motor.turn(40)
    assert bench.reservoir.level_pl == 0
    assert bench.reservoir.air_pl == bench.pump.passed_pl - 1_000_000


def test_refill_gives_back_what_does_not_fit(bench):
    bench.reservoir.level_pl = 2_400_000_000
    assert bench.reservoir.aspirate() == 2_400_000_000
    assert bench.reservoir.fill(18_000_000_000) == 0
    assert bench.reservoir.fill(3_000_000_000) == 1_000_000_000
    assert bench.reservoir.level_pl == bench.reservoir.capacity_pl


def supply_mv(board):
    return statistics.mean(readings(board.SUPPLY_VOLTAGE, 200)) * board.SUPPLY_FULL_SCALE_MV / 65_535


def test_bench_supply_stays(board, world, bench, motor):
    world.run_for(86_400_000)
    motor.turn(8)
    assert supply_mv(board) == pytest.approx(battery.BENCH_SUPPLY_MV, abs=3)


def test_battery_runs_down_by_time_and_by_motor(board, world, bench, motor):
    bench.battery.use_battery()
    before = supply_mv(board)
    world.run_for(20 * 86_400_000)
    assert bench.battery.charge_fraction() == pytest.approx(1 - 20 * 24 * 10 / battery.CAPACITY_MAH, rel=1e-6)
    assert supply_mv(board) < before - 400
    left = bench.battery.charge_fraction()
    bench.faults.set("enable_stuck")
    world.run_for(3_600_000)
    assert left - bench.battery.charge_fraction() == pytest.approx(260 / battery.CAPACITY_MAH, rel=1e-3)


def test_voltage_falls_with_every_bit_of_charge(bench):
    voltages = []
    for percent in range(100, -1, -1):
        bench.battery.use_battery(percent / 100)
        voltages.append(bench.battery.voltage_mv())
    assert voltages == sorted(voltages, reverse=True)
    assert (voltages[0], voltages[-1]) == (4700, 2400)


def test_motor_pulls_a_weak_supply_down(board, world, bench, motor):
    bench.battery.use_battery(0.5)
    at_rest = bench.battery.voltage_mv()
    motor.train.start(8, 10_000)
    world.idle(20)
    assert bench.battery.voltage_mv() == at_rest - battery.MOTOR_SAG_MV
    world.idle(1000)
    assert bench.battery.voltage_mv() == at_rest
    bench.faults.set("supply_sag", at_rest - battery.BROWN_OUT_MV - 50)
    with pytest.raises(worlds.PowerCut):
        motor.train.start(1, 10_000)  # too weak for the motor; without it the cells recover at once
    assert world.elapsed_ms == 1021
    assert bench.stepper.edges == 8


def test_a_sag_below_the_regulator_cuts_the_power_until_it_is_over(world, bench):
    world.at_ms(5000, bench.faults.clear, "supply_sag")
    with pytest.raises(worlds.PowerCut):
        bench.faults.set("supply_sag", 4000)
    assert world.elapsed_ms == 5000


def test_patient_presses_and_lets_go(board, world, bench):
    seen = []
    button = machine.Pin(board.BUTTON_BOLUS, machine.Pin.IN, machine.Pin.PULL_UP)
    button.irq(lambda pin: seen.append((world.elapsed_ms, pin())))
    bench.patient.press("bolus", hold_ms=1200, delay_ms=100)
    world.run_for(5000)
    assert seen == [(100, 0), (1300, 1)]
    seen.clear()
    bench.patient.press("bolus", hold_ms=1000, bounces=2)
    world.run_for(5000)
    assert seen == [(5000, 0), (5002, 1), (5004, 0), (5006, 1), (5008, 0), (6000, 1)]
    seen.clear()
    bench.patient.storm("bolus", presses=50, hold_ms=30, gap_ms=20)
    world.run_for(5000)
    assert len(seen) == 100
    assert bench.patient.presses == 52
    with pytest.raises(ValueError, match="no button"):
        bench.patient.press("bonus", 1)


def test_button_stuck(board, world, bench):
    pins = [
        machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)
        for number in (board.BUTTON_BOLUS, board.BUTTON_ALARM, board.BUTTON_STOP)
    ]
    assert [pin() for pin in pins] == [1, 1, 1]
    bench.faults.set("button_stuck", 2)
    assert [pin() for pin in pins] == [1, 0, 1]
    bench.faults.set("button_stuck", 3)
    bench.patient.press("stop", 100)
    world.run_for(1000)
    assert [pin() for pin in pins] == [1, 1, 0]
    bench.faults.clear("button_stuck")
    assert [pin() for pin in pins] == [1, 1, 1]


def test_onlooker_knows_when_a_light_came_on(board, world, bench):
    green = machine.Pin(board.LIGHT_GREEN, machine.Pin.OUT, value=0)
    tone = machine.PWM(board.SOUND, freq=880, duty_u16=0)
    world.at_ms(70, green.value, 1)
    world.at_ms(90, tone.duty_u16, 1000)
    world.at_ms(190, tone.duty_u16, 0)
    world.run_for(1000)
    assert bench.onlooker.first_after(0, "green") == 70
    assert bench.onlooker.first_after(71, "green") is None
    assert bench.onlooker.seen == [(70, "green", 1), (90, "sound", 1), (190, "sound", 0)]
