"""The monitor task: once a minute it looks at all that no other task would notice, and at alarms that wait."""

from micropython import const

from thecal.tables import alarms, doses

_EVERY_MS = const(60_000)
# A train is over by then; readings with the motor powered would be wrong.
_SOON_MS = const(50)
_STOPPED_LONG_S = const(172_800)


class Monitor:
    """body, delivery, reservoir, supply, line, stall: of this room."""

    def __init__(self, body, delivery, reservoir, supply, line, stall):
        self._body = body
        self._delivery = delivery
        self.reservoir = reservoir
        self._supply = supply
        self._line = line
        self._stall = stall
        self._commanded = -1
        self._moved_s = 0

    def run(self, now):
        """Task body; allocates nothing while nothing changes."""
        if self._delivery.in_flight:
            return _SOON_MS
        self._delivery.look_at_rest()
        self.reservoir.update()
        self._supply.update()
        self._line.update()
        self._stall.update()
        self._stopped_long()
        self._body.alarms.escalate(self._body.clock.seconds)
        return _EVERY_MS

    def parked_s(self):
        """Powered seconds since the tube has last moved; after a reset up to an hour less."""
        return self._body.clock.seconds - (self._moved_s or self._body.ledger.moved_s)

    def _stopped_long(self):
        body = self._body
        commanded = sum(body.ledger.commanded)
        if commanded != self._commanded:
            if self._commanded >= 0:
                self._moved_s = body.clock.seconds
            self._commanded = commanded
        # The minimum rate keeps the tube moving; a programme that gives nothing does not.
        stopped = body.holds or (body.prescription is not None and body.prescription.mode == doses.STOPPED)
        body.alarms.set(alarms.STOPPED_LONG, bool(stopped) and self.parked_s() > _STOPPED_LONG_S)
