"""A bolus in progress: a whole number of steps spread evenly over its duration, the last at its end."""

from micropython import const

from thecal.tables import ticks

# A late step is caught up while its lateness is at most this, or two of its intervals if that is longer (SR-09).
CATCH_UP_MS = const(5_000)


def steps_of_dose(dose, concentration, volume_per_step):
    """Whole steps of a dose, rounded down (SR-01). dose: ng. concentration: ng/mL. volume_per_step: pL."""
    return dose * 1_000_000_000 // (concentration * volume_per_step)


def dose_of_steps(steps, concentration, volume_per_step):
    """What steps hold in ng, rounded up; the units are those of steps_of_dose."""
    return -(-steps * concentration * volume_per_step // 1_000_000_000)


class Bolus:
    """kind: tables.doses. steps: granted, at least 1. duration_ms: of the whole bolus. now: tick of its start."""

    def __init__(self, kind, steps, duration_ms, now):
        self.kind = kind
        self.granted = steps
        self.given = 0
        self._whole, self._rest = divmod(duration_ms, steps)
        self._over = 0
        self._left_ms = 0
        self.catch_up_ms = max(CATCH_UP_MS, 2 * (self._whole + 1))
        self.due = now
        self._next()

    @property
    def done(self):
        """True once every granted step was given."""
        return self.given >= self.granted

    def advance(self):
        """The due step was given (or dropped): set the next due time."""
        self.given += 1
        self._next()

    def ms_to_end(self, now):
        """ms until its last step, to within 1 ms a step, while nothing suspends it."""
        return max(ticks.diff(self.due, now), 0) + (self.granted - self.given - 1) * self._whole

    def suspend(self, now):
        """Keep the wait that is left until resume()."""
        self._left_ms = max(ticks.diff(self.due, now), 0)

    def resume(self, now):
        """Go on where suspend() left off; the steps already given stay given."""
        self.due = ticks.add(now, self._left_ms)

    def _next(self):
        wait = self._whole
        self._over += self._rest
        if self._over >= self.granted:
            self._over -= self.granted
            wait += 1
        self.due = ticks.add(self.due, wait)
