"""When each whole step of the background is due, with an exact remainder (SR-01).

A rate of D ng/day at C ng/mL and V pL/step is (D * 10^9 / C) pL/day, so in each ms it earns

    D * 10^9 / (C * V * 86.4 * 10^6) = earn / cost steps,  earn = 2500 * D,  cost = 216 * C * V

The minimum rate is a volume, 6 nL * 10^3 per day, and earns 15 * C of the same cost. With cost = whole * earn + rest,
the wait between two steps is whole or whole + 1 ms, and what it overshoots carries to the next wait: nothing is ever
rounded off, and all rates of a prescription share one cost, so the remainder carries over a change of rate as well.

earn passes 2^30, the end of small integers, so the step path holds earn, rest and overshoot in two limbs of 24 bits and
allocates nothing. A change of rate may allocate: it is recorded anyway.
"""

from micropython import const

from thecal.tables import ticks

_LIMB = const(24)
_BASE = const(0x1000000)


def cost_of_step(concentration, volume_per_step):
    """Cost of one step. concentration: ng/mL. volume_per_step: pL."""
    return 216 * concentration * volume_per_step


def earn_of_dose(rate):
    """What each ms earns at a rate in ng/day."""
    return 2500 * rate


def earn_of_minimum_rate(concentration):
    """What each ms earns at the minimum rate of 6 uL/day. concentration: ng/mL."""
    return 15 * concentration


def dose_of_earn(earn):
    """The rate in ng/day, rounded up, at which each ms earns so much."""
    return -(-earn // 2500)


class Background:
    """Due times of background steps. Times are ticks: ms modulo 2^30, under 2^29 ms apart."""

    def __init__(self, cost):
        self._cost = cost
        self._held = 0
        self._earn = 0
        self._whole = 0
        self._earn_high = self._earn_low = 0
        self._rest_high = self._rest_low = 0
        self._over_high = self._over_low = 0
        self.interval_ms = 0
        self.due = 0

    @property
    def running(self):
        """True while a step will become due."""
        return self._whole > 0

    def change_rate(self, at, earn):
        """From tick `at` on each ms earns `earn` (0: nothing); what was earned before is kept.

        `at` must not be later than the step that is due next.
        """
        held = self._earned(at)
        self._earn = earn
        self._held = held
        if not earn:
            self._whole = 0
            return
        # Not divmod: of integers past 2^30 it leaves even a small quotient a heap object, and each step would allocate.
        self._whole = self._cost // earn
        rest = self._cost % earn
        self._earn_high, self._earn_low = earn >> _LIMB, earn & (_BASE - 1)
        self._rest_high, self._rest_low = rest >> _LIMB, rest & (_BASE - 1)
        self._wait_for_rest_of_step(at, held)

    def advance(self):
        """The due step is taken: work out when the next one is due. Allocates nothing."""
        high = self._over_high - self._rest_high
        low = self._over_low - self._rest_low
        if low < 0:
            low += _BASE
            high -= 1
        interval = self._whole
        if high < 0:
            # The overshoot does not cover the rest: one ms more, which earns once more.
            interval += 1
            high += self._earn_high
            low += self._earn_low
            if low >= _BASE:
                low -= _BASE
                high += 1
        self._over_high = high
        self._over_low = low
        self.interval_ms = interval
        self.due = ticks.add(self.due, interval)

    def skip_until(self, now):
        """Drop the steps due up to now, keep the remainder, and return how many were dropped."""
        earned = self._earned(now)
        dropped = earned // self._cost
        held = earned % self._cost
        self._wait_for_rest_of_step(now, held)
        return dropped

    def _earned(self, at):
        # What has been earned towards the next step, in parts of cost.
        if not self._whole:
            return self._held
        before_due = ticks.diff(self.due, at)
        over = (self._over_high << _LIMB) + self._over_low
        return self._cost + over - before_due * self._earn

    def _wait_for_rest_of_step(self, at, held):
        missing = self._cost - held
        wait = -(-missing // self._earn)
        over = wait * self._earn - missing
        self._over_high, self._over_low = over >> _LIMB, over & (_BASE - 1)
        self.interval_ms = wait
        self.due = ticks.add(at, wait)
