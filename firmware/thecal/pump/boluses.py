"""Boluses from request to end: one at a time, the higher one first, the lower one resumed (SR-07)."""

from thecal.tables import doses, events
from thecal.therapy import requests
from thecal.therapy.bolus import Bolus, steps_of_dose


class Boluses:
    """body: pump.body.Body. history: therapy.requests.GrantHistory over the ledger's storage."""

    def __init__(self, body, history, wake_delivery):
        self._body = body
        self._history = history
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
            reason, when = requests.answer_patient(
                body.prescription, steps, self._history, seconds, self.running(doses.PATIENT)
            )
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
        steps = self.steps(body.prescription.patient_dose)
        return requests.answer_patient(
            body.prescription, steps, self._history, body.clock.seconds, self.running(doses.PATIENT)
        )

    def start_scheduled(self, slot, now):
        """Start the scheduled bolus of a slot; returns GRANTED or the reason why it cannot run."""
        _, _, dose, duration_s = self._body.prescription.scheduled[slot]
        reason = self._body.bolus_block()
        if reason == doses.GRANTED and self.running(doses.SCHEDULED):
            reason = doses.BOLUS_RUNNING
        steps = self.steps(dose) if reason == doses.GRANTED else 0
        if reason == doses.GRANTED and steps < 1:
            reason = doses.TOO_SMALL
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
        body.ledger.bolus_granted[kind] = steps
        body.ledger.bolus_given[kind] = 0
        if not body.save_ledger() or not body.record(
            events.BOLUS_GRANTED, "<BBHII", kind, slot, steps, duration_s, dose
        ):
            body.ledger.bolus_granted[kind] = 0
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

    def forget(self, kind):
        """A bolus of that kind is over."""
        ledger = self._body.ledger
        ledger.bolus_granted[kind] = ledger.bolus_given[kind] = 0
        if kind == doses.PATIENT:
            ledger.last_bolus_end = self._history.last_end = self._body.clock.seconds
