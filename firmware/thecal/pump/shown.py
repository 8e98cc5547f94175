"""What a display shows of the pump: the facade's part for boards that have one, and loaded on those alone."""

from micropython import const

from thecal.tables import doses

RUNNING = const(0)
STOPPED = const(1)
MINIMUM_RATE = const(2)
BOLUS = const(3)
NOTHING_PRESCRIBED = const(4)


class Shown:
    """body, boluses, delivery, monitor: of this room."""

    def __init__(self, body, boluses, delivery, monitor):
        self._body = body
        self._boluses = boluses
        self._delivery = delivery
        self._monitor = monitor

    def motor_runs(self):
        """True from the start of a train until it was witnessed."""
        return self._delivery.in_flight

    def now_s(self):
        """Local s since 2020-01-01; pump s where the time of day is unknown."""
        return self._body.clock.wall() or self._body.clock.seconds

    def minute_of_day(self):
        """Of the wall, -1 where the time of day is unknown."""
        return self._body.clock.minute_of_day()

    def alarm(self):
        """Number of the alarm with the highest priority, -1 none."""
        return self._body.alarms.first()

    def state(self):
        """What the pump does, one of the states above. Allocates nothing."""
        body = self._body
        if body.holds:
            return STOPPED
        if body.plan.bolus is not None:
            return BOLUS
        if body.is_reduced or body.prescription.mode == doses.MINIMUM_RATE:
            return MINIMUM_RATE
        return NOTHING_PRESCRIBED if body.prescription.mode == doses.STOPPED else RUNNING

    def bolus_percent(self):
        """Of the bolus in progress, 0 where there is none."""
        bolus = None if self._body.plan is None else self._body.plan.bolus
        return 0 if bolus is None else bolus.given * 100 // bolus.granted

    def next_bolus(self):
        """(reason, s from now) of a patient's request: GRANTED and 0 where it would be granted, and -1 where nobody can
        say when, or never."""
        reason, when = self._boluses.next_patient()
        if reason == doses.GRANTED:
            return reason, 0
        return reason, -1 if when == doses.NEVER else max(when - self._body.clock.seconds, 0)

    def last_bolus(self):
        """(volume in nL, powered s since its end) of the last patient's bolus that is over, (0, 0) without one."""
        body = self._body
        ledger = body.ledger
        if not ledger.last_bolus_end or self._boluses.running(doses.PATIENT):
            return 0, 0
        steps = ledger.commanded[doses.PATIENT] - ledger.bolus_from[doses.PATIENT]
        return steps * body.volume_per_step // 1000, body.clock.seconds - ledger.last_bolus_end

    def reservoir_nl(self):
        """The lower of counted and measured volume, 0 where it was never filled."""
        reservoir = self._monitor.reservoir
        counted, measured = reservoir.computed_nl(), reservoir.measured() * 10_000
        return max(counted if measured < 0 else min(counted, measured), 0)
