"""The shortest time between two therapy steps: it keeps the flow at or below the ceiling, whatever is active (SR-02).

The interval is exact: V pL at 1 mL/h take V * 36 / 10000 ms, so a background at the ceiling itself is not slowed down.
"""

from micropython import const

from thecal.tables import ceilings, ticks

_PARTS = const(10_000)
# A step this late, the lateness that a safety task may have, keeps the rhythm, so that a background at the ceiling is
# not slowed down by it; after a longer pause the next interval starts anew. Any n steps take (n - 1) intervals less this.
_KEEPS_RHYTHM_MS = const(50)


class Pace:
    """volume_per_step: pL."""

    def __init__(self, volume_per_step):
        parts = volume_per_step * 36 * 1_000_000 // ceilings.CEILING_NL_PER_HOUR
        self._whole, self._rest = divmod(parts, _PARTS)
        self._over = 0
        self._due = 0
        self._started = False

    def wait(self, now):
        """ms until a step may be given, 0 if now. Allocates nothing."""
        if not self._started:
            return 0
        wait = ticks.diff(self._due, now)
        # A longer wait than an interval is an old due time seen across the half period of the ticks.
        return wait if 0 < wait <= self._whole + 1 else 0

    def step(self, now):
        """A step is given now. Allocates nothing."""
        late = ticks.diff(now, self._due)
        if not self._started or not 0 <= late <= _KEEPS_RHYTHM_MS:
            self._started = True
            self._due = now
        interval = self._whole
        self._over += self._rest
        if self._over >= _PARTS:
            self._over -= _PARTS
            interval += 1
        self._due = ticks.add(self._due, interval)
