"""What a fault cost, from the ground truth of a faulted run and of its fault-free twin, and which rules it breaks."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from thecal.tables import texts
from thecal.tables.alarms import ALARMS, LOW
from thecal_tools.fault_campaign.cases import FAULT_FREE, Case
from thecal_tools.fault_campaign.observer import HELD, NO_POWER, Record

PL_PER_UL = 1_000_000
# Found in software, the motor is without current this long after the response at the latest; flash commits excepted.
MOTOR_OFF_MS = 100
# The longest time that one train may power the coils: its block of eight steps of 10 ms and its lead.
LONGEST_TRAIN_MS = 100
# Declared responses under which the background does not flow as prescribed.
_HOLDS = (NO_POWER, HELD, "minimum rate", "stop")
# Responses that only keep boluses back.
_NO_BOLUS = ("background alone", "no new bolus")

# (ms, value) from then on.
Curve = Sequence[tuple[int, int]]


@dataclass
class Cost:
    """One cell's figures; volumes in uL, times in s, None where it did not come to that.

    over_commanded: turned beyond the steps that were commanded. over_prescribed: the most by which any stretch gave
    more than the twin's. under_undeclared: short of the twin at the tip before an alarm of the case told of it, and
    later while nothing declared held it back. under: short of the twin, all in all. released: let go by a cleared
    blockage. detected_s: until the first alarm or restart that counts. off_s: from the fault to the motor's last
    current before the release. off_after_ms: the same from the declared stop. response: declared first after the
    fault. also: what else was raised, in order.
    """

    over_commanded: float = 0.0
    over_prescribed: float = 0.0
    under_undeclared: float = 0.0
    under: float = 0.0
    released: float = 0.0
    detected_s: float | None = None
    detected_by: str = ""
    off_s: float | None = None
    off_after_ms: int | None = None
    longest_train_ms: int = 0
    response: str = ""
    also: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Moments:
    """Of one cell, in ms: the fault, when its detection is due at the latest, when it is cleared."""

    fault: int
    due: int
    cleared: int


def cost(case: Case, phase: str, when: Moments, seen: Record, twin: Record) -> Cost:
    """The figures of a cell and the rules that it breaks."""
    result = Cost()
    scale = seen.pl_per_step / PL_PER_UL
    result.over_commanded = scale * _largest_rise(value for ms, value in seen.excess if ms >= when.fault)
    through = [(ms, passed) for ms, passed, _ in seen.motion], [(ms, passed) for ms, passed, _ in twin.motion]
    differences = list(_differences(*through, when.fault, seen.duration_ms))
    result.over_prescribed = max(_largest_rise(value for _, value in differences), 0) / PL_PER_UL
    _measure_detection(result, case, when, seen)
    _measure_under(result, when, seen, twin, phase)
    result.released = max((pl for ms, pl in seen.released_pl if ms >= when.fault), default=0) / PL_PER_UL
    if not case.keeps_current:
        _measure_motor(result, when, seen)
    result.failures = list(_failures(result, case, phase, when, seen, twin))
    return result


def _measure_under(result: Cost, when: Moments, seen: Record, twin: Record, phase: str) -> None:
    at_tip = [(ms, tip) for ms, _, tip in seen.motion], [(ms, tip) for ms, _, tip in twin.motion]
    holds = _HOLDS + (_NO_BOLUS if phase in ("patient", "scheduled") else ())
    declared = [(ms, int(what in holds)) for ms, what in seen.declared]
    told_ms = when.cleared + 1 if result.detected_s is None else when.fault + int(result.detected_s * 1000)
    before = undeclared = worst = shortest = 0
    for ms, value in _differences(*at_tip, when.fault, seen.duration_ms):
        is_told = told_ms <= ms <= when.cleared
        if not is_told and not _value_at(declared, ms) and not _value_at(declared, ms - 1):
            # What comes late because of its place between two steps comes, and counts off again.
            undeclared = max(undeclared + before - value, 0)
            worst = max(worst, undeclared)
        shortest = min(shortest, value)
        before = value
    result.under_undeclared = worst / PL_PER_UL
    result.under = -shortest / PL_PER_UL


def _measure_detection(result: Cost, case: Case, when: Moments, seen: Record) -> None:
    for ms, name in seen.raised:
        if ms < when.fault:
            continue
        if name in case.detect and result.detected_s is None and ms <= max(when.due, when.cleared):
            result.detected_s = (ms - when.fault) / 1000
            result.detected_by = name
        elif name not in result.also:
            result.also.append(name)


def _measure_motor(result: Cost, when: Moments, seen: Record) -> None:
    spans = [(on, seen.duration_ms if off is None else off) for on, off in seen.motor]
    after = [(max(on, when.fault), off) for on, off in spans if off > when.fault]
    result.longest_train_ms = max((off - on for on, off in after), default=0)
    changes = [*seen.declared, (seen.duration_ms, "")]
    for (start, what), (end, _) in pairwise(changes):
        if start < when.fault or not what:
            continue
        result.response = result.response or what
        if what in (HELD, "stop") and start <= when.cleared:
            last = max((min(off, end) for on, off in after if on < end and off > start), default=start)
            result.off_after_ms = max(result.off_after_ms or 0, last - start)
            if result.off_s is None:
                result.off_s = (last - when.fault) / 1000


def _failures(result: Cost, case: Case, phase: str, when: Moments, seen: Record, twin: Record) -> Iterator[str]:
    budget = case.budget
    for name, value, limit in (
        ("delivered beyond commanded", result.over_commanded, budget.over_ul),
        ("delivered beyond prescribed", result.over_prescribed, budget.over_ul),
        ("short without a declared response", result.under_undeclared, budget.under_ul),
        ("let go by the cleared line", result.released, budget.release_ul),
    ):
        if limit is not None and value > limit:
            yield f"{name}: {value:.1f} uL, budget {limit:.1f} uL"
    if case is FAULT_FREE:
        wrong = [name for ms, name in seen.raised if ms >= when.fault and priority(name) > LOW]
        if wrong:
            yield f"false alarm: {wrong[0]}"
    elif result.detected_s is None and not case.why_harmless(phase):
        yield "not detected"
    elif result.detected_s is not None and result.detected_s * 1000 > when.due - when.fault:
        yield f"detected by {result.detected_by} after {result.detected_s:.0f} s, due after {_due_s(when):.0f} s"
    if result.off_after_ms is not None and result.off_after_ms > MOTOR_OFF_MS:
        yield f"motor powered for {result.off_after_ms} ms after the declared stop, budget {MOTOR_OFF_MS} ms"
    if case.cuts_motor and result.off_s is not None and result.off_s > _due_s(when):
        yield f"motor powered for {result.off_s:.0f} s after the fault, due after {_due_s(when):.0f} s"
    if _stands_still(when, seen, twin) and not seen.active_at_end:
        yield "stands still without an alarm"


def _due_s(when: Moments) -> float:
    return (when.due - when.fault) / 1000


def _stands_still(when: Moments, seen: Record, twin: Record) -> bool:
    """Whether nothing flowed in the last third after the fault was cleared, although the twin delivered."""
    start = seen.duration_ms - (seen.duration_ms - when.cleared) // 3
    moved = [ms for ms, _, _ in seen.motion if ms >= start]
    due = [ms for ms, _, _ in twin.motion if start <= ms <= seen.duration_ms]
    return len(due) > 1 and not moved


def priority(name: str) -> int:
    """Of an alarm by its name, as in tables.alarms; LOW for a restart, which is none."""
    for number, row in enumerate(texts.ALARMS):
        if row[0] == name:
            return ALARMS[number][0]
    return LOW


def _largest_rise(values: Iterable[int]) -> int:
    lowest, rise = None, 0
    for value in values:
        if lowest is None or value < lowest:
            lowest = value
        rise = max(rise, value - lowest)
    return rise


def _value_at(curve: Curve, ms: int) -> int:
    index = bisect_right(curve, ms, key=lambda entry: entry[0])
    return curve[index - 1][1] if index else 0


def _differences(seen: Curve, twin: Curve, start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """(ms, seen less twin, both counted from the start) at each change of either."""
    zero = _value_at(seen, start_ms) - _value_at(twin, start_ms)
    yield start_ms, 0
    left, right = 0, 0
    of_seen = of_twin = 0
    while left < len(seen) or right < len(twin):
        ms = min(seen[left][0] if left < len(seen) else end_ms + 1, twin[right][0] if right < len(twin) else end_ms + 1)
        if ms > end_ms:
            return
        while left < len(seen) and seen[left][0] <= ms:
            of_seen = seen[left][1]
            left += 1
        while right < len(twin) and twin[right][0] <= ms:
            of_twin = twin[right][1]
            right += 1
        if ms > start_ms:
            yield ms, of_seen - of_twin - zero
