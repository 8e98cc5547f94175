"""Bits of the self-test's result: what failed, and what no test has proven (SR-35). Words: texts."""

PRESCRIPTION = 1
CALIBRATION = 2
RECORDS = 4
CLOCK = 8
LEVEL_SENSOR = 16
STUCK_BUTTON = 32
MOTOR_NOT_OFF = 64
# A file of the firmware differs from its checksum.
PROGRAM = 128
# What runs is not what the settings on flash say.
SETTINGS = 256
# A figure in the board's board.py that no pump may run with.
BOARD = 512
# The rotor's encoder does not answer, or its magnet is not where it must be.
ROTATION_SENSOR = 1024

# No sense line proves light and sound: an operator confirms them at commissioning.
LIGHT = 1
SOUND = 2
# Proven by the first steps of a boot that the witness confirms, never by an extra move.
ROTATION = 4
# Proven once each file has been read and agrees with its checksum.
PROGRAM_FILES = 8
UNPROVEN_AT_START = 15
