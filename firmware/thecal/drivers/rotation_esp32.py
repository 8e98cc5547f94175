"""Rotation witness on ESP32: the pulse counter counts the edges of a slotted disc, or of an encoder with its direction.

With a second channel each edge of the first one counts, forwards or backwards as the second one's level tells.
"""

import esp32
from machine import Pin
from micropython import const

# Where the counter begins at zero again, on either side. The total is kept from the difference of two readings, so
# that one must come at least each 16,000 edges: 80 turns of 200.
_RANGE = const(32_000)
_MASK = const(0x3FFFFFFF)


class Rotation:
    """Counts rotor edges modulo 2^30.

    unit: of the pulse counter. pin: GPIO number of the sensor. second_pin: of the encoder's second channel, which is
    low where the first one rises while the rotor turns forwards; None where there is none, and no direction.
    """

    def __init__(self, unit, pin, second_pin=None):
        up, down = esp32.PCNT.INCREMENT, esp32.PCNT.DECREMENT
        self._counter = esp32.PCNT(unit, min=-_RANGE, max=_RANGE)
        if second_pin is None:
            self._counter.init(pin=Pin(pin, Pin.IN), rising=up, falling=up)
        else:
            second = Pin(second_pin, Pin.IN)
            reverse = esp32.PCNT.REVERSE
            self._counter.init(pin=Pin(pin, Pin.IN), mode_pin=second, rising=up, falling=down, mode_high=reverse)
        self._counter.start()
        self._last = self._counter.value()
        self._total = 0

    def count(self):
        """Edges since construction, modulo 2^30 (a small integer). Allocates nothing."""
        value = self._counter.value()
        turned = (value - self._last) % _RANGE
        if turned > _RANGE // 2:
            turned -= _RANGE
        self._last = value
        self._total = (self._total + turned) & _MASK
        return self._total
