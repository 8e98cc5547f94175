"""Fault-free years of pumps with the tolerances of parts as built: false alarms and hourly delivery (SR-41, SR-42).

Every hour is judged by the steps that really turned times the pump's calibration. Beside it stands what really flowed:
a roller pump gives less while a roller leaves the tube, and at 2 uL/h an hour is a quarter of that way.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from thecal_tools import scenario_file
from thecal_tools.fault_campaign import phases
from thecal_tools.fault_campaign.judge import priority
from thecal_tools.fault_campaign.observer import Observer
from virtual_bench.scenario_run import ScenarioRun

PREFIX = "year-"
HOUR_MS, DAY_S = 3_600_000, 86_400
RESERVOIR_UL, REFILL_DAYS = 20_000, 14
# Flows of simple prescriptions in uL/h, by the names of `phases`, and a flex prescription with patient boluses.
FLOWS = ("2", "10", "40", "flex")


def names(seeds: int, days: int = 365) -> list[str]:
    """Fault-free runs of so many units as built, one flow after the other."""
    return [f"{PREFIX}{FLOWS[seed % len(FLOWS)]}-{seed + 1}-{days}" for seed in range(seeds)]


def run(name: str) -> dict[str, Any]:
    """One of names() as plain values. alarms: high and medium ones, each with the hour of its first time."""
    flow, seed, days = name.removeprefix(PREFIX).split("-")
    try:
        return {"name": name, **_Year(flow, int(seed), int(days)).result()}
    except Exception as error:
        return {"name": name, "crashed": f"{type(error).__name__}: {error}", "failures": ["the run itself failed"]}


class _RefilledRun(ScenarioRun):
    def _do_refill(self, volume_ul: int) -> None:
        assert self.app is not None, "the pump runs when an event comes"
        self.bench.reservoir.aspirate()
        self.bench.reservoir.fill(volume_ul * 1_000_000)
        self.app.pump.set_reservoir(volume_ul * 1000)


@dataclass
class _Worst:
    """The hour farthest from what was prescribed, in parts of it less one step, and by true volume in parts of it."""

    by_steps: float = 0.0
    by_volume: float = 0.0
    outside: int = 0


class _Year(Observer):
    def __init__(self, flow: str, seed: int, days: int):
        self._flow, self._days = flow, days
        compiled = scenario_file.compile_scenario(_document(flow, seed, days))
        refills = [[day * DAY_S * 1000, "refill", [RESERVOIR_UL]] for day in range(REFILL_DAYS, days, REFILL_DAYS)]
        compiled["events"] = sorted(compiled["events"] + refills, key=lambda event: event[0])
        self._steps: dict[int, int] = {}
        self._volumes: dict[int, int] = {}
        super().__init__(compiled, _RefilledRun)
        self._calibrated_pl = self._bench.calibrated_pl_per_step()
        self._seed = seed

    def _turned(self, direction: int) -> None:
        before = self._bench.pump.passed_pl
        self._advance(direction)
        hour = self._world.elapsed_ms // HOUR_MS
        self._steps[hour] = self._steps.get(hour, 0) + direction
        self._volumes[hour] = self._volumes.get(hour, 0) + self._bench.pump.passed_pl - before

    def _settle(self) -> None:
        """Movement without command is not looked for over a year."""

    def _enable_edge(self, enable_n: int) -> None:
        """Nor is the motor's current."""

    def _slept(self, ms: int) -> bool:
        # Each change of an alarm or hold is on record: it is enough to look when something is written.
        if self._has_written:
            self._has_written = False
            self._look()
        return self._idle(ms)

    def result(self) -> dict[str, Any]:
        record = self.run()
        first: dict[str, float] = {}
        for ms, alarm in record.raised:
            if priority(alarm) > 1:
                first.setdefault(alarm, round(ms / HOUR_MS, 1))
        worst = self._hours()
        failures = [f"false alarm: {alarm} after {hour} h" for alarm, hour in first.items()]
        if worst.outside:
            failures.append(f"{worst.outside} hours outside one step + 5 %")
        return {
            "flow": self._flow,
            "seed": self._seed,
            "days": self._days,
            "steps": sum(self._steps.values()),
            "alarms": first,
            "low_alarms": sorted({alarm for _, alarm in record.raised if priority(alarm) <= 1}),
            "held_h": round(self._held_ms() / HOUR_MS, 3),
            "hours_outside": worst.outside,
            "worst_hour_by_steps": round(worst.by_steps, 4),
            "worst_hour_by_volume": round(worst.by_volume, 4),
            "failures": failures,
        }

    def _held_ms(self) -> int:
        changes = [*self.record.declared, (self.record.duration_ms, "")]
        return sum(end - start for (start, what), (end, _) in pairwise(changes) if what)

    def _hours(self) -> _Worst:
        worst = _Worst()
        if self._flow == "flex":
            return worst
        due_pl = phases.RATES[self._flow] * 1_000_000
        # The first hour is not whole: delivery starts from rest.
        for hour in range(1, self._days * 24 - 1):
            apart = abs(self._steps.get(hour, 0) * self._calibrated_pl - due_pl)
            beyond = (apart - self._calibrated_pl) / due_pl
            worst.by_steps = max(worst.by_steps, beyond)
            worst.by_volume = max(worst.by_volume, abs(self._volumes.get(hour, 0) - due_pl) / due_pl)
            worst.outside += beyond > 0.05
        return worst


def _document(flow: str, seed: int, days: int) -> dict[str, Any]:
    presses = []
    phase, rate = phases.phase("idle"), flow
    if flow == "flex":
        phase, rate = phases.phase("patient"), "10"
        # Three a day, at hours that wander over the day.
        presses = [
            phases.at((day * 24 + 7 * number) * HOUR_MS + day % 50 * 60_000, "press", button="bolus", hold="1500 ms")
            for day in range(days)
            for number in (1, 2, 3)
        ]
    title = f"fault-free {days} days at {flow}"
    document = phase.document(rate, seed, presses, days * DAY_S * 1000, title, "No fault at all, parts as built.")
    if flow == "flex":
        steps = phases.phase("flex").document("10", seed, [], 1, title, title)["prescription"]
        document["prescription"] = {**steps, "patient_bolus": document["prescription"]["patient_bolus"]}
        document["events"] = presses
    return {**document, "reservoir": f"{RESERVOIR_UL} uL"}
