"""Two witnesses of the reservoir: volume counted in steps and volume measured. The lower one decides."""

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
        """Take one pair of volumes; measured_nl may be None where the sensor gives none."""
        lower = computed_nl if measured_nl is None else min(computed_nl, measured_nl)
        self._low_seen = self._low_seen + 1 if lower < self.low_nl else 0
        self._empty_seen = self._empty_seen + 1 if lower < _EMPTY_NL else 0
        self.low = computed_nl < self.low_nl or self._low_seen >= _CONFIRMATIONS
        self.empty = computed_nl < _EMPTY_NL or self._empty_seen >= _CONFIRMATIONS
