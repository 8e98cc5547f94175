"""Numbers that bound the pump as a whole; ranges of single quantities are in quantities."""

# What a prescription may sum up to, background and the fastest bolus together: 1 mL/h, a choice for the bench.
CEILING_NL_PER_HOUR = 1_000_000
# What the mechanism is never driven faster than, from one step to the next: 1.2 mL/h (SR-02).
MECHANISM_NL_PER_HOUR = 1_200_000

# The gate's rings: buckets of a minute over an hour, of a quarter of an hour over a day, one more for the oldest.
GATE_HOUR_BUCKETS = 61
GATE_HOUR_BUCKET_S = 60
GATE_DAY_BUCKETS = 97
GATE_DAY_BUCKET_S = 900

FLEX_PATTERNS = 4
FLEX_STEPS = 24
SCHEDULED_BOLUSES = 12
