"""The I2C bus that sensors, clock chip and display share. Bits by the processor: any pins, the same on every chip."""

from machine import Pin, SoftI2C
from micropython import const

_HZ = const(400_000)
# A part may hold the clock low for so long; then the transfer ends with OSError.
_STRETCH_US = const(1_000)
_MOST_BITS = const(9)


def open_bus(data_pin, clock_pin):
    """The bus on two GPIO numbers, which need pull-ups of 2.2 to 10 kOhm on the board."""
    data = Pin(data_pin, Pin.IN, Pin.PULL_UP)
    clock = Pin(clock_pin, Pin.IN, Pin.PULL_UP)
    # A reset in the middle of a transfer leaves a part that waits for the clock, with the data line held low.
    for _ in range(_MOST_BITS):
        if data.value():
            break
        clock.init(Pin.OUT, value=0)
        clock.init(Pin.IN, Pin.PULL_UP)
    return SoftI2C(scl=clock, sda=data, freq=_HZ, timeout=_STRETCH_US)
