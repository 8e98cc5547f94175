"""Whether an analogue sensor can be believed (SR-26): inside its range, alive, and not faster than physics."""

from micropython import const

# ADC readings (u16) at which a sensor that gives 10 to 90 % of its supply is torn off or shorted.
LOWEST = 1_500
HIGHEST = 64_000
# So many equal readings in a row are no living sensor: noise moves each by tens of units (assumed for the bench).
_FROZEN = const(30)
# One bad reading is left out; so many in a row are a bad sensor, and so many good ones a good one again.
_BAD = const(3)
_GOOD = const(10)


class Believable:
    """valid: the sensor may be used, though not every reading of it: see judge()."""

    def __init__(self):
        self.valid = True
        self._last = -1
        self._equal = 0
        self._turn = 0

    def judge(self, reading, plausible):
        """True where this reading of the sensor may be used. plausible: it is not too fast. Allocates nothing."""
        self._equal = self._equal + 1 if reading == self._last else 0
        self._last = reading
        good = plausible and LOWEST <= reading <= HIGHEST and self._equal < _FROZEN
        # Readings in a row that speak against what is believed now.
        self._turn = 0 if good == self.valid else self._turn + 1
        if self._turn >= (_BAD if self.valid else _GOOD):
            self.valid = not self.valid
            self._turn = 0
        return good and self.valid
