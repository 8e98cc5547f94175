"""Pump time, which nobody can set, and wall time, a mapping beside it with a known quality.

Pump time counts powered seconds since commissioning as a pair (seconds, ms), because a count of ms passes 2^30, the end
of small integers, after 12.4 days. Lockouts, counts and limits use pump time only (SR-05). Wall time is local time
without daylight saving, in seconds since 2020-01-01 00:00; it decides schedules and nothing else (SR-38).
"""

from thecal.tables import states, ticks

# 2020-01-01 was a Wednesday; Monday is 0.
_FIRST_WEEKDAY = 2


class Clock:
    """Both times over one free-running tick counter.

    ticks_ms: callable, ms modulo 2^30. seconds: pump time to go on from, in s.
    """

    def __init__(self, ticks_ms, seconds=0):
        self._ticks_ms = ticks_ms
        self._last = ticks_ms()
        self.seconds = seconds
        self.millis = 0
        self._wall_offset = 0
        self.quality = states.WALL_UNKNOWN

    def now(self):
        """The tick of this moment; also brings pump time up to it. To be called at least every 6 days."""
        tick = self._ticks_ms()
        passed = ticks.diff(tick, self._last)
        if passed > 0:
            self._last = tick
            passed += self.millis
            if passed >= 1000:
                self.seconds += passed // 1000
                passed %= 1000
            self.millis = passed
        return tick

    def restore(self, seconds):
        """Go on from a pump time that records prove; never goes back."""
        if seconds > self.seconds:
            self.seconds = seconds

    def set_wall(self, wall, quality):
        """wall: s since 2020-01-01 local. quality: tables.states.WALL_SET or WALL_CLOCK_CHIP."""
        self.now()
        self._wall_offset = wall - self.seconds
        self.quality = quality

    def lose_wall(self):
        """From now on the wall time is unknown."""
        self.quality = states.WALL_UNKNOWN

    def wall(self):
        """Wall time in s since 2020-01-01 local, or 0 while it is unknown."""
        return self.seconds + self._wall_offset if self.quality else 0

    def minute_of_day(self):
        """0 to 1439, or -1 while the wall time is unknown."""
        return self.wall() % 86_400 // 60 if self.quality else -1

    def day(self):
        """Days since 2020-01-01, or -1 while the wall time is unknown."""
        return self.wall() // 86_400 if self.quality else -1

    def weekday(self):
        """0 Monday to 6 Sunday; -1 while the wall time is unknown."""
        return (self.day() + _FIRST_WEEKDAY) % 7 if self.quality else -1

    def ms_until_minute(self, minute):
        """ms until a minute of this wall day, 1 to 1440 for midnight, or the negative of what has passed since then."""
        return (minute * 60 - self.wall() % 86_400) * 1000 - self.millis
