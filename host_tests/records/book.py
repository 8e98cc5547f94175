"""A journal with a clock that tests turn, and a flash that loses its power at a chosen operation."""

from typing import Any

from thecal.records import journal, resume
from virtual_bench.results import journal_bytes
from virtual_bench.volume import MemoryVolume

EVENT = 7


class Clock:
    """The times that records carry."""

    def __init__(self, seconds: int = 0):
        self.seconds = seconds
        self.millis = 0
        self.quality = 1

    def wall(self) -> int:
        return 1_000 + self.seconds


class CutHere(BaseException):
    """The power is gone."""


class CutVolume(MemoryVolume):
    """The power goes at operation number cut_at (0: the next one), before it or, where is_after is set, right after."""

    def __init__(self, cut_at: int | None = None, is_after: bool = False):
        super().__init__()
        self.cut_at = cut_at
        self.is_after = is_after
        self.operations = 0

    def cut_in(self, operations: int, is_after: bool) -> None:
        """Let so many operations more happen, and cut in the next one."""
        self.cut_at = self.operations + operations
        self.is_after = is_after

    def write(self, path: str, data: bytes) -> None:
        self._operate(super().write, path, data)

    def append(self, path: str, data: bytes) -> None:
        self._operate(super().append, path, data)

    def remove(self, path: str) -> None:
        self._operate(super().remove, path)

    def _operate(self, act: Any, *arguments: Any) -> None:
        is_last = self.operations == self.cut_at
        if is_last and not self.is_after:
            raise CutHere
        act(*arguments)
        self.operations += 1
        if is_last:
            raise CutHere


def restarted(volume: Any, clock: Clock | None = None) -> journal.Journal:
    """The journal as the next boot finds it."""
    log = journal.Journal(volume, clock or Clock())
    resume.resume_journal(volume, log)
    return log


def add(log: journal.Journal, count: int) -> None:
    """Append so many records, each with its own number as payload and a second apart."""
    for _ in range(count):
        log._clock.seconds += 1
        assert log.add(EVENT, b"%d" % log.sequence)


def raw(volume: Any) -> bytes:
    """All records on the volume in order."""
    return journal_bytes(volume)
