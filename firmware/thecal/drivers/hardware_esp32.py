"""All hardware of an ESP32 or ESP32-S3 board, constructed from its board.py."""

from thecal.drivers import motor
from thecal.drivers.analog_esp32 import AnalogIn
from thecal.drivers.hardware_parts import Parts
from thecal.drivers.rotor_edges import edges_allowed
from thecal.drivers.step_train_esp32 import StepTrain

# Units of the pulse counter.
_ROTATION_COUNTER = 0
_GUARD_COUNTER = 1


class Hardware(Parts):
    """board: a board module. button_changed: callable, called in interrupt context at each edge of a button.
    ticks_ms: callable, ms modulo 2^30.

    motor_was_off: how boot.py left the enable line.
    Raises ValueError for a four-phase motor: its pins would need four channels of the RMT started in step, which
    MicroPython has no call for. A STEP/DIR driver, or an RP2040, turns such a pump.
    """

    def __init__(self, board, button_changed, ticks_ms):
        self.motor_was_off = motor.is_off(board.PUMP_ENABLE_N)
        if board.MOTOR != "STEP_DIR":
            raise ValueError("MOTOR: a four-phase motor needs an RP2040")
        super().__init__(board, AnalogIn, button_changed)
        rotor = None if board.ROTATION == "AS5600" else board.ROTOR
        edges = edges_allowed(board)
        self.train = StepTrain(board.PUMP_STEP, board.PUMP_ENABLE_N, rotor, _GUARD_COUNTER, edges, ticks_ms)
        if board.ROTATION != "AS5600":
            from thecal.drivers.rotation_esp32 import Rotation

            second = board.ROTOR_B if board.ROTATION == "QUADRATURE" else None
            self.rotation = Rotation(_ROTATION_COUNTER, rotor, second)
