"""Reservoir level by the pressure below it: Honeywell's MPR series over I2C.

Command, status bits and times: data sheet 32332628. Transfer function A gives 10 to 90 % of 24 bits over the sensor's
range, which is 6554 to 58982 as 16 bits.
"""

from micropython import const

_ADDRESS = const(0x18)
_MEASURE = b"\xaa\x00\x00"
# Powered, not busy, memory sound, mathematics not saturated: nothing else may be believed.
_SOUND = const(0x40)
_BUSY = const(0x20)
# A conversion takes 5 ms, a look some 60 us at the very least; with a chip that stays busy it ends within 30 ms.
_LOOKS = const(150)


class Mpr:
    """bus: see drivers.i2c_bus."""

    def __init__(self, bus):
        self._bus = bus
        self._status = bytearray(1)
        self._answer = bytearray(4)

    def read(self):
        """Pressure, 0 to 65535 over 24 bits, or -1 where the chip gives none that is valid. Takes about 5 ms. Allocates
        nothing while the bus works."""
        bus, status, answer = self._bus.freed(), self._status, self._answer
        try:
            bus.writeto(_ADDRESS, _MEASURE)
            for _ in range(_LOOKS):
                bus.readfrom_into(_ADDRESS, status)
                if not status[0] & _BUSY:
                    break
            bus.readfrom_into(_ADDRESS, answer)
        except OSError:
            return -1
        return answer[1] << 8 | answer[2] if answer[0] == _SOUND else -1
