"""Dose kinds, therapy modes, and the reasons why a request is refused: small numbers that records and link carry.
Words: texts."""

BACKGROUND = 0
SCHEDULED = 1
PATIENT = 2
CLINICIAN = 3
PRIME = 4
BRIDGE = 5
KINDS = 6
# Moves that are no doses: only the gate's allowance knows them, no count by dose kind has a place for them.
PURGE = 6
BENCH_MOVE = 7

STOPPED = 0
SIMPLE = 1
FLEX = 2
BOLUS_ONLY = 3
MINIMUM_RATE = 4
MODES = 5

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
CLOCK_MOVED = 11
LIMIT_1H = 12
LIMIT_24H = 13
HISTORY_UNKNOWN = 14

# How a bolus ended.
COMPLETED = 0
STOPPED_EARLY = 1
DROPPED_AFTER_RESET = 2

# A time that never comes: "not under this prescription".
NEVER = 0x3FFFFFFF
