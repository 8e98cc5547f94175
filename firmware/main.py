"""Compose the pump on a board and run it."""

import sys

# The interpreter's own modules first, and from its ROM alone: for each it would look through every folder of the path.
path = sys.path[:]
sys.path[:] = [".frozen"]
for name in ("array", "binascii", "hashlib", "machine", "os", "rp2", "select", "struct", "time"):
    __import__(name)
sys.path[:] = path

import time

import board
import micropython

from thecal.app import Maintenance, compose
from thecal.drivers.flash_volume import FlashVolume
from thecal.drivers.program_files import ProgramFiles
from thecal.drivers.sleep import Sleeper
from thecal.drivers.usb_port import UsbPort

print("THECAL  bench and research only, never for people or animals")
sleeper = Sleeper()
volume, program = FlashVolume("/records"), ProgramFiles("/")
pump = None
try:
    pump = compose(board, time.ticks_ms, sleeper.sleep, sleeper.interrupt.set, volume, UsbPort(), program)
except Maintenance:
    # Back to the prompt, where Ctrl-C works.
    print("MAINTENANCE  the motor is off; no watchdog, no therapy")
del compose
if pump is not None:
    sleeper.listen(pump.serial_arrived)
    # From here Ctrl-C is a byte like any other (SR-33).
    micropython.kbd_intr(-1)
    pump.run_forever()
