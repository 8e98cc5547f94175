"""One hour of the bench without firmware above the drivers, the same text on CPython and on MicroPython.

Prints what must be equal, bit for bit: the ground truth, pressures as exact fractions of 2^-20, and a checksum of every
sensor reading.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
import binascii

import board
import machine

from thecal.drivers.rotation_rp2 import Rotation
from thecal.drivers.rotor_edges import edges_allowed
from thecal.drivers.step_train_rp2 import StepTrain
from virtual_bench import world as worlds
from virtual_bench.bench import Bench


def run(seed):
    world = worlds.use(worlds.World(seed=seed, ticks_start=worlds.TICKS_MASK - 59_999))
    bench = Bench(board, world, seed=seed)
    machines = (board.STEP_TRAIN_MACHINE, board.MOTOR_GUARD_MACHINE)
    train = StepTrain(machines, board.PUMP_STEP, board.PUMP_ENABLE_N, board.ROTOR, edges_allowed(board))
    rotation = Rotation(board.ROTATION_MACHINE, board.ROTOR)
    level = machine.ADC(machine.Pin(board.RESERVOIR_LEVEL))
    supply = machine.ADC(machine.Pin(board.SUPPLY_VOLTAGE))
    dog = machine.WDT(timeout=8000)
    bench.battery.use_battery(0.6)
    bench.schedule_fault(600_000, "occlusion", 1, 900_000)
    bench.schedule_fault(1_800_000, "slip", 0.3, 600_000)
    bench.schedule_fault(2_400_000, "occlusion", 0.95, 600_000)
    bench.schedule_fault(2_500_000, "back_drive", 0.99, 300_000)
    bench.schedule_fault(3_000_000, "level_drift", -5000, 300_000)
    checksum = 0
    wakes = 0
    while world.elapsed_ms < 3_600_000:
        dog.feed()
        wakes += 1
        if wakes % 4 == 0:
            world.idle(train.start(1 + wakes // 4 % 8, 1500 + 977 * (wakes % 40)))
            train.busy()
        world.idle(6000 - wakes % 7)
        reading = f"{level.read_u16()} {supply.read_u16()} {rotation.count()} {world.ticks_ms()};"
        checksum = binascii.crc32(reading.encode(), checksum)
        if wakes % 60 == 0:
            print(wakes, int(bench.catheter.pressure_kpa() * 1_048_576), bench.stepper.position, hex(checksum))
    for name, value in bench.truth():
        print(name, value)
    print("peak", int(bench.catheter.peak_kpa * 1_048_576), "battery", int(bench.battery.charge_fraction() * 1e12))


run(0)
run(7)
