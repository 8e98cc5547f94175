"""One table of alarms. Code, panel, link and documents read it.

Rows: (name, priority, delivery response, latching, text, what the operator does). Priorities follow IEC 60601-1-8; the
light and melody of each priority are in SIGNALS. HIGH and MEDIUM latch until the cause is gone and somebody has
acknowledged them. A row's index is the alarm's number in records and on the link.
"""

LOW = 1
MEDIUM = 2
HIGH = 3
PRIORITIES = ("none", "low", "medium", "high")

CONTINUE = 0
NO_BOLUS = 1
STOP = 2
RESPONSES = ("continue", "no new bolus", "stop")

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

ALARMS = (
    ("motor_stall", HIGH, STOP, True, "Motor does not turn", "Check tube and catheter, then acknowledge and resume"),
    ("reservoir_low", LOW, CONTINUE, False, "Reservoir low", "Plan a refill"),
    ("reservoir_empty", HIGH, STOP, True, "Reservoir empty", "Refill, then acknowledge and resume"),
    ("clock_unknown", LOW, CONTINUE, False, "Time of day unknown", "Set the clock"),
    ("gate_limit", HIGH, NO_BOLUS, True, "Dose limit reached", "Check the prescription and read the records"),
    ("task_fault", HIGH, STOP, True, "Firmware fault", "Read the records and restart the pump"),
    ("self_test_failed", HIGH, STOP, True, "Self-test failed", "Read the self-test result"),
    ("records_failing", MEDIUM, NO_BOLUS, True, "Records cannot be written", "Read the records out, then service"),
    ("programme_incomplete", MEDIUM, STOP, True, "Stopped, programme incomplete", "Load calibration and prescription"),
    ("stopped_long", HIGH, CONTINUE, False, "Stopped for over 48 hours", "Resume, or take the pump out of use"),
    ("doses_missed", LOW, CONTINUE, True, "A dose was missed", "Read the records"),
)

# Per priority: light colour (red, green, blue), flash period in ms (0: steady), melody, seconds between melodies.
# Colours, rates and melodies: IEC 60601-1-8 as quoted by the Open PCA Pump requirements.
SIGNALS = (
    ((0, 0, 0), 0, "", 0),
    ((0, 1, 1), 0, "ec", 60),
    ((1, 1, 0), 1_600, "Cdg", 15),
    ((1, 0, 0), 500, "CdgCd", 5),
)
