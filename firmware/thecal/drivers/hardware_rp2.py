"""All hardware of an RP2040 board, constructed from its board.py."""

from thecal.drivers import motor
from thecal.drivers.analog import AnalogIn
from thecal.drivers.buttons import Button
from thecal.drivers.light import Light
from thecal.drivers.rotation_rp2 import Rotation
from thecal.drivers.sound import Sound
from thecal.drivers.step_train_rp2 import StepTrain


class Hardware:
    """board: a board module. button_changed: callable, called in interrupt context at each edge of a button."""

    def __init__(self, board, button_changed):
        self.motor_was_off = motor.is_off(board.PUMP_ENABLE_N)
        motor.forwards(board.PUMP_DIR)
        machines = (board.STEP_TRAIN_MACHINE, board.MOTOR_GUARD_MACHINE)
        counts_per_step = -(-board.ROTOR_COUNTS_PER_REVOLUTION // board.STEPS_PER_REVOLUTION)
        self.train = StepTrain(machines, board.PUMP_STEP, board.PUMP_ENABLE_N, board.ROTOR, counts_per_step)
        self.rotation = Rotation(board.ROTATION_MACHINE, board.ROTOR)
        self.level = AnalogIn(board.RESERVOIR_LEVEL)
        self.supply = AnalogIn(board.SUPPLY_VOLTAGE)
        # Not every board has one.
        self.pressure = AnalogIn(board.LINE_PRESSURE) if hasattr(board, "LINE_PRESSURE") else None
        self.light = Light(board.LIGHT_RED, board.LIGHT_GREEN, board.LIGHT_BLUE)
        self.sound = Sound(board.SOUND)
        pins = (board.BUTTON_BOLUS, board.BUTTON_ALARM, board.BUTTON_STOP)
        self.buttons = tuple(Button(pin, button_changed) for pin in pins)
