"""The table of expectations: each fault with its value, what must detect it and how soon, and what it may cost.

A case without detection says why it is harmless; all else is a failure of the campaign. Names of alarms are those of
thecal.tables.texts; a restart of the chip that is on record counts as detection under its name in virtual_bench.world.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from virtual_bench.catheter import COMPLIANCE_UL_PER_KPA

# Restarts that the journal's boot record shows.
WATCHDOG, POWER = "WatchdogReset", "PowerCut"

# Seconds within which a case must be detected, at a flow in uL/h.
Limit = Callable[[float], float]


def after(volume_ul: float = 0.0, minutes: float = 0.0) -> Limit:
    """So many minutes, and the time in which so much flows."""
    return lambda ul_per_hour: minutes * 60 + volume_ul / ul_per_hour * 3600


NO_TIME = after()


@dataclass(frozen=True)
class Budget:
    """What a kind of fault may cost, in uL, and the row of the design's budgets that says so.

    over: delivered beyond commanded, and more than the fault-free twin in any stretch. under: less than the twin while
    neither an alarm of the case nor a declared response tells of it; None: not judged. release: what a cleared blockage
    lets go.
    """

    rule: str
    over_ul: float
    under_ul: float | None
    release_ul: float


# The line pressure at which the pump calls the line blocked (safety.occlusion_check), and the step that passed it with
# its ripple: a new roller gives up to a quarter more than the mean.
OCCLUSION_KPA, LAST_STEP_UL = 69.0, 0.35
RELEASE_UL = round(COMPLIANCE_UL_PER_KPA * OCCLUSION_KPA + LAST_STEP_UL, 2)

SINGLE = Budget("any single electronic, firmware, power or sensor fault: 10 uL", 10.0, 10.0, 0.5)
MECHANISM = Budget("mechanism: 10 uL, and what its alarm declares from then on", 10.0, 10.0, 0.5)
BLOCKED = Budget("occlusion: release at most compliance x threshold pressure", 10.0, 10.0, RELEASE_UL)
# The rotor turns backwards for as long as nothing holds it; no response of the pump can prevent that.
BACK_FLOW = Budget("mechanism without its brake: over 10 uL; the back-flow is stated", 10.0, None, 0.5)


@dataclass(frozen=True)
class Case:
    """One fault (or one physical cause that throws several switches at once) with its values as in a scenario file.

    detect: alarms or restarts any of which counts. limit: by when. harmless: why a cell needs no detection, by phase,
    "" for all others. clears_s: how long the fault lasts at most, None until the detection's window is over.
    restarts: a power cut follows at once, because only a boot reads what was hit. keeps_current: why no response can
    take the motor's current away. cuts_motor: the time from the fault to the motor's last current is judged too, by
    `limit`.
    """

    id: str
    throws: tuple[tuple[str, str | None], ...]
    budget: Budget
    detect: tuple[str, ...] = ()
    limit: Limit = NO_TIME
    harmless: dict[str, str] = field(default_factory=dict)
    clears_s: int | None = None
    restarts: bool = False
    keeps_current: str = ""
    cuts_motor: bool = False

    def why_harmless(self, phase: str) -> str:
        """The reason why this phase needs no detection, "" where it does."""
        return self.harmless.get(phase, self.harmless.get("", ""))


def _one(fault: str, value: str | None = None, suffix: str = "", **more) -> Case:
    name = f"{fault}-{suffix}" if suffix else fault
    return Case(name, ((fault, value),), more.pop("budget", SINGLE), **more)


# A motor stall is known after 5 uL, one minute allowed for the wake that sees it (SR-19).
_STALL = after(5.5, 1)
# Slip and excess are judged over the last 20 uL (SR-21).
_TREND = after(25, 1)
_STALLED = ("motor_stall", "motor_slip", "runaway")
_LEVEL = ("level_invalid", "over_delivery", "over_delivery_warning", "under_delivery", "under_delivery_warning")
# Every write is due after one reserved block, 2 uL, and at the latest with the hour's totals.
_NEXT_WRITE = after(2.3, 1)

# The chip is asked at power-on, before the fault of the phase "boot" strikes; what it says at the next one is believed.
_KEPT_TIME = "until the next power-on the wall time is kept by pump time, which the clock chip does not touch"
_TICKS = "steps come 50 ms early once, inside the gate and at the mechanism's ceiling (SR-09)"
_BY_HARDWARE = "trains run in hardware; a wake late by less than 5 s is caught up inside the gate (SR-09)"
_SLOW_WRITES = "writes that take under 5 s together are caught up (SR-09); supervisor or watchdog tells of longer ones"
_JUST_FED = "it begins with the watchdog's 8 s and ends before them; doses later than 5 s are dropped (SR-09)"
_OTHER_COPY = "the other copy is sound, counts, and mends this one (SR-37)"
_RESERVES = "4.7 V are left, 1.3 V above the first stage of the supply's check"
# Detection is needed in that phase, although it is not in others.
_NEEDED = ""

MECHANICAL = (
    _one("stall", budget=MECHANISM, detect=_STALLED, limit=_STALL),
    _one("slip", "20 %", "20", budget=MECHANISM, detect=("motor_slip",), limit=_TREND),
    _one("slip", "60 %", "60", budget=MECHANISM, detect=("motor_slip", "motor_stall"), limit=_TREND),
    Case("stall_tremble", (("stall", None), ("stall_tremble", None)), MECHANISM, _STALLED, _TREND),
    _one("back_drive", "100 %", budget=BACK_FLOW, detect=("runaway", "motor_slip"), limit=after(0, 2)),
    _one("occlusion", "100 %", "closed", budget=BLOCKED, detect=("occlusion",), limit=after(3.2, 1)),
    _one(
        "occlusion",
        "90 %",
        "narrow",
        budget=BLOCKED,
        harmless={"": "ten times the resistance takes 1.3 kPa in the mean at 1 mL/h: what is pumped still arrives"},
    ),
    _one("button_stuck", "bolus", "bolus", detect=("button_stuck",), limit=after(0, 10)),
    _one("button_stuck", "alarm", "alarm", detect=("button_stuck",), limit=after(0, 10)),
    _one("button_stuck", "stop", "stop", detect=("button_stuck", "pump_stopped"), limit=after(0, 10)),
)

ELECTRICAL = (
    # A train powers the coils for 15 ms: below 67 steps/s it ends before the first pulse of its own, and above 500
    # steps/s, the start/stop rate, the bench's rotor follows the train's edges alone. Neither moves anything.
    _one("runaway_pulses", "100 steps/s", "100", detect=("runaway",), limit=after(3, 1), cuts_motor=True),
    _one("runaway_pulses", "400 steps/s", "400", detect=("runaway",), limit=after(2.3, 1), cuts_motor=True),
    _one(
        "enable_stuck",
        detect=("motor_power", "self_test_failed"),
        limit=after(0, 2),
        keeps_current="the line itself is shorted: coils stay warm, and nothing turns without an edge of STEP",
    ),
    _one("rotor_stuck", detect=_STALLED, limit=_STALL),
    _one("pressure_dead", detect=("pressure_invalid",), limit=after(0, 10)),
    _one("pressure_stuck", detect=("pressure_invalid",), limit=after(0, 120)),
    _one("level_stuck", detect=_LEVEL, limit=after(0, 120)),
    _one("level_offset", "1000 uL", "plus", detect=_LEVEL, limit=after(0, 60)),
    _one("level_offset", "-1000 uL", "minus", detect=_LEVEL, limit=after(0, 60)),
    # One reading in eight: each look is the mean of eight, and so 770 uL off. Three of them, too fast, make the sensor
    # invalid; where it begins with the power, they agree, and the volumes are apart once the filter has settled.
    _one("level_spike", "16000 ADC units", detect=_LEVEL, limit=after(0, 20)),
    _one("level_drift", "10000 uL/day", "up", detect=_LEVEL, limit=after(0, 150)),
    _one("level_drift", "-10000 uL/day", "down", detect=_LEVEL, limit=after(0, 150)),
)

_SUPPLY = ("supply_low", "supply_very_low", "supply_depleted")
POWERED = (
    _one("supply_sag", "300 mV", "slight", harmless={"": _RESERVES}),
    _one("supply_sag", "1700 mV", "low", detect=_SUPPLY, limit=after(0, 5)),
    _one("supply_sag", "2400 mV", "very_low", detect=_SUPPLY[1:], limit=after(0, 5)),
    _one(
        "supply_sag",
        "3300 mV",
        "gone",
        detect=(POWER,),
        limit=after(0, 21),
        clears_s=1200,
    ),
    _one("brown_out", "500 ms", "short", detect=(POWER,), limit=after(0, 1)),
    _one("brown_out", "20 min", "long", detect=(POWER,), limit=after(0, 21)),
)

TIMED = (
    _one("clock_jump", "1 h", "forward", harmless={"": _KEPT_TIME}),
    _one("clock_jump", "-1 h", "back", harmless={"": _KEPT_TIME}),
    _one("clock_lost", harmless={"": _KEPT_TIME}),
    # In the self-test a wait of 2 ms shows every jump.
    _one(
        "tick_jump",
        "50 ms",
        "small",
        detect=("self_test_failed",),
        limit=after(0, 1),
        harmless={"": _TICKS, "boot": _NEEDED},
    ),
    _one("tick_jump", "60 s", "minute", detect=("task_overdue", "self_test_failed"), limit=after(0, 1)),
    # Pump time stands until the ticks are where they were, so that the feed due each 6 s comes after 11 s, too late.
    _one("tick_jump", "-5 s", "back", detect=(WATCHDOG, "self_test_failed"), limit=after(0, 1)),
    _one(
        "tick_jump",
        "180 h",
        "half",
        detect=(WATCHDOG, "task_overdue", "doses_missed", "self_test_failed"),
        limit=after(0, 1),
    ),
    _one("busy", "400 ms", "erase", harmless={"": _BY_HARDWARE}),
    # Longer than the 2 s between a due feed and the watchdog's end; right after a feed it is seen as a task overdue.
    _one(
        "busy",
        "7 s",
        "long",
        detect=(WATCHDOG, "task_overdue"),
        limit=after(0, 1),
        harmless={"boot": _JUST_FED},
    ),
    _one("busy", "10 s", "dead", detect=(WATCHDOG,), limit=after(0, 1)),
)

STORED = (
    _one("flash_full", detect=("records_failing",), limit=_NEXT_WRITE),
    _one("flash_failing", detect=("records_failing",), limit=_NEXT_WRITE),
    _one("flash_torn", "0 bytes", "at_once", detect=(POWER,), limit=_NEXT_WRITE),
    _one("flash_torn", "20 bytes", "midway", detect=(POWER,), limit=_NEXT_WRITE),
    _one("flash_busy", "45 ms", "erase", harmless={"": _BY_HARDWARE}),
    _one("flash_busy", "400 ms", "slow", harmless={"": _SLOW_WRITES}),
)

# The phase "stopped" has its fault at the full hour, with the totals of which the ledger is written.
_WRITTEN_ANEW = "at that very moment the file is written anew as a whole, before a boot reads it"
# The two copies are damaged one after the other; in both phases that is at the full hour, when the settings are read.
_MENDED_BETWEEN = "between the two damages the pump reads its settings and mends the first copy from the second (SR-37)"
_AT_FULL_HOUR = {"commit": _MENDED_BETWEEN, "stopped": _MENDED_BETWEEN}
_PROGRAMME = ("programme_incomplete", "self_test_failed")
_RECORDS = ("self_test_failed", "records_damaged", "records_failing", "history_unknown")


def _damaged(suffix: str, *files: str, **more) -> Case:
    name = f"file_damaged-{suffix}"
    return Case(name, tuple(("file_damaged", file) for file in files), SINGLE, restarts=True, **more)


DAMAGED = (
    _damaged("prescription_copy", "prescription.a", harmless={"": _OTHER_COPY}),
    _damaged(
        "prescription",
        "prescription.a",
        "prescription.b",
        detect=_PROGRAMME,
        limit=after(0, 2),
        harmless=_AT_FULL_HOUR,
    ),
    _damaged("calibration_copy", "calibration.b", harmless={"": _OTHER_COPY}),
    _damaged(
        "calibration",
        "calibration.a",
        "calibration.b",
        detect=_PROGRAMME,
        limit=after(0, 2),
        harmless=_AT_FULL_HOUR,
    ),
    _damaged(
        "ledger",
        "ledger",
        detect=_RECORDS,
        limit=after(0, 2),
        harmless={"commit": _WRITTEN_ANEW, "stopped": _WRITTEN_ANEW},
    ),
    _damaged(
        "mark",
        "reserve/mark",
        detect=_RECORDS,
        limit=after(0, 2),
        harmless={"commit": _WRITTEN_ANEW},
    ),
    _damaged(
        "windows",
        "windows",
        harmless={"": "the gate takes what the programme gives for its past, and boluses are locked for 24 h"},
    ),
    _damaged("journal", "head/journal", detect=_RECORDS, limit=after(0, 2)),
    _damaged("commissioned", "commissioned", detect=("not_commissioned", *_PROGRAMME), limit=after(0, 2)),
)

# Every task of the scheduler; the link is no safety task and runs when something arrives.
TASKS = ("delivery", "programme", "monitor", "panel", "link", "supervisor")
_FAILING = {"detect": ("task_fault", WATCHDOG), "limit": after(0, 1), "clears_s": 100}
FIRMWARE = (
    *(_one("hung_task", task, task, detect=(WATCHDOG,), limit=after(0, 0.5), clears_s=5) for task in TASKS),
    _one("hung_task", "panel", "storm", detect=("watchdog_resets",), limit=after(0, 1.5), clears_s=120),
    *(_one("task_error", task, task, **_FAILING) for task in TASKS if task != "link"),
    _one("task_error", "link", "link", harmless={"": "the link decides no dose; its failure is on record"}),
)

# The fault-free cell of each phase: no alarm of high or medium priority may come (SR-41).
FAULT_FREE = Case("none", (), SINGLE, harmless={"": "nothing is wrong"})
CASES = (FAULT_FREE, *MECHANICAL, *ELECTRICAL, *POWERED, *TIMED, *STORED, *DAMAGED, *FIRMWARE)


def case(name: str) -> Case:
    """The case of that id. Raises KeyError."""
    return {row.id: row for row in CASES}[name]
