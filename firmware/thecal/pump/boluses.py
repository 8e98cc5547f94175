"""Boluses from request to end: one at a time, the higher one first, the lower one resumed (SR-07)."""

from micropython import const

from thecal.tables import alarms, doses, events
from thecal.therapy import requests
from thecal.therapy.bolus import Bolus, dose_of_steps, steps_of_dose

# A bolus is over so long after its duration at the latest: its first and its last second are not whole ones.
_LATE_S = const(2)


class Boluses:
    """body: pump.body.Body. history: therapy.requests.GrantHistory over the ledger's storage.

    given: records.dose_history.DoseHistory.
    """

    def __init__(self, body, history, given, wake_delivery):
        self._body = body
        self._history = history
        self._given = given
        self._wake_delivery = wake_delivery

    def ask_patient(self, now):
        """Grant or refuse a patient's request: (reason, pump second from which it no longer binds, or NEVER)."""
        body = self._body
        seconds = body.clock.seconds
        reason = body.bolus_block()
        steps = 0
        if body.prescription is not None:
            steps = self.steps(body.prescription.patient_dose)
        when = doses.NEVER
        if reason == doses.GRANTED:
            reason, when = self._answer_patient(steps)
        if reason != doses.GRANTED:
            body.record(events.REFUSED, "<BBHI", doses.PATIENT, reason, steps, when)
            return reason, when
        self._history.granted(seconds)
        prescription = body.prescription
        reason = self.grant(doses.PATIENT, 0, steps, prescription.patient_duration_s, prescription.patient_dose, now)
        if reason != doses.GRANTED:
            self._history.take_back(seconds)
        return reason, seconds

    def next_patient(self):
        """(reason, pump second) that a patient's request would get now; changes and records nothing."""
        body = self._body
        reason = body.bolus_block()
        if reason != doses.GRANTED:
            return reason, doses.NEVER
        return self._answer_patient(self.steps(body.prescription.patient_dose))

    def _answer_patient(self, steps):
        body = self._body
        prescription = body.prescription
        reason, when = requests.answer_patient(
            prescription, steps, self._history, body.clock.seconds, self.running(doses.PATIENT)
        )
        limits = (prescription.limit_1h, prescription.limit_24h)
        return self.within(limits, steps, prescription.patient_duration_s, 0, reason, when)

    def within(self, limits, steps, duration_s, start, reason, when):
        """The more limiting of a reason found before and of the limits: (reason, pump second, or NEVER).

        limits: ng in (1 h, 24 h). start: pump second at which the bolus begins at the earliest, once it is granted.
        """
        if when == doses.NEVER:
            return reason, when
        # Loaded when it is first asked for.
        from thecal.therapy import admission

        body = self._body
        clock, prescription = body.clock, body.prescription
        when = max(when, clock.seconds)
        if self._given.known_from > when:
            reason, when = doses.HISTORY_UNKNOWN, self._given.known_from
        span = max(start - clock.seconds, 0) + duration_s + _LATE_S
        bolus = (self._dose(steps), span, body.volume_per_step)
        now = (clock.seconds, clock.wall(), clock.weekday())
        limit, free = admission.first_free(prescription, self._given, now, body.ledger.slot_days, bolus, limits, when)
        return (limit, free) if limit != doses.GRANTED else (reason, when)

    def free_from(self):
        """The pump second at which the last bolus in progress is over at the latest; 0 where none is."""
        return self._given.latest_end()

    def follow_history(self):
        """Show whether boluses are locked because what was given in the last 24 h is unknown. Allocates nothing while
        nothing changes."""
        self._body.alarms.set(alarms.HISTORY_UNKNOWN, self._given.known_from > self._body.clock.seconds)

    def background_is(self, rate):
        """The background is planned at this rate in ng/day from now on."""
        if self._given.rate_is(rate):
            self.save_given()

    def start_scheduled(self, slot, now):
        """Start the scheduled bolus of a slot; returns GRANTED or the reason why it cannot run."""
        prescription = self._body.prescription
        _, _, dose, duration_s = prescription.scheduled[slot]
        reason = self._body.bolus_block()
        if reason == doses.GRANTED and self.running(doses.SCHEDULED):
            reason = doses.BOLUS_RUNNING
        steps = self.steps(dose) if reason == doses.GRANTED else 0
        if reason == doses.GRANTED and steps < 1:
            reason = doses.TOO_SMALL
        if reason == doses.GRANTED:
            limits = (prescription.limit_1h, prescription.limit_24h)
            reason, _ = self.within(limits, steps, duration_s, self.free_from(), reason, 0)
        if reason == doses.GRANTED:
            reason = self.grant(doses.SCHEDULED, slot, steps, duration_s, dose, now)
        return reason

    def step_given(self, now):
        """A step of the bolus in progress was given; ends the bolus after its last one."""
        bolus = self._body.plan.bolus
        self._body.ledger.bolus_given[bolus.kind] = bolus.given
        if bolus.done:
            self.end(doses.COMPLETED, now)

    def end(self, outcome, now):
        """End the bolus in progress and resume the one suspended last."""
        plan = self._body.plan
        self._close(plan.bolus, outcome)
        resumed = plan.end(now)
        if resumed is not None:
            self._body.record(events.BOLUS_RESUMED, "<BBHH", resumed.kind, 0, resumed.given, resumed.granted)
            if resumed.done:
                # It was suspended while its last step was in flight.
                self.end(doses.COMPLETED, now)
                return
        self._body.save_ledger()

    def end_all(self, outcome):
        """End the bolus in progress and every suspended one."""
        plan = self._body.plan
        if plan is None:
            return
        for bolus in [plan.bolus] + plan.suspended:
            if bolus is not None:
                self._close(bolus, outcome)
        plan.bolus = None
        plan.suspended = []

    def steps(self, dose):
        """Whole steps of a dose in ng under the present prescription."""
        return steps_of_dose(dose, self._body.prescription.concentration, self._body.volume_per_step)

    def running(self, kind):
        """True while a bolus of that kind is being given or is suspended."""
        return self._body.ledger.bolus_granted[kind] > 0

    def grant(self, kind, slot, steps, duration_s, dose, now):
        """Begin a bolus that was admitted: GRANTED, or RECORDS_FAILING where that cannot be recorded.

        The grant is safe on flash before anybody is told yes and before anything moves.
        """
        body = self._body
        bolus = Bolus(kind, steps, duration_s * 1000, now)
        ledger = body.ledger
        ledger.bolus_granted[kind] = steps
        ledger.bolus_given[kind] = 0
        ledger.bolus_from[kind] = ledger.commanded[kind]
        start = 0 if kind == doses.PATIENT else self.free_from()
        end = max(start, body.clock.seconds) + duration_s + _LATE_S
        self._given.begin(kind, end, self._dose(steps), duration_s)
        # Says after a cut between the two that the record is missing.
        ledger.granting = slot * doses.KINDS + kind + 1
        is_saved = self.save_given() and body.save_ledger()
        ledger.granting = 0
        if not is_saved or not body.record(events.BOLUS_GRANTED, "<BBHII", kind, slot, steps, duration_s, dose):
            ledger.bolus_granted[kind] = 0
            self._given.end(kind, 0)
            return doses.RECORDS_FAILING
        suspended = body.plan.begin(bolus, now)
        if suspended is not None:
            body.record(
                events.BOLUS_SUSPENDED,
                "<BBHH",
                suspended.kind,
                body.plan.bolus.kind,
                suspended.given,
                suspended.granted,
            )
        self._wake_delivery()
        return doses.GRANTED

    def _close(self, bolus, outcome):
        self._body.record(events.BOLUS_ENDED, "<BBHH", bolus.kind, outcome, bolus.given, bolus.granted)
        self.forget(bolus.kind)
        self._given.end(bolus.kind, self._dose(bolus.given))
        self.save_given()

    def _dose(self, steps):
        body = self._body
        return dose_of_steps(steps, body.prescription.concentration, body.volume_per_step)

    def save_given(self):
        """Write the history of doses; a volume that fails raises the alarm. True where it is safe."""
        try:
            self._given.save()
        except OSError:
            self._body.alarms.set(alarms.RECORDS_FAILING, True)
            return False
        return True

    def forget(self, kind):
        """A bolus of that kind is over."""
        ledger = self._body.ledger
        ledger.bolus_granted[kind] = ledger.bolus_given[kind] = 0
        if kind == doses.PATIENT:
            ledger.last_bolus_end = self._history.last_end = self._body.clock.seconds
