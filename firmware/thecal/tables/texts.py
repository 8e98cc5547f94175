"""Words for the numbers of the other tables, in their order. Hosts read it; the running pump keeps none of
it in memory.
"""

from thecal.tables import panel_words

DOSE_KINDS = ("background", "scheduled", "patient", "clinician", "prime", "bridge")
MODES = ("stopped", "simple_continuous", "flex", "bolus_only", "minimum_rate")
OUTCOMES = ("completed", "stopped", "dropped after reset")
REASONS = panel_words.REASONS

# By bit of tables.states.
HOLDS = (
    "stopped by the operator",
    "self-test failed",
    "no prescription",
    "no calibration",
    "records unreadable",
    "stopped by an alarm",
    "firmware fault",
    "not commissioned",
)

# By bit of tables.checks.
CHECKS = (
    "prescription",
    "calibration",
    "records",
    "clock",
    "level sensor",
    "stuck button",
    "motor not off",
    "program files",
    "settings in memory",
    "board's data",
    "rotation sensor",
)
UNPROVEN = ("light", "sound", "rotation", "program files")
# By number in tables.restarts.
RESTARTS = ("unplanned", "restart", "maintenance")

# By rule of safety.board_check: what is wrong with a name in board.py, what to do.
BOARD_RULES = (
    ("is missing", "add it"),
    ("is of no kind that there is", "choose one of docs/boards.md"),
    ("is no pin that this board has free", "choose another; the chip or the board needs that one, or has none such"),
    ("is a pin that another name has too", "give each a pin of its own"),
    ("needs a pin of the converter", "RP2040: GPIO 26 to 29, ESP32: 32 to 39, ESP32-S3: 1 to 10"),
    ("is a pin that can only be read and has no pull-up", "choose a pin that can drive"),
    ("must be pins in a row, as PIO takes them", "choose GPIOs that follow each other"),
    ("must be a state machine of its own, 0 to 7", "train and guard in one block of four, rotation in the other"),
    ("is out of range", "docs/boards.md has the range of each figure"),
    ("is less than 4096 from its scale's other end, or below a load cell's zero", "measure both ends and enter them"),
    (
        "is under 40, or under one in 1.25 uL: too few to witness the rotor (SR-19)",
        "fit a finer disc, or count both edges",
    ),
    ("is out of the step drivers' range, 100 to 50000 us", "choose a period within it"),
    (
        "makes steps outside 0.1 to 0.4 uL",
        "fit a head of 20 to 80 uL a revolution for 200 steps, 160 to 640 for 1600, 205 to 819 for 2048",
    ),
)

PRIORITIES = ("none", "low", "medium", "high")
# By bit of an alarm's state (safety.alarms).
ALARM_STATES = ("cause there", "latched", "acknowledged", "escalated")
RESPONSE_COLUMNS = ("an overdose harms most", "withdrawal harms too")
RESPONSES = ("continue", "background alone", "minimum rate", "stop")
# By number in tables.alarms: name, text for the patient and the clinician, what the operator does.
_ALARMS = (
    ("motor_stall", "Check tube and catheter, then acknowledge"),
    ("reservoir_low", "Plan a refill"),
    ("reservoir_empty", "Refill, then acknowledge"),
    ("clock_unknown", "Set the clock"),
    ("gate_limit", "Check the prescription and read the records, then acknowledge"),
    ("task_fault", "Read the records, then acknowledge"),
    ("self_test_failed", "Read the self-test result, mend it, then restart"),
    ("records_failing", "Read the records out, then service"),
    ("programme_incomplete", "Load calibration and prescription"),
    ("stopped_long", "Resume, or take the pump out of use"),
    ("doses_missed", "Read the records, then acknowledge"),
    ("motor_slip", "Check tube and supply, then acknowledge"),
    ("runaway", "Disconnect the line, read the records, then acknowledge"),
    ("occlusion", "Clear catheter and line; expect the stored volume to flow, then acknowledge"),
    ("over_delivery_warning", "Measure the residual volume soon"),
    ("over_delivery", "Measure the residual volume, then acknowledge"),
    ("under_delivery_warning", "Measure the residual volume soon"),
    ("under_delivery", "Check tube and catheter, then acknowledge"),
    ("level_invalid", "Have the sensor checked, then acknowledge"),
    ("supply_low", "Change the cells or connect the supply"),
    ("supply_very_low", "Change the cells or connect the supply now"),
    ("supply_depleted", "Change the cells or connect the supply, then acknowledge"),
    ("watchdog_resets", "Read the records, then acknowledge"),
    ("task_overdue", "Read the records, then acknowledge"),
    ("button_stuck", "Free the button, then acknowledge"),
    ("start_stop_limit", "Find the cause of the earlier alarm, then acknowledge"),
    ("not_commissioned", "Commission the pump"),
    ("records_damaged", "Read the records out, then acknowledge"),
    ("pump_stopped", "Hold stop for 3 s and let go to resume"),
    ("history_unknown", "Wait a full window, or commission the pump"),
    ("motor_power", "Disconnect line and supply, then service"),
    ("pressure_invalid", "Have the sensor checked, then acknowledge"),
)
ALARMS = tuple((_ALARMS[i][0], panel_words.ALARMS[i], _ALARMS[i][1]) for i in range(len(_ALARMS)))
