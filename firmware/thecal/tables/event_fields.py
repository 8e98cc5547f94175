"""What the 12 payload bytes of each journal event hold, and in which unit. Read by the host only.

Rows: (code, name, struct format, ((field, unit), ...)). A short payload is padded with zeros.
Step counts of whole lives are modulo 2^32. Dose kinds, reasons and outcomes are numbered in tables.doses, alarms in
tables.alarms, states in tables.states.
"""

from thecal.tables import events

_KIND = ("dose_kind", "")
_ALARM = (("alarm", ""), ("priority", ""), ("state", "bits"))

FIELDS = (
    (
        events.BOOT,
        "boot",
        "<BBHII",
        (
            ("reset_cause", ""),
            ("planned", ""),
            ("unused", ""),
            ("reserved_total", "steps"),
            # How many records the ledger that was taken up accounts for; 0: they do not tell all of it.
            ("ledger_sequence", ""),
        ),
    ),
    (
        events.SELF_TEST,
        "self_test",
        "<III",
        (("failures", "bits"), ("unproven", "bits"), ("confirmed_by_operator", "bits")),
    ),
    (
        events.PROGRAMME,
        "programme",
        "<4sBBHI",
        (("prescription_crc", ""), ("mode", ""), ("unused", ""), ("boluses_per_24h", ""), ("daily_rate", "ng/day")),
    ),
    (events.STATE, "state", "<BBH", (("holds", "bits"), ("before", "bits"), ("bolus_blocks", "bits"))),
    (events.BACKGROUND_RATE, "background_rate", "<IHB", (("rate", "ng/day"), ("minute", "min"), ("weekday", ""))),
    (
        events.REFUSED,
        "bolus_refused",
        "<BBHI",
        (_KIND, ("reason", ""), ("steps", "steps"), ("next_possible", "pump s")),
    ),
    (
        events.BOLUS_GRANTED,
        "bolus_granted",
        "<BBHII",
        (_KIND, ("slot", ""), ("steps", "steps"), ("duration", "s"), ("dose", "ng")),
    ),
    (events.BOLUS_ENDED, "bolus_ended", "<BBHH", (_KIND, ("outcome", ""), ("steps", "steps"), ("granted", "steps"))),
    (
        events.BOLUS_SUSPENDED,
        "bolus_suspended",
        "<BBHH",
        (_KIND, ("by_kind", ""), ("steps", "steps"), ("granted", "steps")),
    ),
    (events.BOLUS_RESUMED, "bolus_resumed", "<BBHH", (_KIND, ("unused", ""), ("steps", "steps"), ("granted", "steps"))),
    (
        events.SCHEDULED_MISSED,
        "scheduled_missed",
        "<BBHIH",
        # settled_day: as in the ledger, days since 2020-01-01 plus 1.
        (("slot", ""), ("reason", ""), ("minute", "min"), ("dose", "ng"), ("settled_day", "")),
    ),
    (events.STEPS_DROPPED, "steps_dropped", "<BBHI", (_KIND, ("unused", ""), ("unused2", ""), ("steps", "steps"))),
    (
        events.GATE_REFUSED,
        "gate_refused",
        "<BBHII",
        (_KIND, ("window", "h"), ("unused", ""), ("in_window", "steps"), ("limit", "steps")),
    ),
    (
        events.HOUR_TOTALS,
        "hour_totals",
        "<6H",
        tuple((kind, "steps") for kind in ("background", "scheduled", "patient", "clinician", "prime", "bridge")),
    ),
    (
        events.HOUR_WITNESS,
        "hour_witness",
        "<IHHI",
        (("commanded_total", "steps"), ("confirmed", "steps"), ("measured", "10 uL"), ("computed", "nL")),
    ),
    (events.ALARM_RAISED, "alarm_raised", "<BBH", _ALARM),
    (events.ALARM_CLEARED, "alarm_cleared", "<BBH", _ALARM),
    (events.ALARM_ACKNOWLEDGED, "alarm_acknowledged", "<BBH", _ALARM),
    (events.ALARM_SILENCED, "alarm_silenced", "<BBH", _ALARM),
    (events.ALARM_ESCALATED, "alarm_escalated", "<BBH", _ALARM),
    (events.ALARM_CAUSE_GONE, "alarm_cause_gone", "<BBH", _ALARM),
    (
        events.STALL_RETRIED,
        "stall_retried",
        "<BBHI",
        (("retry", ""), ("unused", ""), ("confirmed", "steps"), ("steps", "steps")),
    ),
    (events.CLOCK_SET, "clock_set", "<IIB", (("before", "s"), ("after", "s"), ("quality", ""))),
    (events.CLOCK_LOST, "clock_lost", "<I", (("before", "s"),)),
    (events.RESERVOIR_SET, "reservoir_set", "<III", (("volume", "nL"), ("measured", "nL"), ("steps_before", "steps"))),
    # What the level sensor, once settled after a refill, says of the volume at that refill.
    (events.LEVEL_REFERENCE, "level_reference", "<I", (("measured_at_refill", "nL"),)),
    (events.TASK_FAULT, "task_fault", "<B11s", (("failures", ""), ("error", ""))),
    (events.UNCERTAIN, "uncertain", "<II", (("steps", "steps"), ("reserved_total", "steps"))),
    (events.CALIBRATION, "calibration", "<I", (("volume_per_step", "pL"),)),
    # The ledger's content in pieces of ten bytes; pieces of zeros alone are left out, but for the first and the last.
    (events.CHECKPOINT, "checkpoint", "<BB10s", (("part", ""), ("parts", ""), ("data", ""))),
    (
        # After a reset: a grant that was safe in the ledger while its own record was not.
        events.GRANT_TAKEN_UP,
        "grant_taken_up",
        "<BBHIH",
        (_KIND, ("slot", ""), ("steps", "steps"), ("started", "pump s"), ("settled_day", "")),
    ),
    (events.SLOTS_SETTLED, "slots_settled", "<HH", (("slots", "bits"), ("settled_day", ""))),
    (events.WATCHDOG_RESET, "watchdog_reset", "<I", (("counted_at", "pump s"),)),
    (events.PLANNED_RESET, "planned_reset", "<B", (("planned", ""),)),
)
