"""Honeywell's MPR pressure sensor on the I2C bus, as a reservoir's level sensor.

Commands, status bits and the 10 to 90 % output: data sheet 32332628 (MPR series), transfer function A.
"""

ADDRESS = 0x18
_MEASURE = 0xAA
_POWERED = 0x40
_BUSY = 0x20
_MEMORY_BAD = 0x04
_SATURATED = 0x01
# A conversion takes about 5 ms. The bench's processor takes no time for its work, so that it is told in looks.
BUSY_LOOKS = 3


class MprPressure:
    """read_u16: callable, the pressure as a reading of 16 bits; 6554 and 58982 are the ends of the sensor's range.

    is_silent: fault, a conversion never ends. has_bad_memory, is_saturated: what its status says of itself.
    """

    def __init__(self, read_u16):
        self._read_u16 = read_u16
        self._received = 0
        self._is_asked = False
        self._looks_left = 0
        self._u16 = 0
        self.is_silent = False
        self.has_bad_memory = False
        self.is_saturated = False

    def begin(self):
        self._received = 0

    def receive(self, byte):
        self._received += 1
        if self._received == 1:
            self._is_asked = byte == _MEASURE
        elif byte != 0:
            self._is_asked = False
        if self._received == 3 and self._is_asked:
            self._looks_left = BUSY_LOOKS
            self._u16 = self._read_u16()
        return True

    def fill(self, buffer):
        status = _POWERED
        if self._looks_left > 0 or self.is_silent:
            self._looks_left -= 1
            status |= _BUSY
        if self.has_bad_memory:
            status |= _MEMORY_BAD
        if self.is_saturated:
            status |= _SATURATED
        for index in range(len(buffer)):
            # After the status: 24 bits, of which the last eight are noise below what the bench models.
            buffer[index] = (status, self._u16 >> 8, self._u16 & 0xFF, 0x80)[index % 4]

    def set_silent(self, is_silent):
        """Fault: a conversion never ends."""
        self.is_silent = bool(is_silent)
