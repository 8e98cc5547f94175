"""What is due now, and of which dose: background plus at most one bolus, with others suspended below it.

Pure: time is an argument, in ticks. Nothing here knows the gate, the motor or the records.
"""

from thecal.tables import doses, ticks
from thecal.therapy.background import Background, cost_of_step
from thecal.therapy.bolus import CATCH_UP_MS
from thecal.therapy.pace import Pace

NOTHING = -1


class TherapyPlan:
    """concentration: ng/mL. volume_per_step: pL."""

    def __init__(self, concentration, volume_per_step):
        self.background = Background(cost_of_step(concentration, volume_per_step))
        self._pace = Pace(volume_per_step)
        self.bolus = None
        self.suspended = []

    def next_due_in(self, now, longest):
        """ms until the next step may be given, 0 or less if it may now; at most `longest`. Allocates nothing."""
        wait = longest
        if self.background.running:
            wait = min(wait, ticks.diff(self.background.due, now))
        if self.bolus is not None:
            wait = min(wait, ticks.diff(self.bolus.due, now))
        return max(wait, self._pace.wait(now))

    def due_kind(self, now):
        """The dose kind of the step due first, or NOTHING. Allocates nothing."""
        kind = NOTHING
        lateness = -1
        if self.background.running:
            lateness = ticks.diff(now, self.background.due)
            if lateness >= 0:
                kind = doses.BACKGROUND
        if (
            self.bolus is not None
            and ticks.diff(now, self.bolus.due) >= 0
            and ticks.diff(now, self.bolus.due) > lateness
        ):
            kind = self.bolus.kind
        return kind

    def given(self, kind, now):
        """The step due first is given now: go on to the next one. Allocates nothing."""
        self._pace.step(now)
        if kind == doses.BACKGROUND:
            self.background.advance()
        else:
            self.bolus.advance()

    def refuse_background(self):
        """The background step due first is dropped by the gate; it is not made up."""
        self.background.advance()

    def too_late_background(self, now):
        """Drop background steps that are later than may be caught up; returns how many."""
        late = self.background
        if not late.running:
            return 0
        lateness = ticks.diff(now, late.due)
        if lateness <= CATCH_UP_MS or lateness <= 2 * late.interval_ms:
            return 0
        return late.skip_until(now)

    def too_late_bolus(self, now):
        """True where the bolus in progress is later than may be caught up; its rest is then dropped by the caller."""
        return self.bolus is not None and ticks.diff(now, self.bolus.due) > self.bolus.catch_up_ms

    def begin(self, bolus, now):
        """Start a bolus. One of lower precedence that is in progress is suspended, a higher one goes first.

        Returns the bolus that is suspended by this, which may be the new one, or None.
        """
        current = self.bolus
        if current is None:
            self.bolus = bolus
            return None
        if PRECEDENCE[bolus.kind] > PRECEDENCE[current.kind]:
            loser, self.bolus = current, bolus
        else:
            loser = bolus
        loser.suspend(now)
        self.suspended.append(loser)
        return loser

    def end(self, now):
        """Take the bolus in progress away and resume the one suspended last. Returns the resumed one or None."""
        self.bolus = None
        if not self.suspended:
            return None
        highest = self.suspended[0]
        for candidate in self.suspended:
            if PRECEDENCE[candidate.kind] > PRECEDENCE[highest.kind]:
                highest = candidate
        self.suspended.remove(highest)
        highest.resume(now)
        self.bolus = highest
        return highest


# By dose kind: patient over clinician over schedule (SR-07). Stop and fault response end every bolus before this
# counts.
PRECEDENCE = (0, 1, 3, 2, 4, 4)
