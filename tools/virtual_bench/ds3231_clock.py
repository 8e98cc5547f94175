"""DS3231: the clock chip with its own cell, on the I2C bus. Registers: Analog Devices' DS3231 data sheet, table 1."""

from virtual_bench.wall import from_datetime, to_datetime

ADDRESS = 0x68
_STATUS = 0x0F
_STOPPED = 0x80  # OSF: the oscillator has stopped, the time is not valid
_TIME_REGISTERS = 7


def _bcd(value):
    return value // 10 << 4 | value % 10


def _number(bcd):
    return (bcd >> 4) * 10 + (bcd & 0x0F)


class Ds3231Clock:
    """wall: the WallClock that it keeps; one that nobody has set is what a chip without its cell shows."""

    def __init__(self, wall):
        self._wall = wall
        self._has_stopped = False
        self._register = 0
        self._is_selected = False
        self._written = bytearray(_TIME_REGISTERS)

    def has_stopped(self):
        """The flag OSF."""
        return self._has_stopped or not self._wall.is_set

    def begin(self):
        self._is_selected = False

    def receive(self, byte):
        if not self._is_selected:
            self._register = byte
            self._is_selected = True
            self._written[:] = self._date()
            return True
        if self._register < _TIME_REGISTERS:
            self._written[self._register] = byte
            self._take_time()
        elif self._register == _STATUS and not byte & _STOPPED:
            self._has_stopped = False
            self._wall.is_set = True
        self._register += 1
        return True

    def fill(self, buffer):
        date = self._date()
        for index in range(len(buffer)):
            register = self._register + index
            if register < _TIME_REGISTERS:
                buffer[index] = date[register]
            else:
                buffer[index] = _STOPPED if register == _STATUS and self.has_stopped() else 0

    def _date(self):
        year, month, day, weekday, hour, minute, second, _ = to_datetime(self._wall.seconds())
        numbers = (second, minute, hour, weekday + 1, day, month, year - 2000)
        return bytes([_bcd(number) for number in numbers])

    def _take_time(self):
        self._has_stopped = self.has_stopped()
        second, minute, hour, _, day, month, year = self._written
        date = (2000 + _number(year), _number(month & 0x1F), _number(day))
        self._wall.set(from_datetime(date + (0, _number(hour), _number(minute), _number(second))))
