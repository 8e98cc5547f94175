"""One cell of the matrix: a case of fault in a phase of delivery at a rate, beside its fault-free twin."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

from thecal_tools import scenario_file
from thecal_tools.errors import ThecalError
from thecal_tools.fault_campaign import cases, phases
from thecal_tools.fault_campaign.cases import Case
from thecal_tools.fault_campaign.judge import Moments, cost
from thecal_tools.fault_campaign.observer import Record, observe
from thecal_tools.fault_campaign.phases import Phase, at
from virtual_bench.faults import ACTS_ONCE

# After the fault is cleared an operator acknowledges twice, and delivery is watched for the longer of these.
ACKNOWLEDGE_MS = (300_000, 360_000)
WATCHED_UL, WATCHED_MS = 2.0, 1_800_000
# A fault lasts at least so long; without detection to wait for, until so much would have been delivered.
LEAST_MS, HARMLESS_UL = 2_400_000, 3.0
# Beyond the limit of its detection, so that a late one is seen as such.
MARGIN = 1.15
# Where only a boot reads what was hit, one comes so long after the fault.
RESTART_AFTER_MS = 100
# Steps reserved at a time, with what two more take.
BLOCK_UL = 2.5


@dataclass(frozen=True)
class Cell:
    """Names of a case, a phase and a rate."""

    case: str
    phase: str
    rate: str

    def __str__(self) -> str:
        return f"{self.case}/{self.phase}/{self.rate}"

    @property
    def seed(self) -> int:
        """Of the bench: the tolerances of another unit for each phase and rate, the same for all its faults."""
        return crc32(f"{self.phase}/{self.rate}".encode()) % 997 + 1


def matrix() -> list[Cell]:
    """All cells, twin by twin."""
    return [Cell(case.id, phase.name, rate) for phase in phases.PHASES for rate in phase.rates for case in cases.CASES]


def cell_of(text: str) -> Cell:
    """The cell of a name like stall/idle/10. Raises ThecalError."""
    for cell in matrix():
        if str(cell) == text:
            return cell
    raise ThecalError(f"{text}: no such cell: write FAULT/PHASE/RATE as `thecal faults --list` shows them")


def scenario(cell: Cell) -> dict[str, Any]:
    """The cell as a scenario document, which `thecal sim` runs to the same journal."""
    return _plan(cell)[1]


def run(cell: Cell) -> dict[str, Any]:
    """The cell's result as plain values; whatever goes wrong is a failure of the cell."""
    head = {"cell": str(cell), "case": cell.case, "phase": cell.phase, "rate": cell.rate, "seed": cell.seed}
    try:
        when, document = _plan(cell)
        seen = observe(scenario_file.compile_scenario(document))
        found = cost(cases.case(cell.case), cell.phase, when, seen, _twin(cell.phase, cell.rate))
    except Exception as error:
        return {**head, "crashed": f"{type(error).__name__}: {error}", "failures": ["the run itself failed"]}
    return {**head, **{name: _rounded(value) for name, value in asdict(found).items()}}


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def _plan(cell: Cell) -> tuple[Moments, dict[str, Any]]:
    case, phase = cases.case(cell.case), phases.phase(cell.phase)
    fault_ms = _fault_ms(phase, _twin(cell.phase, cell.rate))
    limit_ms = _limit_ms(case, phase, cell.rate)
    when = Moments(fault_ms, fault_ms + limit_ms, fault_ms + _lasts_ms(case, phase, cell.rate))
    events = _disturbances(case, phase, when)
    events += [at(when.cleared + delay_ms, "press", button="alarm", hold="1500 ms") for delay_ms in ACKNOWLEDGE_MS]
    flow = "6 uL/day" if cell.rate == "minimum" else f"{cell.rate} uL/h"
    end_ms = fault_ms + _watched_ms(case, phase, cell.rate)
    return when, phase.document(cell.rate, cell.seed, events, end_ms, str(cell), f"{case.id} {phase.what}, {flow}")


def _disturbances(case: Case, phase: Phase, when: Moments) -> list[dict[str, Any]]:
    events = []
    for fault, value in case.throws:
        acts_once = fault in ACTS_ONCE
        moment = when.fault
        if phase.moment == phases.AT_BOOT:
            # What acts once strikes in the self-test; what is broken is broken before the power is back.
            in_test = acts_once and not case.restarts
            moment += phases.IN_SELF_TEST_MS if in_test else phases.OFF_MS // 2
        events.append(at(moment, "fault", fault=fault, **({} if value is None else {"value": value})))
        if not acts_once:
            events.append(at(when.cleared, "clear_fault", fault=fault))
    if case.restarts and phase.moment != phases.AT_BOOT:
        events.append(at(when.fault + RESTART_AFTER_MS, "power_cut", off_for="2 s"))
    return events


def _fault_ms(phase: Phase, twin: Record) -> int:
    """When the fault strikes: what the twin does then, the faulted run does too, up to that very moment."""
    trains = [span for span in twin.motor if span[0] >= phases.READY_MS]
    if phase.moment == phases.IN_TRAIN:
        return trains[0][0] + 5
    if phase.moment == phases.AT_COMMIT:
        return next(ms for ms in twin.commits if ms >= phases.READY_MS)
    if phase.moment == phases.BETWEEN and len(trains) > 1 and phase.name != "stopped":
        return (trains[0][1] + trains[1][0]) // 2
    return phases.READY_MS


def _limit_ms(case: Case, phase: Phase, rate: str) -> int:
    limit_s = case.limit(phases.RATES[rate])
    if phase.name == "stopped":
        limit_s += phases.RESUME_MS / 1000
    if case.restarts:
        limit_s += RESTART_AFTER_MS / 1000
    return int(limit_s * 1000)


def _lasts_ms(case: Case, phase: Phase, rate: str) -> int:
    """From the fault until it is cleared."""
    if case.clears_s is not None:
        return case.clears_s * 1000
    lasts_ms = max(int(_limit_ms(case, phase, rate) * MARGIN), LEAST_MS)
    if case.why_harmless(phase.name):
        lasts_ms = max(lasts_ms, _flows_ms(HARMLESS_UL, rate))
    return lasts_ms


def _watched_ms(case: Case, phase: Phase, rate: str) -> int:
    """From the fault to the end."""
    settled_ms = max(_lasts_ms(case, phase, rate), _limit_ms(case, phase, rate)) + ACKNOWLEDGE_MS[-1]
    return settled_ms + max(WATCHED_MS, _flows_ms(WATCHED_UL, rate))


def _flows_ms(volume_ul: float, rate: str) -> int:
    return int(volume_ul / phases.RATES[rate] * 3_600_000)


@lru_cache(maxsize=4)
def _twin(phase_name: str, rate: str) -> Record:
    """The fault-free run beside which every cell of this phase and rate stands, as long as the longest of them."""
    phase = phases.phase(phase_name)
    # The first commit or train after the phase has come about is at most a reserved block away.
    latest_ms = phases.READY_MS + _flows_ms(BLOCK_UL, rate) + 60_000
    duration_ms = latest_ms + max(_watched_ms(case, phase, rate) for case in cases.CASES)
    seed = Cell("none", phase_name, rate).seed
    document = phase.document(rate, seed, [], duration_ms, f"fault-free/{phase_name}/{rate}", phase.what)
    return observe(scenario_file.compile_scenario(document))
