"""Dose kinds, therapy modes, and the reasons why a request is refused: small numbers that records and link carry."""

BACKGROUND = 0
SCHEDULED = 1
PATIENT = 2
CLINICIAN = 3
PRIME = 4
BRIDGE = 5
DOSE_KINDS = ("background", "scheduled", "patient", "clinician", "prime", "bridge")

STOPPED = 0
SIMPLE = 1
FLEX = 2
BOLUS_ONLY = 3
MINIMUM_RATE = 4
MODES = ("stopped", "simple_continuous", "flex", "bolus_only", "minimum_rate")

GRANTED = 0
NOT_PRESCRIBED = 1
PUMP_STOPPED = 2
BOLUS_RUNNING = 3
LOCKOUT = 4
COUNT_24H = 5
RATE_CEILING = 6
TOO_SMALL = 7
RESERVOIR_LOW = 8
RECORDS_FAILING = 9
ALARM_BLOCKS = 10
REASONS = (
    "granted",
    "no patient bolus is prescribed",
    "the pump is stopped",
    "a bolus is being given",
    "lockout interval",
    "all boluses of 24 h are used",
    "the flow ceiling would be passed",
    "less than one motor step",
    "the reservoir is low",
    "records cannot be written",
    "an alarm blocks boluses",
)

# How a bolus ended.
COMPLETED = 0
STOPPED_EARLY = 1
DROPPED_AFTER_RESET = 2
OUTCOMES = ("completed", "stopped", "dropped after reset")

# A time that never comes: "not under this prescription".
NEVER = 0x3FFFFFFF
