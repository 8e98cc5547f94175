"""An analogue sensor on an ADC pin: reservoir level, line pressure, supply."""

from machine import ADC
from micropython import const

_SAMPLES = const(8)


class AnalogIn:
    """pin: GPIO number with an ADC."""

    def __init__(self, pin):
        self._adc = ADC(pin)

    def read(self):
        """Mean of eight readings, 0 to 65535. Allocates nothing."""
        total = 0
        for _ in range(_SAMPLES):
            total += self._adc.read_u16()
        return total // _SAMPLES
