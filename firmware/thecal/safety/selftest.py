"""The power-on self-test: each check is a bit; a failure inhibits delivery (SR-35, first part)."""

PRESCRIPTION = 1
CALIBRATION = 2
RECORDS = 4
CLOCK = 8
LEVEL_SENSOR = 16
STUCK_BUTTON = 32
MOTOR_NOT_OFF = 64
# No sense line proves these; an operator confirms them.
LIGHT = 1
SOUND = 2
ROTATION = 4
ALWAYS_UNPROVEN = LIGHT | SOUND | ROTATION

# A sensor that is torn off or shorted reads at the ends of its scale.
_LEVEL_LOWEST = 1_500
_LEVEL_HIGHEST = 64_000


def level_sensor_failure(reading):
    """LEVEL_SENSOR where an ADC reading (u16) is at an end of the scale, else 0."""
    return 0 if _LEVEL_LOWEST <= reading <= _LEVEL_HIGHEST else LEVEL_SENSOR


def clock_failure(passed_ms):
    """CLOCK where a wait of 2 ms took less than 1 or more than 50 ms on the tick counter."""
    return 0 if 1 <= passed_ms <= 50 else CLOCK
