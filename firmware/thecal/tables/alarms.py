"""One table of alarms: what each number means in priority, delivery response and latching. Its words are in texts.

Priorities follow IEC 60601-1-8; the light and melody of each priority are in SIGNALS. A row's index is the alarm's
number in records and on the link. The response stands in two columns, because withdrawal of some drugs harms as an
overdose does; tables.drugs says which column a drug takes. Of all alarms that respond, the strongest response wins.
"""

LOW = 1
MEDIUM = 2
HIGH = 3

# Delivery responses, weakest first. NO_BOLUS: background alone. MINIMUM_RATE: what keeps the tube from taking a set.
CONTINUE = 0
NO_BOLUS = 1
MINIMUM_RATE = 2
STOP = 3

# Shown until the cause is gone and somebody has acknowledged it.
LATCHES = 1
# Responds until it is acknowledged, not only while its cause is there.
RESPONDS_UNTIL_ACKNOWLEDGED = 2
# Nothing shows whether the cause is still there: acknowledging ends it, and a reset does not.
OVER_WHEN_ACKNOWLEDGED = 4

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
MOTOR_SLIP = 11
RUNAWAY = 12
OCCLUSION = 13
OVER_DELIVERY_WARNING = 14
OVER_DELIVERY = 15
UNDER_DELIVERY_WARNING = 16
UNDER_DELIVERY = 17
LEVEL_INVALID = 18
SUPPLY_LOW = 19
SUPPLY_VERY_LOW = 20
SUPPLY_DEPLETED = 21
WATCHDOG_RESETS = 22
TASK_OVERDUE = 23
BUTTON_STUCK = 24
START_STOP_LIMIT = 25
NOT_COMMISSIONED = 26
RECORDS_DAMAGED = 27
PUMP_STOPPED = 28
HISTORY_UNKNOWN = 29
MOTOR_POWER = 30
PRESSURE_INVALID = 31

_LATCHES = LATCHES
_RESPONDS = LATCHES | RESPONDS_UNTIL_ACKNOWLEDGED
_UNSEEN = LATCHES | OVER_WHEN_ACKNOWLEDGED
_UNSEEN_RESPONDS = LATCHES | RESPONDS_UNTIL_ACKNOWLEDGED | OVER_WHEN_ACKNOWLEDGED

# Priority, response where an overdose harms most, response where withdrawal harms as well, latching.
ALARMS = (
    (HIGH, STOP, STOP, _UNSEEN),  # MOTOR_STALL: retried while it stands, and over once the rotor turns
    (LOW, CONTINUE, CONTINUE, 0),  # RESERVOIR_LOW
    (HIGH, STOP, STOP, _RESPONDS),  # RESERVOIR_EMPTY: air must not enter the line, whatever the drug
    (LOW, CONTINUE, CONTINUE, 0),  # CLOCK_UNKNOWN: flex runs at its declared fallback rate
    (HIGH, NO_BOLUS, NO_BOLUS, _UNSEEN_RESPONDS),  # GATE_LIMIT: the gate itself bounds the background
    (HIGH, STOP, NO_BOLUS, _UNSEEN_RESPONDS),  # TASK_FAULT: the motor is cut at once, whatever the drug
    (HIGH, STOP, STOP, _LATCHES),  # SELF_TEST_FAILED
    (MEDIUM, NO_BOLUS, NO_BOLUS, _LATCHES),  # RECORDS_FAILING
    (MEDIUM, STOP, STOP, _LATCHES),  # PROGRAMME_INCOMPLETE: there is nothing that could be given
    (HIGH, CONTINUE, CONTINUE, 0),  # STOPPED_LONG
    (LOW, CONTINUE, CONTINUE, _LATCHES),  # DOSES_MISSED
    (MEDIUM, CONTINUE, CONTINUE, _UNSEEN),  # MOTOR_SLIP: less flows than commanded; stopping would add to that
    (HIGH, STOP, STOP, _UNSEEN_RESPONDS),  # RUNAWAY
    (HIGH, STOP, STOP, _LATCHES),  # OCCLUSION: resumes when the pressure has gone, within START_STOP_LIMIT
    (LOW, CONTINUE, CONTINUE, 0),  # OVER_DELIVERY_WARNING
    (HIGH, STOP, MINIMUM_RATE, _RESPONDS),  # OVER_DELIVERY
    (LOW, CONTINUE, CONTINUE, 0),  # UNDER_DELIVERY_WARNING
    (MEDIUM, CONTINUE, CONTINUE, _LATCHES),  # UNDER_DELIVERY
    (MEDIUM, CONTINUE, CONTINUE, _LATCHES),  # LEVEL_INVALID: counted steps alone watch the reservoir
    (MEDIUM, CONTINUE, CONTINUE, _LATCHES),  # SUPPLY_LOW: hours are left
    (MEDIUM, NO_BOLUS, NO_BOLUS, _LATCHES),  # SUPPLY_VERY_LOW
    (HIGH, STOP, STOP, _LATCHES),  # SUPPLY_DEPLETED: an orderly stop while state can still be saved
    (HIGH, STOP, NO_BOLUS, _UNSEEN_RESPONDS),  # WATCHDOG_RESETS: the controller-fault response
    (MEDIUM, NO_BOLUS, NO_BOLUS, _RESPONDS),  # TASK_OVERDUE: ticks that jump look the same, and lockouts rest on them
    (MEDIUM, CONTINUE, CONTINUE, _LATCHES),  # BUTTON_STUCK: a button that stays down asks once and no more
    (HIGH, STOP, STOP, _UNSEEN_RESPONDS),  # START_STOP_LIMIT
    (MEDIUM, STOP, STOP, _LATCHES),  # NOT_COMMISSIONED
    (MEDIUM, NO_BOLUS, NO_BOLUS, _UNSEEN_RESPONDS),  # RECORDS_DAMAGED
    (LOW, CONTINUE, CONTINUE, 0),  # PUMP_STOPPED: the reminder of an operator's stop
    (LOW, CONTINUE, CONTINUE, 0),  # HISTORY_UNKNOWN: admission refuses boluses for a full window, and says until when
    (HIGH, STOP, STOP, _RESPONDS),  # MOTOR_POWER: the motor is powered while no train runs
    (MEDIUM, CONTINUE, CONTINUE, _LATCHES),  # PRESSURE_INVALID: the rotor alone shows an occlusion
)

# Per priority: light colour (red, green, blue), flash period in ms (0: steady), melody, seconds between melodies.
# Colours, rates and melodies: IEC 60601-1-8 as quoted by the Open PCA Pump requirements. The row above HIGH is a high
# alarm that nobody has answered: the same, repeated near the shortest interval of that standard, 2.5 s.
SIGNALS = (
    ((0, 0, 0), 0, "", 0),
    ((0, 1, 1), 0, "ec", 60),
    ((1, 1, 0), 1_600, "Cdg", 15),
    ((1, 0, 0), 500, "CdgCd", 5),
    ((1, 0, 0), 500, "CdgCd", 3),
)
