"""Low and empty reservoir, by the lower of the volume counted in steps and the volume measured (SR-24)."""

from micropython import const

# Delivery stops above the level where air can enter the tube: a choice for the bench, 2 % of 20 mL.
_EMPTY_NL = const(400_000)
# A measured low or empty must show this often in a row before it counts, against noise of a single reading.
_CONFIRMATIONS = const(3)


class ReservoirCheck:
    """Volumes in nL. low_nl: level of the low-reservoir warning, from the prescription."""

    def __init__(self):
        self.low_nl = 0
        self.low = False
        self.empty = False
        self._low_seen = 0
        self._empty_seen = 0

    def update(self, computed_nl, measured_nl):
        """Take one pair of volumes; where the sensor is not believed, the computed one in both places."""
        self._low_seen = self._low_seen + 1 if measured_nl < self.low_nl else 0
        self._empty_seen = self._empty_seen + 1 if measured_nl < _EMPTY_NL else 0
        self.low = computed_nl < self.low_nl or self._low_seen >= _CONFIRMATIONS
        self.empty = computed_nl < _EMPTY_NL or self._empty_seen >= _CONFIRMATIONS
