"""One table of alarms: what each number means in priority, delivery response and latching. Its words are in texts.

Priorities follow IEC 60601-1-8; the light and melody of each priority are in SIGNALS. HIGH and MEDIUM latch until the
cause is gone and somebody has acknowledged them. A row's index is the alarm's number in records and on the link.
"""

LOW = 1
MEDIUM = 2
HIGH = 3

CONTINUE = 0
NO_BOLUS = 1
STOP = 2

MOTOR_STALL = 0
RESERVOIR_LOW = 1
RESERVOIR_EMPTY = 2
CLOCK_UNKNOWN = 3
GATE_LIMIT = 4
TASK_FAULT = 5
SELF_TEST_FAILED = 6
RECORDS_FAILING = 7
PROGRAMME_INCOMPLETE = 8
STOPPED_LONG = 9
DOSES_MISSED = 10

# Priority, delivery response, latching.
ALARMS = (
    (HIGH, STOP, True),  # MOTOR_STALL
    (LOW, CONTINUE, False),  # RESERVOIR_LOW
    (HIGH, STOP, True),  # RESERVOIR_EMPTY
    (LOW, CONTINUE, False),  # CLOCK_UNKNOWN
    (HIGH, NO_BOLUS, True),  # GATE_LIMIT
    (HIGH, STOP, True),  # TASK_FAULT
    (HIGH, STOP, True),  # SELF_TEST_FAILED
    (MEDIUM, NO_BOLUS, True),  # RECORDS_FAILING
    (MEDIUM, STOP, True),  # PROGRAMME_INCOMPLETE
    (HIGH, CONTINUE, False),  # STOPPED_LONG
    (LOW, CONTINUE, True),  # DOSES_MISSED
)

# Per priority: light colour (red, green, blue), flash period in ms (0: steady), melody, seconds between melodies.
# Colours, rates and melodies: IEC 60601-1-8 as quoted by the Open PCA Pump requirements.
SIGNALS = (
    ((0, 0, 0), 0, "", 0),
    ((0, 1, 1), 0, "ec", 60),
    ((1, 1, 0), 1_600, "Cdg", 15),
    ((1, 0, 0), 500, "CdgCd", 5),
)
