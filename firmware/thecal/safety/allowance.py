"""A one-use allowance for moves that are no therapy: prime, bridge, purge and bench moves (SR-03).

A clinician or an engineer authorises so many steps of one kind, at a pace, until a pump second. What is given under it
is counted here and nowhere else: it neither uses up the windows of therapy nor is limited by them. It cannot be used
again, there is one at a time, and a reset takes it away.
"""

from micropython import const

from thecal.tables import ceilings, doses, ticks

_NONE = const(-1)


class Allowance:
    """kind: tables.doses, PRIME and above; -1 while nothing is authorised. given, granted: steps under it."""

    def __init__(self):
        self.kind = _NONE
        self.granted = 0
        self.given = 0
        self._expires = 0
        self._interval_ms = 0
        # Tick from which the next step may come, and how long before that the last one came; 0: there was none.
        self._due = 0
        self._waits_ms = 0

    def authorise(self, kind, steps, interval_ms, volume_per_step, expires, seconds):
        """Allow `steps` of a kind, at least interval_ms apart, before the pump second `expires`.

        volume_per_step: pL. seconds: pump time now. Raises ValueError where one is open, or for a kind of therapy, no
        steps, a pace above the mechanism's 1.2 mL/h, or an expiry that is not to come.
        """
        if self.kind != _NONE and seconds < self._expires and self.given < self.granted:
            raise ValueError("an allowance is open")
        if not doses.PRIME <= kind <= doses.BENCH_MOVE or steps < 1 or expires <= seconds:
            raise ValueError("allowance")
        if interval_ms * ceilings.MECHANISM_NL_PER_HOUR < volume_per_step * 3_600:
            raise ValueError("faster than the mechanism's ceiling")
        self.kind = kind
        self.granted = steps
        self.given = 0
        self._expires = expires
        self._interval_ms = interval_ms

    def end(self):
        """Take away what is left of it."""
        self.kind = _NONE

    def take(self, kind, seconds, now):
        """Use one step at this pump second and tick and return True, or return False. Allocates nothing."""
        if kind != self.kind or self.given >= self.granted or seconds >= self._expires:
            return False
        # A longer wait than an interval is an old due time seen across the half period of the ticks.
        if 0 < ticks.diff(self._due, now) <= self._waits_ms:
            return False
        self.given += 1
        self._waits_ms = self._interval_ms
        self._due = ticks.add(now, self._interval_ms)
        return True
