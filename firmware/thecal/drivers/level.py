"""Analogue reservoir level sensor on an ADC pin."""

from machine import ADC
from micropython import const

_SAMPLES = const(8)


class Level:
    """pin: GPIO number with an ADC."""

    def __init__(self, pin):
        self._adc = ADC(pin)

    def read(self):
        """Mean of eight readings, 0 to 65535. Allocates nothing."""
        total = 0
        for _ in range(_SAMPLES):
            total += self._adc.read_u16()
        return total // _SAMPLES
