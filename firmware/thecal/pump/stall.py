"""A stalled motor: the alarm, and a bounded number of tries at growing intervals (SR-20).

A try lets the background go on for up to four of its own steps, through gate, mark and ledger like any other. It gives
nothing that is not due then: what was due while the pump stood is dropped. One step that the witness confirms ends the
stall; otherwise delivery is held again. Boluses wait, and a prescription without a background is not tried at all.

What speaks for a stall and how often it was tried go on over a reset: they are kept with the mark (ledger.stall).
"""

from micropython import const

from thecal.tables import alarms, doses, events

# After 1, 5 and 15 minutes: a choice for the bench; together they cost at most 3 uL against a line that stays blocked.
_WAITS_S = (60, 300, 900)
_STEPS = const(4)
_NONE = const(-1)


class Stall:
    """body: of this room. check: safety.rotation_check."""

    def __init__(self, body, check):
        self._body = body
        self._check = check
        self._due_s = 0
        self._steps = 0
        self._is_proven = False

    def step_over(self, confirmed):
        """A step was given and this many were confirmed. Allocates nothing without a change."""
        body = self._body
        stall = body.ledger.stall
        stall[0] = 0 if confirmed else stall[0] + 1
        if confirmed and not self._is_proven:
            # Or the next boot would count once more what this one found on flash.
            self._is_proven = True
            body.mark.counted = _NONE
            body.save_ledger()
        if body.alarms.retried != _NONE:
            self._steps += 1
            if confirmed or self._steps == _STEPS:
                self._end_try(confirmed)
        elif self._check.stalled:
            # Anew, so that a motor that turns again is not blamed for what is told already.
            self._check.clear()
            stall[0] = 0
            self._due_s = 0
            body.alarms.set(alarms.MOTOR_STALL, True)
        elif stall[1] and self._check.steady:
            stall[1] = 0

    def update(self):
        """Try again where it is time, once a minute. Allocates nothing without a change."""
        body = self._body
        stall = body.ledger.stall
        is_idle = body.alarms.retried == _NONE and stall[1] < len(_WAITS_S)
        if not is_idle or not body.alarms.present(alarms.MOTOR_STALL) or body.prescription is None:
            return
        if body.prescription.mode in (doses.STOPPED, doses.BOLUS_ONLY):
            return
        seconds = body.clock.seconds
        if not self._due_s:
            self._due_s = seconds + _WAITS_S[stall[1]]
        elif seconds >= self._due_s:
            stall[1] += 1
            self._due_s = 0
            self._steps = 0
            # On flash before its first step, with what follow_alarms() saves: a reset ends a try and gives none anew.
            body.mark.counted = _NONE
            body.alarms.retried = alarms.MOTOR_STALL
            body.follow_alarms()

    def acknowledged(self):
        """An operator has looked into it: as many tries as at first."""
        body = self._body
        body.ledger.stall[0] = body.ledger.stall[1] = 0
        body.mark.counted = _NONE
        self._due_s = 0
        body.alarms.retried = _NONE

    def _end_try(self, confirmed):
        body = self._body
        body.alarms.retried = _NONE
        body.record(events.STALL_RETRIED, "<BBHI", body.ledger.stall[1], 0, confirmed, self._steps)
        self._check.clear()
        body.ledger.stall[0] = 0
        if confirmed:
            body.alarms.set(alarms.MOTOR_STALL, False)
        else:
            body.follow_alarms()
