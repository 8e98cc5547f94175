"""Cuts the power of a recorded pump at chosen flash operations, with the last one torn or not, and looks what boots."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from power_cut.aftermath import Aftermath
from power_cut.recorder import Recorder
from power_cut.truth import History, Truth
from thecal_tools.littlefs_flash import WAYS, NorFlash, apply, tear

# How a cut is made: before the operation, or in it, which is then torn in one of WAYS.
CLEAN = -1
EVERY_WAY = (CLEAN, *WAYS)
# By operation: in which ways it is cut.
Chosen = Mapping[int, tuple[int, ...]]


@dataclass
class Walked:
    """points: cuts that were made, each with a boot. findings: what was wrong, with the cuts that it was seen at."""

    points: int = 0
    findings: dict[str, list[str]] = field(default_factory=dict)

    def add(self, where: str, found: Iterable[str]) -> None:
        self.points += 1
        for text in found:
            # One line for all cuts that differ by nothing but numbers.
            self.findings.setdefault(re.sub(r"\d+", "#", text), []).append(f"{where}: {text}")

    def __str__(self) -> str:
        lines = [f"{len(cuts)} × {cuts[0]}" for cuts in self.findings.values()]
        return "\n".join([f"power cut at {self.points} points: {len(lines) or 'no'} kinds of finding", *lines])


@dataclass(frozen=True)
class Cut:
    """One flash, as a cut left it, and the truth of that moment."""

    number: int
    way: int
    blocks: list[bytes]
    truth: Truth
    history: History

    def __str__(self) -> str:
        how = "before" if self.way == CLEAN else f"in (torn, way {self.way})"
        return f"cut {how} operation {self.number} ({' '.join(self.truth.doing)})"

    def outcome(self, goes_on: bool) -> Iterator[str]:
        """What is wrong after it."""
        try:
            yield from Aftermath(list(self.blocks), self.truth, self.history).disagreements(goes_on)
        except Exception as error:
            yield f"{type(error).__name__}: {error}"


def cuts(recorder: Recorder, chosen: Chosen) -> Iterator[Cut]:
    """Every chosen cut. chosen: by operation, in which ways; one past the last is the end of the recording."""
    blocks = list(recorder.first_blocks)
    for number, (operation, truth) in enumerate(recorder.notes):
        for way in chosen.get(number, ()):
            left = list(blocks)
            if way != CLEAN:
                tear(left, operation, way, seed=number)
            yield Cut(number, way, left, truth, recorder.history)
        apply(blocks, operation)
    assert blocks == recorder.flash.blocks, "the operations that were recorded do not make the flash that is there"
    if len(recorder.notes) in chosen:
        yield Cut(len(recorder.notes), CLEAN, blocks, recorder.now(), recorder.history)


def all_cuts(recorder: Recorder) -> Chosen:
    """Every operation in every way, and the end."""
    return dict.fromkeys(range(len(recorder.notes) + 1), EVERY_WAY)


def some_cuts(recorder: Recorder, every: int) -> Chosen:
    """Each n-th operation, the first and the last of each kind in each state of the pump, and the end.

    Each clean and torn in one way, which changes from one to the next.
    """
    kinds: dict[tuple, list[int]] = {}
    for number, (operation, truth) in enumerate(recorder.notes):
        kinds.setdefault((*truth.doing, operation.is_erase), []).append(number)
    numbers = {*range(0, len(recorder.notes), every), len(recorder.notes)}
    for seen in kinds.values():
        numbers |= {seen[0], seen[-1]}
    return {number: (CLEAN, WAYS[at % len(WAYS)]) for at, number in enumerate(sorted(numbers))}


def walk(recorder: Recorder, chosen: Chosen, goes_on: bool = True) -> Walked:
    """Make the chosen cuts. goes_on: let each pump run on for a while."""
    walked = Walked()
    for cut in cuts(recorder, chosen):
        walked.add(str(cut), cut.outcome(goes_on))
    return walked


def walk_twice(recorder: Recorder, chosen: Chosen, ways: int) -> Walked:
    """After each chosen cut, cut again at every operation of the next boot and of the half minute after it.

    ways: of the second cut, how many.
    """
    walked = Walked()
    for cut in cuts(recorder, chosen):
        if not cut.truth.is_commissioned:
            continue
        second = Recorder(NorFlash(cut.blocks), cut.history.until(cut.truth), cut.truth)
        second.run_for(30_000)
        for again in cuts(second, dict.fromkeys(range(len(second.notes) + 1), EVERY_WAY[:ways])):
            walked.add(f"{cut}, then {again}", again.outcome(goes_on=False))
    return walked
