"""The time of day by a DS3231, which has a cell of its own. Registers: Analog Devices' DS3231 data sheet, table 1.

Local time without daylight saving, 24 h mode, years 2020 to 2099.
"""

from micropython import const

_ADDRESS = const(0x68)
_TIME = const(0x00)
_YEAR = const(0x06)
_STATUS = const(0x0F)
# OSF: the oscillator has stopped since somebody has set the time, which is not valid.
_STOPPED = const(0x80)
_TWELVE_HOURS = const(0x40)
_FIRST_YEAR = const(20)
_DAY_S = const(86_400)


class Ds3231:
    """bus: see drivers.i2c_bus. days_since_2020: callable(year, month, day), see drivers.wall_clock."""

    def __init__(self, bus, days_since_2020):
        self._bus = bus
        self._days = days_since_2020

    def read(self):
        """Local seconds since 2020-01-01 00:00, or -1 where the chip has no valid time or does not answer."""
        data, status = bytearray(7), bytearray(1)
        bus = self._bus.freed()
        try:
            bus.readfrom_mem_into(_ADDRESS, _STATUS, status)
            bus.readfrom_mem_into(_ADDRESS, _TIME, data)
        except OSError:
            return -1
        if any(byte & 15 > 9 for byte in data):
            return -1
        second, minute, hour, _, day, month, year = [(byte >> 4) * 10 + (byte & 15) for byte in data]
        month %= 80  # above it: the century
        # A bus that is held low gives zeros.
        if status[0] & _STOPPED or data[2] & _TWELVE_HOURS or second > 59 or minute > 59 or hour > 23:
            return -1
        if not (1 <= month <= 12 and 1 <= day <= 31 and _FIRST_YEAR <= year <= 99):
            return -1
        days = self._days(2000 + year, month, day)
        if month < 12 and days >= self._days(2000 + year, month + 1, 1):
            return -1
        return days * _DAY_S + hour * 3600 + minute * 60 + second

    def set(self, seconds):
        """Take a time over and declare it valid. seconds: local, since 2020-01-01.

        Raises OSError where the chip does not answer or does not keep it. It then has the old time, none that read()
        would take, or this one; never parts of two, wherever the transfer was cut off.
        """
        day, second = divmod(seconds, _DAY_S)
        year, month = 2020, 1
        while self._days(year + 1, 1, 1) <= day:
            year += 1
        while month < 12 and self._days(year, month + 1, 1) <= day:
            month += 1
        day_of_month = day - self._days(year, month, 1) + 1
        # 2020-01-01 was a Wednesday; the chip counts from 1, here from Monday.
        numbers = (second % 60, second // 60 % 60, second // 3600, (day + 2) % 7 + 1, day_of_month, month, year - 2000)
        bus = self._bus.freed()
        # A year before 2020 is no time. The year is written last, so until then there is none.
        bus.writeto_mem(_ADDRESS, _YEAR, b"\x00")
        bus.writeto_mem(_ADDRESS, _TIME, bytes([number // 10 << 4 | number % 10 for number in numbers]))
        status = bus.readfrom_mem(_ADDRESS, _STATUS, 1)[0]
        bus.writeto_mem(_ADDRESS, _STATUS, bytes([status & ~_STOPPED & 0xFF]))
        if not 0 <= self.read() - seconds <= 2:
            bus.writeto_mem(_ADDRESS, _YEAR, b"\x00")
            raise OSError(5)
