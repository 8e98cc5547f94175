"""How many patient boluses the limits of a prescription leave room for, by asking the firmware's own admission."""

from types import SimpleNamespace

from thecal.tables import doses
from thecal.therapy import admission, prescription_check
from thecal.therapy.bolus import dose_of_steps, steps_of_dose
from thecal.therapy.prescription import Prescription
from thecal_tools import prescription_file
from thecal_tools.therapy import PatientBolus, Therapy
from thecal_tools.units import DAY_S

# As on the virtual bench; another calibration changes the room in a window by at most one step.
_PL_PER_STEP = 250_000
_MONDAY_S = 5 * DAY_S  # 2020-01-06 00:00, as wall time
_BEFORE_S = 2 * DAY_S  # the first windows lie wholly in the programme
_WATCHED_S = 9 * DAY_S  # each window of a week, and a day to get there
_LATE_S = 2  # as in pump.boluses
_NO_LIMIT = 1 << 60  # ng; more than any window can hold


def most_per_day(therapy: Therapy) -> int:
    """The most patient boluses that any rolling 24 h get when one is asked for at each second; 0: never one."""
    patient = therapy.patient
    if patient is None:
        return 0
    rule, bolus = _asked(therapy, patient)
    dose = bolus[0]
    limits = (rule.limit_1h, rule.limit_24h)
    grants: list[int] = []
    free_at = DAY_S + _BEFORE_S
    while free_at < DAY_S + _BEFORE_S + _WATCHED_S:
        given = _history(grants, patient.duration_s + _LATE_S - 1, dose)
        now = (DAY_S, _MONDAY_S, 0)
        _, start = admission.first_free(rule, given, now, (0,) * len(rule.scheduled), bolus, limits, free_at)
        if start == doses.NEVER:
            break
        grants.append(start)
        free_at = start + patient.duration_s + patient.lockout_s
        if len(grants) >= patient.max_per_24h:
            free_at = max(free_at, grants[-patient.max_per_24h] + DAY_S)
    return max((sum(grant <= other < grant + DAY_S for other in grants) for grant in grants), default=0)


def never_without_time(therapy: Therapy) -> tuple[str, ...]:
    """The fields of limits under which every patient bolus is refused as never while the time of day is unknown."""
    if therapy.patient is None:
        return ()
    rule, bolus = _asked(therapy, therapy.patient)
    found = []
    for field, limits in (("per_1h", (rule.limit_1h, _NO_LIMIT)), ("per_24h", (_NO_LIMIT, rule.limit_24h))):
        given, slots = _history([], 0, 0), (0,) * len(rule.scheduled)
        _, start = admission.first_free(rule, given, (DAY_S, 0, 0), slots, bolus, limits, DAY_S)
        if start == doses.NEVER:
            found.append(field)
    return tuple(found)


def _asked(therapy: Therapy, patient: PatientBolus) -> tuple[Prescription, tuple[int, int, int]]:
    """The board's prescription, and the patient's bolus as its admission is asked for it."""
    rule = prescription_check.checked(prescription_file.compiled(therapy))
    steps = steps_of_dose(rule.patient_dose, rule.concentration, _PL_PER_STEP)
    dose = dose_of_steps(steps, rule.concentration, _PL_PER_STEP)
    return rule, (dose, patient.duration_s + _LATE_S, _PL_PER_STEP)


def _history(grants: list[int], length_s: int, dose: int) -> SimpleNamespace:
    # To come from where the question is asked, and so counted like any bolus of the past.
    recent = grants[-50:]
    return SimpleNamespace(
        rate_count=0,
        bolus_count=len(recent),
        starts=recent,
        ends=[start + length_s for start in recent],
        doses=[dose] * len(recent),
        kinds=bytes(len(recent)),
    )
