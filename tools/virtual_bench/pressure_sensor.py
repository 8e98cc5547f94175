"""The line pressure sensor between pump and catheter, as the chip's converter reads it.

Pressures in kPa, readings in ADC units of 16 bits as read_u16() gives them.
"""

# Noise: standard deviation, limits at three times that. Assumed: 0.2 % of an ordinary 250 kPa gauge's full scale.
NOISE_KPA = 0.5


class PressureSensor:
    """catheter: whose pressure it measures. zero_u16, full_u16: what it gives at 0 and at full_kpa. random: noise."""

    def __init__(self, world, catheter, zero_u16, full_u16, full_kpa, random):
        self._world = world
        self._catheter = catheter
        self._random = random
        self._zero_u16 = zero_u16
        self._u16_per_kpa = (full_u16 - zero_u16) / full_kpa
        self._noise_u16 = int(NOISE_KPA * self._u16_per_kpa + 0.5)
        self._is_dead = False
        self._stuck_u16 = -1
        self._reading_u16 = zero_u16

    def read_u16(self):
        """Noisy, 12 bits stretched to 16."""
        if self._is_dead:
            return 0
        if self._stuck_u16 >= 0:
            return self._stuck_u16
        if self._world.physics:
            self._reading_u16 = self._zero_u16 + int(self._catheter.pressure_kpa() * self._u16_per_kpa)
        reading = self._reading_u16 + self._random.bell() * self._noise_u16 // 15_149
        reading = min(max(reading, 0), 65_535)
        twelve_bits = reading >> 4
        return twelve_bits << 4 | twelve_bits >> 8

    def set_dead(self, is_dead):
        """Fault: its wire is off, and the board's resistor pulls the pin to ground."""
        self._is_dead = bool(is_dead)

    def set_stuck(self, is_stuck):
        """Fault: it gives the reading of this moment for ever."""
        self._stuck_u16 = -1
        if is_stuck:
            self._stuck_u16 = self.read_u16()
