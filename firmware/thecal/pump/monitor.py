"""The monitor task: reservoir by both witnesses, time without therapy. Alarms follow from what it sees."""

from micropython import const

from thecal.tables import alarms

_EVERY_MS = const(60_000)
_STOPPED_LONG_S = const(172_800)


class Monitor:
    """body: of this room. level: drivers' level sensor. check: safety.reservoir_check.ReservoirCheck."""

    def __init__(self, body, level, check, empty_reading, full_reading, reservoir_ul):
        self._body = body
        self._level = level
        self._check = check
        self._empty_reading = empty_reading
        self._span = full_reading - empty_reading
        self._reservoir_10ul = reservoir_ul // 10
        self._stopped_since = -1
        self._reading = -1

    def run(self, now):
        """Task body, once a minute; allocates nothing while nothing changes."""
        reading = self._level.read()
        # A first-order filter over about eight minutes: the sensor's noise is far faster than any delivery.
        self._reading = reading if self._reading < 0 else (7 * self._reading + reading + 4) // 8
        self._reservoir()
        self._stopped_long()
        self._body.alarms.escalate(self._body.clock.seconds)
        return _EVERY_MS

    def measured(self):
        """Reservoir volume by the level sensor in 10 uL, -1 before the first reading."""
        if self._reading < 0:
            return -1
        above = min(max(self._reading - self._empty_reading, 0), self._span)
        return above * self._reservoir_10ul // self._span

    def computed_nl(self):
        """Reservoir volume by counted steps in nL, negative where more was counted than was filled in."""
        body = self._body
        steps = body.ledger.since_refill
        # Split, so that the products stay small integers.
        volume = body.volume_per_step
        return body.ledger.reservoir_set_nl - steps * (volume // 1000) - steps * (volume % 1000) // 1000

    def prescribed(self, prescription):
        """Take over the level of the low-reservoir warning."""
        self._check.low_nl = prescription.low_reservoir_ul * 1000

    def refilled(self):
        """The reservoir was filled: forget the readings of before."""
        self._reading = -1

    def _reservoir(self):
        body = self._body
        if body.prescription is None or not body.ledger.reservoir_set_nl:
            return
        self._check.update(self.computed_nl(), self.measured() * 10_000)
        body.alarms.set(alarms.RESERVOIR_LOW, self._check.low)
        body.alarms.set(alarms.RESERVOIR_EMPTY, self._check.empty)

    def _stopped_long(self):
        body = self._body
        if body.running:
            self._stopped_since = -1
        elif self._stopped_since < 0:
            self._stopped_since = body.clock.seconds
        stopped = self._stopped_since >= 0 and body.clock.seconds - self._stopped_since > _STOPPED_LONG_S
        body.alarms.set(alarms.STOPPED_LONG, stopped)
