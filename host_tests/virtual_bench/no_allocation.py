"""On MicroPython: bytes of heap that each path of the fakes takes when nothing physical is due, as lines of text."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
import gc

import board
import machine

from thecal.drivers.rotation_rp2 import Rotation
from thecal.drivers.rotor_edges import edges_allowed
from thecal.drivers.step_train_rp2 import StepTrain
from virtual_bench import world as worlds
from virtual_bench.bench import Bench

# Just before the wrap, to cross it too.
world = worlds.use(worlds.World(ticks_start=worlds.TICKS_MASK - 100_000))
bench = Bench(board, world)
machines = (board.STEP_TRAIN_MACHINE, board.MOTOR_GUARD_MACHINE)
train = StepTrain(machines, board.PUMP_STEP, board.PUMP_ENABLE_N, board.ROTOR, edges_allowed(board))
rotation = Rotation(board.ROTATION_MACHINE, board.ROTOR)
level = machine.ADC(machine.Pin(board.RESERVOIR_LEVEL))
supply = machine.ADC(machine.Pin(board.SUPPLY_VOLTAGE))
button = machine.Pin(board.BUTTON_BOLUS, machine.Pin.IN, machine.Pin.PULL_UP)
light = machine.Pin(board.LIGHT_GREEN, machine.Pin.OUT, value=0)
dog = machine.WDT(timeout=8000)
world.idle(train.start(2, 10_000))
train.busy()
world.idle(5000)
# A first reading takes the physics into account.
level.read_u16()
supply.read_u16()
rotation.count()


def sleep():
    world.idle(6000)
    dog.feed()


def look_at_button():
    button.value()
    button()


def set_light():
    light.value(1)
    light(0)


def use(call):
    gc.collect()
    before = gc.mem_alloc()
    call()
    call()
    return gc.mem_alloc() - before


dog.feed()
gc.disable()
for name, call in (
    ("sleep", sleep),
    ("ticks", world.ticks_ms),
    ("level", level.read_u16),
    ("supply", supply.read_u16),
    ("button", look_at_button),
    ("light", set_light),
    ("rotation", rotation.count),
    ("busy", train.busy),
    ("feed", dog.feed),
    ("serial", world.serial_in.any),
):
    call()
    world.physics = name != "light"  # the onlooker would write the light down
    print(name, use(call))
while world.ticks_ms() > 200_000:
    print("sleep_to_the_wrap", use(sleep))
