"""All hardware of an RP2040 board, constructed from its board.py."""

from thecal.drivers import motor
from thecal.drivers.buttons import Button
from thecal.drivers.level import Level
from thecal.drivers.light import Light
from thecal.drivers.rotation_rp2 import Rotation
from thecal.drivers.sound import Sound
from thecal.drivers.step_train_rp2 import StepTrain


class Hardware:
    """board: a board module. button_changed: callable, called in interrupt context at each edge of a button."""

    def __init__(self, board, button_changed):
        self.motor_was_off = motor.is_off(board.PUMP_ENABLE_N)
        motor.forwards(board.PUMP_DIR)
        self.train = StepTrain(board.STEP_TRAIN_MACHINE, board.PUMP_STEP, board.PUMP_ENABLE_N)
        self.rotation = Rotation(board.ROTATION_MACHINE, board.ROTOR)
        self.level = Level(board.RESERVOIR_LEVEL)
        self.light = Light(board.LIGHT_RED, board.LIGHT_GREEN, board.LIGHT_BLUE)
        self.sound = Sound(board.SOUND)
        pins = (board.BUTTON_BOLUS, board.BUTTON_ALARM, board.BUTTON_STOP)
        self.buttons = tuple(Button(pin, button_changed) for pin in pins)
