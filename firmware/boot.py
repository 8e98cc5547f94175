"""First code of ours after a reset: the motor is off before anything else happens (SR-33)."""

import sys

# An image with the firmware inside has its own board.py, whatever a former firmware has left on the file system.
sys.path.insert(0, ".frozen")

import board
from machine import Pin

# Not through a driver: each further import would cost ten milliseconds in which the pull-up alone holds the motor off.
Pin(board.PUMP_ENABLE_N, Pin.OUT, value=1)
