"""What had happened and been promised at one moment: what a pump that boots after a cut there must agree with."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Truth:
    """The moment before a flash operation. Times in ms; counts point into the History.

    powered_ms: for which the pump had power. pump_ms: its own time. steps: that the motor was told to make. ahead:
    steps counted for earlier cuts that were never made. refilled_at: steps before the last refill. lockout_ms: that a
    patient must still wait. bolus: kinds of those that run and were answered. programs: compiled prescriptions of which
    one must be found. doing: the volume's call, the file, the state of the pump.
    """

    powered_ms: int = 0
    pump_ms: int = 0
    steps: int = 0
    ahead: int = 0
    records: int = 0
    answers: int = 0
    refilled_at: int = 0
    lockout_ms: int = 0
    bolus: tuple[int, ...] = ()
    is_stopped: bool = False
    is_commissioned: bool = False
    programs: tuple[bytes | None, ...] = (None,)
    doing: tuple[str, ...] = ()


class History:
    """What happened so far: times of steps and of answers (powered ms), and every record that was acknowledged.

    first: number of the first record in entries.
    """

    def __init__(self, first: int = 0, entries: Sequence[bytes] = ()):
        self.steps: list[int] = []
        self.answers: list[int] = []
        self.first = first
        self.entries = list(entries)

    def until(self, truth: Truth) -> "History":
        """A history that ends where that truth was noted."""
        before = History(self.first, self.entries[: truth.records - self.first])
        before.steps = self.steps[: truth.steps]
        before.answers = self.answers[: truth.answers]
        return before
