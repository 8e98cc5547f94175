"""The clock chip: wall time in seconds since 2000-01-01 00:00:00, apart from the processor's own ticks."""

_DAYS_IN_400_YEARS = 146_097
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# What MicroPython's RP2 port starts its clock with when nobody has set it: 2021-01-01 00:00:00 (ports/rp2/main.c).
UNSET_START_S = 7671 * 86_400


def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def date_to_days(year, month, day):
    """Whole days from 2000-01-01 to that date; years from 2000 on."""
    before = year - 1
    days = (year - 2000) * 365 + (before // 4 - before // 100 + before // 400) - 484
    for index in range(month - 1):
        days += _DAYS_IN_MONTH[index]
    if month > 2 and _is_leap(year):
        days += 1
    return days + day - 1


def days_to_date(days):
    """(year, month, day) of a count of whole days since 2000-01-01."""
    year = 2000 + days // _DAYS_IN_400_YEARS * 400
    days %= _DAYS_IN_400_YEARS
    while True:
        length = 366 if _is_leap(year) else 365
        if days < length:
            break
        days -= length
        year += 1
    month = 1
    while True:
        length = _DAYS_IN_MONTH[month - 1] + (1 if month == 2 and _is_leap(year) else 0)
        if days < length:
            return (year, month, days + 1)
        days -= length
        month += 1


def to_datetime(seconds):
    """Eight-tuple as machine.RTC gives it: year, month, day, weekday (Monday 0), hour, minute, second, 0."""
    days = seconds // 86_400
    rest = seconds % 86_400
    year, month, day = days_to_date(days)
    # 2000-01-01 was a Saturday.
    return (year, month, day, (days + 5) % 7, rest // 3600, rest // 60 % 60, rest % 60, 0)


def from_datetime(datetime):
    """Seconds since 2000-01-01 of such an eight-tuple; weekday and the last field are ignored."""
    days = date_to_days(datetime[0], datetime[1], datetime[2])
    return days * 86_400 + datetime[4] * 3600 + datetime[5] * 60 + datetime[6]


class WallClock:
    """A clock chip that the bench can leave unset, set, jump, or follow from the host.

    is_set: nobody has set the chip since it last lost its supply while False.
    has_battery: the chip goes on through a power cut.
    source: None, or a callable that returns seconds since 2000 (tests on the host feed their own dates with it).
    """

    def __init__(self, world):
        self._world = world
        self.is_set = False
        self.has_battery = True
        self.source = None
        self._start_s = UNSET_START_S
        self._start_ms = 0

    def seconds(self):
        """Wall time in whole seconds since 2000-01-01 00:00:00."""
        if self.source is not None:
            return self.source()
        return self._start_s + (self._world.elapsed_ms - self._start_ms) // 1000

    def follow(self, source):
        """From now on tell what source() returns, seconds since 2000; None goes back to the bench's own time."""
        self.source = source

    def set(self, seconds):
        """Set the chip to a number of seconds since 2000."""
        self._start_s = seconds
        self._start_ms = self._world.elapsed_ms
        self.is_set = True

    def datetime(self):
        """Wall time as the eight-tuple of machine.RTC."""
        return to_datetime(self.seconds())

    def set_datetime(self, datetime):
        """Set the chip by such an eight-tuple; ValueError for a date that does not exist."""
        year, month, day = datetime[0], datetime[1], datetime[2]
        if not 2000 <= year <= 2099 or not 1 <= month <= 12 or days_to_date(date_to_days(year, month, day))[1] != month:
            raise ValueError("invalid date")
        if not 0 <= datetime[4] <= 23 or not 0 <= datetime[5] <= 59 or not 0 <= datetime[6] <= 59:
            raise ValueError("invalid time")
        self.set(from_datetime(datetime))

    def unset(self):
        """Lose the time, as a chip without a battery does at a power cut."""
        self._start_s = UNSET_START_S
        self._start_ms = self._world.elapsed_ms
        self.is_set = False

    def jump(self, seconds):
        """Go wrong by so many seconds (negative: backwards) without anyone having set it."""
        self._start_s += seconds

    def power_lost(self):
        """The board's supply went away."""
        if not self.has_battery:
            self.unset()
