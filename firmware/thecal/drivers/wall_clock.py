"""The chip's clock of the day. It loses its time with the power, and then starts before the year of this firmware."""

from machine import RTC

_FIRST_YEAR = 2024
# Days of the year before each month of a common year.
_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def read():
    """Local seconds since 2020-01-01 00:00, or -1 where the clock has no time."""
    year, month, day, _, hour, minute, second, _ = RTC().datetime()
    if year < _FIRST_YEAR:
        return -1
    return days_since_2020(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second


def days_since_2020(year, month, day):
    """Days from 2020-01-01 to a date, for 2020 to 2099, where every fourth year is a leap year."""
    leap_days = (year - 2020 + 3) // 4
    days = (year - 2020) * 365 + leap_days + _BEFORE_MONTH[month - 1] + day - 1
    return days + 1 if month > 2 and year % 4 == 0 else days
