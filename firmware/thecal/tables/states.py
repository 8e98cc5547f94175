"""Why delivery is held: bits. Drug flows as programmed exactly when no bit is set."""

OPERATOR_STOP = 1
SELF_TEST = 2
NO_PRESCRIPTION = 4
NO_CALIBRATION = 8
RECORDS = 16
ALARM = 32
# 64 was held by firmware whose faults were no alarms yet; texts keeps its word for such journals.
NOT_COMMISSIONED = 128

# Quality of the wall time.
WALL_UNKNOWN = 0
WALL_SET = 1
WALL_CLOCK_CHIP = 2
