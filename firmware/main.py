"""Compose the pump on a board and run it."""

import time

import board
import micropython

from thecal.app import compose
from thecal.drivers.flash_volume import FlashVolume
from thecal.drivers.sleep import Sleeper
from thecal.drivers.usb_port import UsbPort

print("THECAL  bench and research only, never for people or animals")
sleeper = Sleeper()
pump = compose(board, time.ticks_ms, sleeper.sleep, sleeper.interrupt.set, FlashVolume("/records"), UsbPort())
del compose
sleeper.listen(pump.serial_arrived)
# From here Ctrl-C is a byte like any other (SR-33).
micropython.kbd_intr(-1)
pump.run_forever()
