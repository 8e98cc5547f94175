"""Compose the pump on a board and run it."""

import sys

# The interpreter's own modules first, and from its ROM alone: for each it would look through every folder of the path.
path = sys.path[:]
sys.path[:] = [".frozen"]
for name in ("array", "binascii", "hashlib", "machine", "os", "select", "struct", "time", sys.platform):
    __import__(name)
try:
    # An image with the firmware inside is whole as it is, and takes none of ours from the file system.
    __import__("thecal")
    is_frozen = True
except ImportError:
    sys.path[:] = path
    is_frozen = False

import os
import time

import board
from machine import Pin

# Whoever flashes a board takes the manifest away first and writes it last (SR-35). Without it files of two versions
# could lie here, so none is imported: the motor stays off as boot.py left it, and the prompt is open.
try:
    is_complete = is_frozen or os.stat("firmware.crc")[6] > 0
except OSError:
    is_complete = False
if not is_complete:
    Pin(board.LIGHT_RED, Pin.OUT, value=1)
    raise RuntimeError("STOPPED  program incomplete: flash this board again")

# After the check, so that what is sent to a board has the firmware's imports behind it too.
import micropython

from thecal.app import Maintenance, compose
from thecal.drivers.flash_volume import FlashVolume
from thecal.drivers.program_files import ProgramFiles
from thecal.drivers.sleep import Sleeper
from thecal.drivers.usb_port import UsbPort

print("THECAL  bench and research only, never for people or animals")
sleeper = Sleeper()
program = None if is_frozen else ProgramFiles("/")
try:
    volume = FlashVolume("/records")
except OSError:
    # Stays as it is, for whoever wants to read it out.
    Pin(board.LIGHT_RED, Pin.OUT, value=1)
    raise RuntimeError("STOPPED  no file system for settings and records")
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
