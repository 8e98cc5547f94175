"""The I2C bus that sensors, clock chip and display share. Bits by the processor: any pins, the same on every chip."""

from machine import Pin, SoftI2C
from micropython import const

_HZ = const(400_000)
# A part may hold the clock low for so long; then the transfer ends with OSError.
_STRETCH_US = const(1_000)
_MOST_BITS = const(9)


class Bus:
    """The bus on two GPIO numbers, which need pull-ups of 2.2 to 10 kOhm on the board."""

    def __init__(self, data_pin, clock_pin):
        # Open drain, as SoftI2C has them too, so that both can use the same pins in turn.
        self._data = Pin(data_pin, Pin.OPEN_DRAIN, Pin.PULL_UP, value=1)
        self._clock = Pin(clock_pin, Pin.OPEN_DRAIN, Pin.PULL_UP, value=1)
        self._wire = SoftI2C(scl=self._clock, sda=self._data, freq=_HZ, timeout=_STRETCH_US)

    def freed(self):
        """The SoftI2C, for one look at a part; allocates nothing.

        A transfer that a reset or a disturbance has cut off leaves a part that waits for the clock, with the data line
        held low; then every bit reads as 0, acknowledgements too, and nothing tells. It is clocked out first, at most
        one byte of it.
        """
        for _ in range(_MOST_BITS):
            if self._data.value():
                break
            self._clock.value(0)
            self._clock.value(1)
        return self._wire
