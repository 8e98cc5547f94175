"""Compares commanded steps with the rotation witness; counts confirmed steps and finds a motor that stands still."""

from micropython import const

# No confirmed motion after this volume was commanded is a stall (SR-19).
_STALL_NL = const(5_000)


class RotationCheck:
    """steps_per_turn, counts_per_turn: of the motor and of the witness."""

    def __init__(self, steps_per_turn, counts_per_turn):
        self._steps_per_turn = steps_per_turn
        self._counts_per_turn = counts_per_turn
        self._stall_steps = 0
        self._remainder = 0
        self._still = 0

    @property
    def stalled(self):
        """True once 5 uL were commanded and nothing turned."""
        return 0 < self._stall_steps <= self._still

    def calibrated(self, volume_per_step):
        """volume_per_step: pL; from now on a stall is known."""
        self._stall_steps = _STALL_NL * 1000 // volume_per_step

    def clear(self):
        """Start anew, after an operator has acknowledged a stall."""
        self._still = 0

    def train_over(self, steps, counts):
        """Take the counts of one train of `steps`; returns the whole steps they confirm. Allocates nothing."""
        if counts:
            self._still = 0
        else:
            self._still += steps
        self._remainder += counts * self._steps_per_turn
        confirmed = self._remainder // self._counts_per_turn
        self._remainder -= confirmed * self._counts_per_turn
        return confirmed
