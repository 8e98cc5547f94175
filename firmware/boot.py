"""First code of ours after a reset: the motor is off before anything else happens (SR-33)."""

import board

from thecal.drivers import motor

motor.off(board.PUMP_ENABLE_N)
