"""The prescriptions of the exploration, one for each mode and drug, and what each is to give at any time of day."""

from typing import Any

from thecal.tables import doses, texts
from thecal_tools import prescription_file

# ug/uL, and the column of the table of alarms that the drug takes: written down a second time on purpose.
DRUGS = {"morphine": (10, 0), "baclofen": (2, 1)}
NOON_S = 43_200
SLOT_MINUTE = 900  # of the day, when the scheduled bolus is due
MINIMUM_UL_PER_DAY = 6
# uL/h: before noon, from noon on, while the time of day is unknown.
RATES = {
    doses.STOPPED: (0, 0, 0),
    doses.SIMPLE: (12, 12, 12),
    doses.FLEX: (12, 24, 18),
    doses.BOLUS_ONLY: (0, 0, 0),
    doses.MINIMUM_RATE: (MINIMUM_UL_PER_DAY / 24,) * 3,
}
CLINICIAN_UL, CLINICIAN_S = 3, 300
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def mass(drug: str, microlitres: float) -> str:
    """The drug in a volume, as a prescription file writes it."""
    return f"{microlitres * DRUGS[drug][0]} ug"


def document(drug: str, mode: int) -> dict[str, Any]:
    """A prescription. Under flex the count of 24 h binds a second request, else the lockout does."""
    before, after, fallback = (mass(drug, rate) + "/h" for rate in RATES[mode])
    fields: dict[str, Any] = {
        "format": "thecal.prescription/1",
        "id": f"{drug[:8]}-{mode}",
        "drug": drug,
        "concentration": f"{DRUGS[drug][0]} mg/mL",
        "mode": texts.MODES[mode],
        "low_reservoir": "2 mL",
    }
    if mode == doses.SIMPLE:
        fields["rate"] = before
    if mode == doses.FLEX:
        day = [
            {"start": "00:00", "end": "12:00", "rate": before},
            {"start": "12:00", "end": "24:00", "rate": after},
        ]
        fields["flex"] = {"patterns": {"day": day}, "week": dict.fromkeys(_DAYS, "day"), "fallback_rate": fallback}
    if mode in (doses.SIMPLE, doses.FLEX, doses.BOLUS_ONLY):
        fields |= {
            "patient_bolus": {
                "dose": mass(drug, 5),
                "duration": "10 min",
                "lockout": "30 min",
                "max_per_24h": 1 if mode == doses.FLEX else 24,
            },
            "scheduled_boluses": [{"at": "15:00", "days": _DAYS, "dose": mass(drug, 4), "duration": "12 min"}],
            "limits": {"per_1h": mass(drug, 200), "per_24h": mass(drug, 2_000)},
        }
    return fields


BINARIES = {
    (drug, mode): prescription_file.compile_prescription(document(drug, mode)) for drug in DRUGS for mode in RATES
}


def due_ul(mode: int, wall: int, seconds: int) -> float:
    """Volume in uL that a mode is to give in so many seconds from a wall time on (s since 2020, 0 unknown)."""
    before, after, fallback = RATES[mode]
    if not wall:
        return fallback * seconds / 3600
    in_day, morning = wall % 86_400, 0
    for _ in range(seconds):
        morning += in_day < NOON_S
        in_day = (in_day + 1) % 86_400
    return (before * morning + after * (seconds - morning)) / 3600
