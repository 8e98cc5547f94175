"""One table of quantities: name, unit, hard range and step. Host, board, documents and schemas read it.

Sources: flow range 0.048 to 24 mL/day from the reference pumps' labels (lowest: Prialt titration guide for SynchroMed
II; highest: from memory, unverified). The minimum rate only keeps the tube from taking a set: 0.006 mL/day, from
memory, unverified. Durations, lockouts and counts are choices for the bench. The gate sums whole buckets, the oldest
partly expired one included: its limits end where 1 mL/h fills 61 min or 24 h and a quarter, and four blocks of 2 uL
more, so that it is not in the way of the highest legal flow. For each of two resets in the window one of them counts
although it was not given, and another is given in pump time that is lived twice.
"""

# name, unit on the board, lowest, highest, step. Zero is legal beside the range where ZERO_IS_OFF names the quantity.
QUANTITIES = (
    ("concentration", "ng/mL", 1_000, 100_000_000, 1),
    ("background", "nL/day", 48_000, 24_000_000, 1),
    ("bolus_volume", "nL", 250, 500_000, 1),
    ("bolus_duration", "s", 60, 21_600, 1),
    ("lockout", "s", 900, 86_400, 1),
    ("boluses_per_24h", "", 1, 24, 1),
    ("limit_1h", "nL", 250, 1_000_000, 1),
    ("limit_24h", "nL", 250, 24_000_000, 1),
    ("gate_1h", "nL", 250, 1_024_667, 1),
    ("gate_24h", "nL", 250, 24_258_000, 1),
    ("low_reservoir", "uL", 500, 10_000, 1),
    ("calibration", "pL/step", 100_000, 400_000, 1),
    ("reservoir", "uL", 0, 40_000, 1),
)
ZERO_IS_OFF = ("background",)


def hard_range(name):
    """(lowest, highest) of the named quantity, in the unit of its table row. Raises KeyError for an unknown name."""
    for row in QUANTITIES:
        if row[0] == name:
            return row[2], row[3]
    raise KeyError(name)
