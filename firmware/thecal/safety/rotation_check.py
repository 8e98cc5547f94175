"""Compares commanded steps with the rotation witness: confirmed steps, standstill, lost steps, and motion too much.

A witness gives edges with or without their direction; counts below zero went backwards. A step that gives more edges
than it can have is no proof of itself: the rotor may have sprung forth and back. It is counted as not confirmed, and
all its edges as motion, each on the safe side.
"""

from micropython import const

# No confirmed motion after this volume was commanded is a stall (SR-19).
_STALL_NL = const(5_000)
# Lost steps and excess are judged over the last 20 uL, against 2 uL, which is also its tenth part (SR-19, SR-21).
_WINDOW_NL = const(20_000)
_APART_NL = const(2_000)
_UNPROVEN = const(128)
_MOST_STEPS = const(127)


class RotationCheck:
    """steps_per_turn, counts_per_turn: of the motor and of the witness. All sums are in steps.

    stalled: 5 uL were commanded and nothing turned. slips: it turns, and too much of the last 20 uL is not confirmed.
    runs_away: it turned too far in the last 20 uL, or while nothing was commanded.
    """

    def __init__(self, steps_per_turn, counts_per_turn):
        self._steps_per_turn = steps_per_turn
        self._counts_per_turn = counts_per_turn
        self._most_counts = -(-counts_per_turn // steps_per_turn)
        self._stall_steps = 0
        self._apart = 0
        self._window = bytearray(0)
        self.clear()

    def calibrated(self, volume_per_step):
        """volume_per_step: pL; from now on the limits are known."""
        self._stall_steps = _STALL_NL * 1000 // volume_per_step
        self._apart = _APART_NL * 1000 // volume_per_step
        # Of each of the last steps: how many it turned, and whether that is no proof.
        self._window = bytearray(_WINDOW_NL * 1000 // volume_per_step)
        self.clear()

    def clear(self):
        """Start anew, after an operator has acknowledged or a stall was found."""
        self._remainder = 0
        self._still = 0
        self._steps = 0
        self._at = 0
        self._turned = 0
        self._confirmed = 0
        self._at_rest = 0

    def take_up(self, unmoved):
        """Go on after a reset: the last steps before it, so many, were not confirmed. A stall needs as many new ones as
        one count takes, as this boot has seen none yet."""
        per_count = -(-self._steps_per_turn // self._counts_per_turn)
        self._still = min(unmoved, self._stall_steps - per_count)

    @property
    def stalled(self):
        return 0 < self._stall_steps <= self._still

    @property
    def slips(self):
        return self._still == 0 and self._steps - self._confirmed > self._apart

    @property
    def runs_away(self):
        if not self._apart:
            return False
        at_rest = self._at_rest * self._steps_per_turn // self._counts_per_turn
        return self._turned - self._steps > self._apart or at_rest >= self._apart

    @property
    def steady(self):
        """True where the whole of the last 20 uL was confirmed."""
        return self._steps == self._confirmed and self._steps == len(self._window)

    def step_over(self, counts):
        """Take the counts of one step; returns the whole steps they confirm. Allocates nothing."""
        self._remainder += counts * self._steps_per_turn
        # What it turned back must be made up before anything is confirmed again.
        turned = max(self._remainder // self._counts_per_turn, 0)
        self._remainder -= turned * self._counts_per_turn
        turned = min(turned, _MOST_STEPS)
        confirmed = turned if counts <= self._most_counts else 0
        self._still = 0 if confirmed else self._still + 1
        if self._window:
            self._remember(turned, confirmed)
        return confirmed

    def moved_at_rest(self, counts):
        """Take counts that came while nothing was commanded, either way. Allocates nothing."""
        self._at_rest += abs(counts)

    def _remember(self, turned, confirmed):
        window = self._window
        if self._steps < len(window):
            self._steps += 1
        else:
            oldest = window[self._at]
            self._turned -= oldest & ~_UNPROVEN
            if oldest < _UNPROVEN:
                self._confirmed -= oldest
        window[self._at] = turned if turned == confirmed else turned | _UNPROVEN
        self._turned += turned
        self._confirmed += confirmed
        self._at += 1
        if self._at == len(window):
            self._at = 0
            # A rare count at rest, of a knock, is forgotten with the steps beside it.
            self._at_rest = 0
