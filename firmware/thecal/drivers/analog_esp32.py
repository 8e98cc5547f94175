"""An analogue sensor on an ADC pin of an ESP32, with the full range of its input and the chip's own calibration."""

from machine import ADC, Pin
from micropython import const

_SAMPLES = const(8)


class AnalogIn:
    """pin: GPIO number with an ADC."""

    def __init__(self, pin):
        self._adc = ADC(Pin(pin), atten=ADC.ATTN_11DB)

    def read(self):
        """Mean of eight readings, 0 to 65535 for 0 to 3.3 V; above about 3.1 V it reads less. Allocates nothing."""
        microvolts = 0
        for _ in range(_SAMPLES):
            microvolts += self._adc.read_uv()
        # 65,535 for 3.3 V, in steps that stay small integers.
        return min((microvolts // _SAMPLES >> 6) * 8738 // 6875, 65_535)
