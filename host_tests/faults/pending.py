"""Cases of the reduced campaign that fail as long as their detection is not built. To be emptied, never extended."""

# Case: what is missing.
PENDING: dict[str, str] = {}
