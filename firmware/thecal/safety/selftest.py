"""Judgements of the power-on self-test: each check is a bit of tables.checks; a failure inhibits delivery (SR-35)."""

from thecal.safety.believable import HIGHEST, LOWEST
from thecal.tables import checks


def level_sensor_failure(reading):
    """LEVEL_SENSOR where a reading (u16) is at an end of the scale or, -1, there is none, else 0."""
    return 0 if LOWEST <= reading <= HIGHEST else checks.LEVEL_SENSOR


def clock_failure(passed_ms):
    """CLOCK where a wait of 2 ms took less than 1 or more than 50 ms on the tick counter."""
    return 0 if 1 <= passed_ms <= 50 else checks.CLOCK
