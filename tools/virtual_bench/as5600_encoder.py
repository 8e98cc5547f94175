"""AS5600: a magnet on the rotor and its angle of 12 bits over I2C.

Registers and status bits: ams data sheet AS5600, v1-06, figures 21 and 23.
"""

ADDRESS = 0x36
COUNTS = 4096
_STATUS = 0x0B
_RAW_ANGLE = 0x0C
_DETECTED = 0x20
_TOO_WEAK = 0x10
# Noise in counts, as limits: 0.015 degrees RMS of the data sheet, at three times that; ten times as much with a weak
# magnet (assumed).
NOISE = 1
NOISE_WEAK = 8
# A magnet beside the axis: the angle is ahead for half a turn and behind for the other. Counts; the data sheet allows
# one degree. Here it rises and falls on straight lines.
NONLINEARITY = 11


class As5600Encoder:
    """position: callable, the rotor's full steps, forwards positive. random: noise.

    nonlinearity: counts. is_weak: fault, the magnet is too far off. is_lost: there is none. first_angle: how the magnet
    was mounted, counts.
    """

    def __init__(self, position, steps_per_revolution, random, nonlinearity=0):
        self._position = position
        self._steps = steps_per_revolution
        self._random = random
        self._register = 0
        self._is_selected = False
        self._stuck = -1
        self.nonlinearity = nonlinearity
        self.first_angle = 1000
        self.is_weak = False
        self.is_lost = False

    def begin(self):
        self._is_selected = False

    def receive(self, byte):
        if not self._is_selected:
            self._register = byte
            self._is_selected = True
        return True

    def fill(self, buffer):
        angle = self._angle()
        for index in range(len(buffer)):
            register = self._register + index
            value = 0
            if register == _STATUS:
                value = 0 if self.is_lost else _DETECTED | (_TOO_WEAK if self.is_weak else 0)
            elif register == _RAW_ANGLE:
                value = angle >> 8
            elif register == _RAW_ANGLE + 1:
                value = angle & 0xFF
            buffer[index] = value

    def set_weak(self, is_weak):
        """Fault: the magnet is too far from the chip."""
        self.is_weak = bool(is_weak)

    def set_stuck(self, is_stuck):
        """Fault: the angle stays what it is now, as with a magnet that has come off the rotor."""
        self._stuck = -1
        if is_stuck:
            self._stuck = self._angle()

    def _angle(self):
        if self._stuck >= 0:
            return self._stuck
        noise = NOISE_WEAK if self.is_weak else NOISE
        angle = self.first_angle + self._position() * COUNTS // self._steps
        if self.nonlinearity:
            quarter = (angle + COUNTS // 4) % COUNTS
            ramp = quarter if quarter < COUNTS // 2 else COUNTS - quarter
            angle += (ramp - COUNTS // 4) * self.nonlinearity // (COUNTS // 4)
        return (angle + self._random.bell() * noise // 15_149) % COUNTS
