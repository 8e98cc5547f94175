"""What the boards of every chip have in common, constructed from board.py: panel, sensors, clock.

Modules are imported where a board needs them. A build for a board leaves out what it never loads
(thecal_tools.fold_board), so that none of these questions is asked there.
"""

from thecal.drivers import motor, wall_clock
from thecal.drivers.buttons import Button
from thecal.drivers.light import Light
from thecal.drivers.sound import Sound


class Parts:
    """board: a board module. analog_in: class of the chip's analogue inputs. button_changed: callable, called in
    interrupt context at each edge of a button.

    pressure, display: None where the board has none. read_clock: of the clock that knows the time of day. set_clock:
    callable(s since 2020-01-01 local) that raises OSError, None where nothing keeps the time of day without power.
    """

    def __init__(self, board, analog_in, button_changed):
        bus = None
        if hasattr(board, "I2C_SDA"):
            from thecal.drivers.i2c_bus import Bus

            bus = Bus(board.I2C_SDA, board.I2C_SCL)
        if board.MOTOR == "STEP_DIR":
            motor.forwards(board.PUMP_DIR)
        if board.LEVEL == "ANALOGUE":
            self.level = analog_in(board.RESERVOIR_LEVEL)
        elif board.LEVEL == "HX711":
            from thecal.drivers.level_hx711 import Hx711

            self.level = Hx711(board.LEVEL_DATA, board.LEVEL_CLOCK, board.LEVEL_ZERO_RAW, board.LEVEL_FULL_RAW)
        elif board.LEVEL == "MPR":
            from thecal.drivers.level_mpr import Mpr

            self.level = Mpr(bus)
        if board.ROTATION == "AS5600":
            from thecal.drivers.rotation_as5600 import As5600

            self.rotation = As5600(bus, board.ROTOR_COUNTS_PER_REVOLUTION)
        self.supply = analog_in(board.SUPPLY_VOLTAGE)
        self.pressure = analog_in(board.LINE_PRESSURE) if hasattr(board, "LINE_PRESSURE") else None
        self.read_clock, self.set_clock = wall_clock.read, None
        if hasattr(board, "CLOCK_CHIP"):
            from thecal.drivers.clock_ds3231 import Ds3231

            chip = Ds3231(bus, wall_clock.days_since_2020)
            self.read_clock, self.set_clock = chip.read, chip.set
        self.display = None
        if hasattr(board, "DISPLAY"):
            from thecal.drivers.display_ssd1306 import Display

            self.display = Display(bus)
        self.light = Light(board.LIGHT_RED, board.LIGHT_GREEN, board.LIGHT_BLUE)
        self.sound = Sound(board.SOUND)
        pins = (board.BUTTON_BOLUS, board.BUTTON_ALARM, board.BUTTON_STOP)
        self.buttons = tuple(Button(pin, button_changed) for pin in pins)
