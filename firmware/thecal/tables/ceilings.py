"""Numbers that bound the pump as a whole; ranges of single quantities are in quantities."""

# Mean flow that therapy never passes, whatever is active together: 1 mL/h, a choice for the bench (SR-02).
CEILING_NL_PER_HOUR = 1_000_000

FLEX_PATTERNS = 4
FLEX_STEPS = 24
SCHEDULED_BOLUSES = 12
