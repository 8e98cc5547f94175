"""The way of one dose, from what is due to what was witnessed. Read Delivery.run from top to bottom."""

from micropython import const

from thecal.tables import alarms, doses, events, ticks

# A safety task must come back at least this often, whether a step is due or not.
_LONGEST_WAIT_MS = const(3_600_000)
_NOTHING = const(-1)


class Delivery:
    """The task that gives steps, one train after another.

    body, boluses, stall, line: of this room. train: drivers' step train. rotation: callable, witness counts modulo
    2^30. check: safety.rotation_check. period_us: of steps inside a train.
    """

    def __init__(self, body, boluses, train, rotation, check, period_us, stall, line):
        self._body = body
        self._boluses = boluses
        self._train = train
        self._rotation = rotation
        self._check = check
        self._period_us = period_us
        self._stall = stall
        self._line = line
        self._in_flight = _NOTHING
        self._counts = rotation()
        self.gate_refusals = 0

    def run(self, now):
        """Task body: give the step that is due and say how many ms until the next may be."""
        body = self._body
        if self._in_flight != _NOTHING:
            if self._train.busy():
                return 1
            self._witness(now)
        if body.holds or body.plan is None:
            return _LONGEST_WAIT_MS
        self._drop_what_is_too_late(now)
        wait = body.plan.next_due_in(now, _LONGEST_WAIT_MS)
        if wait > 0:
            return wait
        self.look_at_rest()
        if body.holds:
            return _LONGEST_WAIT_MS
        kind = body.plan.due_kind(now)
        if not body.gate.grant(body.clock.seconds, kind, now):
            self._refused_by_gate(kind, now)
            return 0
        self._reserve(kind)
        # Counted first: whatever fails from here on, the step may have been given, and the motor is cut.
        self._commanded(kind, now)
        return self._train.start(1, self._period_us)

    def stop_motor(self):
        """Cut the motor now, in the middle of a train too. The step in flight stays counted as given."""
        if self._in_flight != _NOTHING:
            self._train.abort()
            self._train.arm()

    @property
    def in_flight(self):
        """True from the start of a train until it was witnessed."""
        return self._in_flight != _NOTHING

    def look_at_rest(self):
        """Find motion that nobody commanded, and power where no train runs; not to be called while one does.
        Allocates nothing while nothing changes."""
        counts = self._rotation()
        if counts != self._counts:
            self._check.moved_at_rest(ticks.diff(counts, self._counts))
            self._counts = counts
        self._look_at_motor()

    def acknowledged(self):
        """An operator has looked into it: whatever the motor did counts no more."""
        self._check.clear()
        self._train.tripped = False
        self._stall.acknowledged()
        self._line.acknowledged()

    def _look_at_motor(self):
        body = self._body
        if self._train.tripped or self._check.runs_away:
            body.alarms.set(alarms.RUNAWAY, True)
        body.alarms.set(alarms.MOTOR_POWER, not self._train.is_off())

    def _reserve(self, kind):
        body = self._body
        try:
            body.mark.reserve()
        except OSError:
            # The background goes on without its mark, because withdrawal harms too; boluses are blocked by the alarm.
            body.mark.total += 1
            body.mark.committed = body.mark.total
            body.alarms.set(alarms.RECORDS_FAILING, True)
        body.ledger.reserved[kind] += 1

    def _commanded(self, kind, now):
        body = self._body
        self._in_flight = kind
        body.ledger.commanded[kind] += 1
        body.ledger.since_refill += 1
        body.plan.given(kind, now)

    def _witness(self, now):
        kind = self._in_flight
        self._in_flight = _NOTHING
        counts = self._rotation()
        confirmed = self._check.step_over(ticks.diff(counts, self._counts))
        self._counts = counts
        body = self._body
        body.ledger.confirmed[kind] += confirmed
        if kind != doses.BACKGROUND and body.plan.bolus is not None and body.plan.bolus.kind == kind:
            self._boluses.step_given(now)
        if self._check.slips:
            body.alarms.set(alarms.MOTOR_SLIP, True)
        self._stall.step_over(confirmed)
        self._look_at_motor()
        self._line.step_over()

    def _drop_what_is_too_late(self, now):
        plan = self._body.plan
        dropped = plan.too_late_background(now)
        if dropped:
            self._record_dropped(doses.BACKGROUND, dropped)
        if plan.too_late_bolus(now):
            self._record_dropped(plan.bolus.kind, plan.bolus.granted - plan.bolus.given)
            self._boluses.end(doses.STOPPED_EARLY, now)

    def _record_dropped(self, kind, steps):
        self._body.record(events.STEPS_DROPPED, "<BBHI", kind, 0, 0, steps)
        self._body.alarms.set(alarms.DOSES_MISSED, True)
        self._body.alarms.set(alarms.DOSES_MISSED, False)

    def _refused_by_gate(self, kind, now):
        body = self._body
        self.gate_refusals += 1
        if not body.alarms.present(alarms.GATE_LIMIT):
            hours, counted, limit = body.gate.refused()
            body.record(events.GATE_REFUSED, "<BBHII", kind, hours, 0, counted, limit)
            body.alarms.set(alarms.GATE_LIMIT, True)
        if kind == doses.BACKGROUND:
            # The step is dropped, not kept for later: nothing is made up (SR-09).
            body.plan.refuse_background()
        else:
            self._boluses.end(doses.STOPPED_EARLY, now)
