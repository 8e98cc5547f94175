"""First code of ours after a reset: the motor is off before anything else happens (SR-33)."""

import board
from machine import Pin

# Not through a driver: each further import would cost ten milliseconds in which the pull-up alone holds the motor off.
Pin(board.PUMP_ENABLE_N, Pin.OUT, value=1)
