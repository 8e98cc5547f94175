"""The phases of delivery that a fault can meet, as scenarios: prescription, what happens before, and the moment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Every phase has come about when this much has passed, and a fault is thrown at the first fitting moment afterwards.
READY_MS = 3_600_000
# A pump that was stopped is resumed so long after the fault.
RESUME_MS = 20 * 60_000
# How a fault meets the pump: between two trains, 5 ms into one, at the commit of a reserve mark, or in the self-test.
BETWEEN, IN_TRAIN, AT_COMMIT, AT_BOOT = "between", "in train", "at commit", "at boot"
# With the power off, and 1 ms into the self-test's wait for its clock after it is back.
OFF_MS = 2_000
IN_SELF_TEST_MS = OFF_MS + 1

# Flow in uL/h by the name of a rate; "minimum" is the minimum rate of 6 uL/day.
RATES = {"2": 2.0, "10": 10.0, "40": 40.0, "1000": 1000.0, "minimum": 0.25}
_STEADY = ("2", "10", "40", "1000")
# Beside a bolus of 30 uL/h the ceiling of 1 mL/h leaves no room for the highest rate.
_WITH_BOLUS = ("2", "10", "40")
_CONCENTRATION_UG_PER_UL = 10


@dataclass(frozen=True)
class Phase:
    """moment: one of this module's. build: (events before, fields of the prescription) at a rate's name."""

    name: str
    what: str
    rates: tuple[str, ...]
    moment: str
    build: Callable[[str], tuple[list[dict[str, Any]], dict[str, Any]]]

    def document(self, rate: str, seed: int, more: list[dict[str, Any]], duration_ms: int, title: str, what: str):
        """The phase at a rate as a thecal.scenario/1 document, with more events."""
        events, fields = self.build(rate)
        prescription = {
            "format": "thecal.prescription/1",
            "id": "FAULTS",
            "drug": "morphine",
            "concentration": "10 mg/mL",
            "low_reservoir": "2 mL",
            **_background(rate),
            **fields,
        }
        return {
            "format": "thecal.scenario/1",
            "title": title,
            "what": what,
            "prescription": {field: value for field, value in prescription.items() if value is not None},
            "board": "RPI_PICO",
            "start": {"wall": "2026-03-02 08:00"},
            "reservoir": "6 mL" if "low_reservoir" in fields else "15 mL",
            "duration": f"{duration_ms} ms",
            "seed": seed,
            "events": sorted(events + more, key=_time_of),
        }


def _time_of(event: dict[str, Any]) -> int:
    return int(event["at"].removesuffix(" ms"))


def at(ms: int, do: str, **fields: Any) -> dict[str, Any]:
    """One event of a scenario."""
    return {"at": f"{ms} ms", "do": do, **fields}


def _background(rate: str) -> dict[str, Any]:
    if rate == "minimum":
        return {"mode": "minimum_rate"}
    micrograms_per_day = RATES[rate] * 24 * _CONCENTRATION_UG_PER_UL
    return {"mode": "simple_continuous", "rate": f"{micrograms_per_day:.0f} ug/day"}


def _plain(_rate: str):
    return [], {}


def _patient(_rate: str):
    bolus = {"dose": "0.05 mg", "duration": "10 min", "lockout": "1 h", "max_per_24h": 4}
    return [at(READY_MS - 180_000, "press", button="bolus", hold="1500 ms")], {"patient_bolus": bolus}


def _scheduled(_rate: str):
    bolus = {"at": "08:57", "days": ["mon"], "dose": "0.05 mg", "duration": "10 min"}
    return [], {"scheduled_boluses": [bolus]}


def _stopped(_rate: str):
    return [at(READY_MS - 300_000, "stop"), at(READY_MS + RESUME_MS, "resume")], {}


def _alarm(_rate: str):
    return [], {"low_reservoir": "8 mL"}


def _boot(_rate: str):
    return [at(READY_MS, "power_cut", off_for=f"{OFF_MS} ms")], {}


def _flex(rate: str):
    day = f"{RATES[rate] * _CONCENTRATION_UG_PER_UL:.0f} ug/h"
    more = f"{RATES[rate] * 2 * _CONCENTRATION_UG_PER_UL:.0f} ug/h"
    steps = [
        {"start": "00:00", "end": "10:00", "rate": day},
        {"start": "10:00", "end": "12:00", "rate": more},
        {"start": "12:00", "end": "24:00", "rate": day},
    ]
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "day")
    fallback = f"{RATES[rate] * 24 * _CONCENTRATION_UG_PER_UL:.0f} ug/day"
    return [], {
        "mode": "flex",
        "rate": None,
        "flex": {"patterns": {"day": steps}, "week": week, "fallback_rate": fallback},
    }


PHASES = (
    Phase("idle", "between two steps of the background", _STEADY, BETWEEN, _plain),
    Phase("train", "while the motor is powered", _STEADY, IN_TRAIN, _plain),
    Phase("commit", "at the commit of a reserve mark", _STEADY, AT_COMMIT, _plain),
    Phase("patient", "in a patient's bolus", _WITH_BOLUS, BETWEEN, _patient),
    Phase("scheduled", "in a scheduled bolus", _WITH_BOLUS, BETWEEN, _scheduled),
    Phase("stopped", "while an operator has stopped the pump", _STEADY, BETWEEN, _stopped),
    Phase("alarm", "while an alarm is active (reservoir low)", _STEADY, BETWEEN, _alarm),
    Phase("boot", "at power-on and in its self-test", _STEADY, AT_BOOT, _boot),
    Phase("flex", "before a change of the flex rate", ("10", "40"), BETWEEN, _flex),
    Phase("minimum", "at the minimum rate", ("minimum",), BETWEEN, _plain),
)


def phase(name: str) -> Phase:
    """The phase of that name. Raises KeyError."""
    return {row.name: row for row in PHASES}[name]
