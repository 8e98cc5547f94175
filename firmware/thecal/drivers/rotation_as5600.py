"""Rotation witness by a magnet on the rotor: AS5600 over I2C. Registers: ams data sheet AS5600, v1-06.

It must be asked at least once in each half revolution, because a turn further cannot be told from one back; the
firmware asks after each train (8 of 200 steps) and each minute. It counts nothing while nobody asks. So where it is the
rotor's only witness there is no cut-off by hardware on excess rotation (SR-21): the train's own end in hardware and the
check after each train are all there is.
"""

from micropython import const

_ADDRESS = const(0x36)
_STATUS = const(0x0B)
_RAW_ANGLE = const(0x0C)
# Of the status: magnet detected; with magnet too weak and too strong.
_DETECTED = const(0x20)
_MAGNET = const(0x38)
_MASK = const(0x3FFFFFFF)
# A turn is 4096 angles; positions are angles times counts_per_revolution, so that 4096 of them are one count.
_BITS = const(12)
_ANGLES = const(4096)
# Angles closer than this to the last one taken are noise (0.015 degrees RMS in the data sheet, a few angles at most); a
# full step of a 200-step motor is 20.
_STILL = const(8)


class As5600:
    """bus: see drivers.i2c_bus. counts_per_revolution: of the counts it gives. 50 for a motor of 200 steps: so many as
    SR-19 asks for, each of whole steps, and never two in one step, which the rotation check takes for no proof.

    A count is a whole part of a turn, and one backwards counts off, as with an encoder. Noise counts nothing.
    """

    def __init__(self, bus, counts_per_revolution):
        self._bus = bus
        self._counts_per_revolution = counts_per_revolution
        self._status = bytearray(1)
        self._angle = bytearray(2)
        self._taken = -1
        self._position = 0
        self._count = 0
        self.count()

    def is_sound(self):
        """Self-test: True where the chip answers and sees a magnet that is neither too weak nor too strong."""
        return self._ask() >= 0 and self._status[0] & _MAGNET == _DETECTED

    def count(self):
        """Counts since construction, modulo 2^30. Without an answer or a magnet they stay as they are, and the pump
        finds no confirmed motion. Allocates nothing while the bus works."""
        angle = self._ask()
        if angle < 0:
            return self._count
        if self._taken < 0:
            self._taken = angle
        moved = (angle - self._taken + _ANGLES // 2) % _ANGLES - _ANGLES // 2
        if -_STILL < moved < _STILL:
            return self._count
        self._taken = angle
        # Of which a count has not been made yet.
        self._position += moved * self._counts_per_revolution
        counts = abs(self._position) >> _BITS
        if self._position < 0:
            counts = -counts
        self._position -= counts * _ANGLES
        self._count = (self._count + counts) & _MASK
        return self._count

    def _ask(self):
        bus = self._bus.freed()
        try:
            bus.readfrom_mem_into(_ADDRESS, _STATUS, self._status)
            bus.readfrom_mem_into(_ADDRESS, _RAW_ANGLE, self._angle)
        except OSError:
            return -1
        if not self._status[0] & _DETECTED:
            return -1
        return (self._angle[0] << 8 | self._angle[1]) & (_ANGLES - 1)
