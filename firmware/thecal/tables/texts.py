"""Words for the numbers of the other tables, in their order. Hosts and displays read it; the running pump keeps none of
it in memory.
"""

DOSE_KINDS = ("background", "scheduled", "patient", "clinician", "prime", "bridge")
MODES = ("stopped", "simple_continuous", "flex", "bolus_only", "minimum_rate")
OUTCOMES = ("completed", "stopped", "dropped after reset")
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
    "the clock was set past its time",
    "the dose limit of 1 h would be passed",
    "the dose limit of 24 h would be passed",
    "the doses of the last 24 h are not known",
)

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
)
UNPROVEN = ("light", "sound", "rotation", "program files")
# By number in tables.restarts.
RESTARTS = ("unplanned", "restart", "maintenance")

PRIORITIES = ("none", "low", "medium", "high")
# By bit of an alarm's state (safety.alarms).
ALARM_STATES = ("cause there", "latched", "acknowledged", "escalated")
RESPONSE_COLUMNS = ("an overdose harms most", "withdrawal harms too")
RESPONSES = ("continue", "background alone", "minimum rate", "stop")
# By number in tables.alarms: name, text for the patient and the clinician, what the operator does.
ALARMS = (
    ("motor_stall", "Motor does not turn", "Check tube and catheter, then acknowledge"),
    ("reservoir_low", "Reservoir low", "Plan a refill"),
    ("reservoir_empty", "Reservoir empty", "Refill, then acknowledge"),
    ("clock_unknown", "Time of day unknown", "Set the clock"),
    ("gate_limit", "Dose limit reached", "Check the prescription and read the records, then acknowledge"),
    ("task_fault", "Firmware fault", "Read the records, then acknowledge"),
    ("self_test_failed", "Self-test failed", "Read the self-test result, mend it, then restart"),
    ("records_failing", "Records cannot be written", "Read the records out, then service"),
    ("programme_incomplete", "Stopped, programme incomplete", "Load calibration and prescription"),
    ("stopped_long", "Stopped for over 48 hours", "Resume, or take the pump out of use"),
    ("doses_missed", "A dose was missed", "Read the records, then acknowledge"),
    ("motor_slip", "Motor loses steps", "Check tube and supply, then acknowledge"),
    ("runaway", "Motor moved without command", "Disconnect the line, read the records, then acknowledge"),
    ("occlusion", "Line blocked", "Clear catheter and line; expect the stored volume to flow, then acknowledge"),
    ("over_delivery_warning", "More drug has left than counted", "Measure the residual volume soon"),
    ("over_delivery", "Far more drug has left than counted", "Measure the residual volume, then acknowledge"),
    ("under_delivery_warning", "Less drug has left than counted", "Measure the residual volume soon"),
    ("under_delivery", "Far less drug has left than counted", "Check tube and catheter, then acknowledge"),
    ("level_invalid", "Reservoir sensor not believed", "Have the sensor checked, then acknowledge"),
    ("supply_low", "Supply low", "Change the cells or connect the supply"),
    ("supply_very_low", "Supply very low, no bolus", "Change the cells or connect the supply now"),
    ("supply_depleted", "Stopped, supply depleted", "Change the cells or connect the supply, then acknowledge"),
    ("watchdog_resets", "Controller fault", "Read the records, then acknowledge"),
    ("task_overdue", "Firmware was late", "Read the records, then acknowledge"),
    ("button_stuck", "A button stays pressed", "Free the button, then acknowledge"),
    ("start_stop_limit", "Stopped, same alarm three times", "Find the cause of the earlier alarm, then acknowledge"),
    ("not_commissioned", "Not commissioned", "Commission the pump"),
    ("records_damaged", "Records were changed or damaged", "Read the records out, then acknowledge"),
    ("pump_stopped", "Stopped by the operator", "Hold stop for 3 s to resume"),
    ("history_unknown", "Dose history unknown, no bolus", "Wait a full window, or commission the pump"),
    ("motor_power", "Motor powered without command", "Disconnect line and supply, then service"),
    ("pressure_invalid", "Pressure sensor not believed", "Have the sensor checked, then acknowledge"),
)
