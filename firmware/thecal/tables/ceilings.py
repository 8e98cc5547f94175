"""Numbers that bound the pump as a whole; ranges of single quantities are in quantities."""

# What a prescription may sum up to, background and the fastest bolus together: 1 mL/h, a choice for the bench.
CEILING_NL_PER_HOUR = 1_000_000
# What the mechanism is never driven faster than, from one step to the next: 1.2 mL/h (SR-02).
MECHANISM_NL_PER_HOUR = 1_200_000

FLEX_PATTERNS = 4
FLEX_STEPS = 24
SCHEDULED_BOLUSES = 12
