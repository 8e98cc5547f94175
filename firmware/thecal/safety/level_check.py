"""How far the measured reservoir is apart from the counted one, from readings that can be believed (SR-26).

What is filtered is the difference of both, which delivery does not change, so the filter costs no lag. Volumes in uL.
"""

from micropython import const

from thecal.safety.believable import Believable

# One look a minute: a reading further from the filtered ones than this is too fast. The sensor's noise, averaged over
# eight readings, is 14 uL, and the fastest flow that nobody counts (1.2 mL/h) adds 320 uL over the filter's length.
_TOO_FAST_UL = const(400)
_READINGS = const(16)


class LevelCheck:
    """apart_ul: measured less computed volume, filtered over about a quarter of an hour. sensor: safety.believable."""

    def __init__(self):
        self.sensor = Believable()
        self.apart_ul = 0
        self.forget()

    def forget(self):
        """The reservoir was filled: earlier readings say nothing any more."""
        self._sum = 0
        self._count = 0

    @property
    def known(self):
        """True where there is a believed volume."""
        return self._count > 0 and self.sensor.valid

    @property
    def settled(self):
        """True once the filter holds as many readings as it is long."""
        return self._count == _READINGS and self.sensor.valid

    def update(self, reading, apart_ul):
        """Take one reading (u16) and how far its volume is from the computed one. Allocates nothing."""
        plausible = self._count == 0 or -_TOO_FAST_UL <= apart_ul - self.apart_ul <= _TOO_FAST_UL
        if not plausible and self._count < _READINGS:
            # Nobody knows yet which of them is wrong.
            self.forget()
        if not self.sensor.judge(reading, plausible):
            return
        if self._count < _READINGS:
            self._count += 1
            self._sum += apart_ul
        else:
            self._sum += apart_ul - self.apart_ul
        self.apart_ul = self._sum // self._count
