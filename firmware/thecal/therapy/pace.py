"""The shortest time between two therapy steps: it keeps the flow at or below the ceiling, whatever is active (SR-02).

The mechanism's ceiling lies above what therapy may sum up to, so that steps which come late can be caught up without
passing it.
"""

from thecal.tables import ceilings, ticks


class Pace:
    """volume_per_step: pL."""

    def __init__(self, volume_per_step):
        # Rounded up to whole ms: 1 nL/h is 1000 pL in 3,600,000 ms.
        self.interval_ms = -(-volume_per_step * 3_600 // ceilings.MECHANISM_NL_PER_HOUR)
        self._due = 0
        self._started = False

    def wait(self, now):
        """ms until a step may be given, 0 if now. Allocates nothing."""
        wait = ticks.diff(self._due, now)
        # A longer wait than an interval is an old due time seen across the half period of the ticks.
        return wait if self._started and 0 < wait <= self.interval_ms else 0

    def step(self, now):
        """A step is given now. Allocates nothing."""
        self._started = True
        self._due = ticks.add(now, self.interval_ms)
