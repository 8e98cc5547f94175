"""Reservoir level by weight: a load cell on an HX711, channel A with gain 128.

Pulses and times: Avia Semiconductor's HX711 data sheet. The chip converts ten times a second and keeps the newest
result until it is fetched; after power-on the first takes 400 ms.
"""

from machine import Pin, disable_irq, enable_irq
from micropython import const

# While the chip replaces its result the line is high for a moment; some ms of looking are enough.
_LOOKS = const(200)
_BITS = const(24)
_SIGN = const(0x800000)
_HIGHEST = const(0x7FFFFF)
# Results are used with 14 bits, so that their product with 65535 stays a small integer.
_SPAN_BITS = const(14)


class Hx711:
    """data_pin, clock_pin: GPIO numbers. zero_raw, full_raw: results that read as 0 and as 65535, the first lower."""

    def __init__(self, data_pin, clock_pin, zero_raw, full_raw):
        self._data = Pin(data_pin, Pin.IN)
        self._clock = Pin(clock_pin, Pin.OUT, value=0)
        self._zero_raw = zero_raw
        self._shift = 0
        span = full_raw - zero_raw
        while span >> self._shift >= 1 << _SPAN_BITS:
            self._shift += 1
        self._span = span >> self._shift

    def read(self):
        """Weight, 0 to 65535, or -1 where the chip is not ready, saturated or outside the scale. Takes about 1 ms, and
        allocates nothing."""
        raw = self._fetch()
        # The two ends of its scale are what a saturated or unconnected bridge gives.
        if not -_SIGN < raw < _HIGHEST:
            return -1
        value = (raw - self._zero_raw) >> self._shift
        return value * 65_535 // self._span if 0 <= value <= self._span else -1

    def _fetch(self):
        data, clock = self._data, self._clock
        looks = _LOOKS
        while data.value():
            looks -= 1
            if not looks:
                return _HIGHEST
        raw = 0
        for _ in range(_BITS):
            # A pulse longer than 60 us powers the chip down, so nothing may come between its edges.
            state = disable_irq()
            clock.value(1)
            clock.value(0)
            enable_irq(state)
            raw = raw << 1 | data.value()
        state = disable_irq()
        clock.value(1)
        clock.value(0)
        enable_irq(state)
        # The 25th pulse chooses the gain and sends the line high; one that stays low is shorted, and no result.
        if not data.value():
            return _HIGHEST
        return (raw ^ _SIGN) - _SIGN
