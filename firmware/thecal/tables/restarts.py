"""What a boot was planned for, as records and the mark of a planned reset carry it."""

UNPLANNED = 0
RESTART = 1
# Neither watchdog nor therapy are started, and the prompt can be reached (SR-33).
MAINTENANCE = 2
