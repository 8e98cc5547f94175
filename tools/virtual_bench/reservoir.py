"""The drug reservoir and its level sensor.

Volumes in picolitres, readings in ADC units of 16 bits as read_u16() gives them.
"""

PL_PER_UL = 1_000_000
# Noise of the sensor: standard deviation 40 uL; limits at three times that. Assumed: slosh and an ordinary
# potentiometric or capacitive gauge.
NOISE_UL = 40
# Spread of sensors as built and mounted: zero point +-100 uL. Assumed.
OFFSET_UL = 100
# How often the fault level_spike strikes: one reading in eight. Assumed.
SPIKE_EVERY = 8


class Reservoir:
    """capacity_ul: full. empty_u16, full_u16: what the sensor gives empty and full. random: noise and tolerance.

    level_pl: ground truth. air_pl: what the pump has drawn since the reservoir ran empty.
    """

    def __init__(self, world, capacity_ul, empty_u16, full_u16, random, has_tolerance=True):
        self._world = world
        self._random = random
        self._empty_u16 = empty_u16
        self._u16_per_pl = (full_u16 - empty_u16) / (capacity_ul * PL_PER_UL)
        self._noise_u16 = int(NOISE_UL * PL_PER_UL * self._u16_per_pl + 0.5)
        self._offset_pl = int(random.tolerance(OFFSET_UL) * PL_PER_UL) if has_tolerance else 0
        self.capacity_pl = capacity_ul * PL_PER_UL
        self.level_pl = self.capacity_pl
        self.drawn_pl = 0
        self.air_pl = 0
        self.drift_ul_per_day = 0
        self.offset_ul = 0
        self.spike_u16 = 0
        self._spike_turn = 0
        self._drift_from_ms = 0
        self._stuck_u16 = -1
        self._reading_u16 = 0
        self._is_changed = True

    def draw(self, volume_pl):
        """The pump takes that much (negative: gives it back); air once the reservoir is empty."""
        self.drawn_pl += volume_pl
        self.level_pl -= volume_pl
        if self.level_pl < 0:
            self.air_pl -= self.level_pl
            self.level_pl = 0
        self._is_changed = True

    def fill(self, volume_pl):
        """A refill by so much; returns what did not fit."""
        self.level_pl += volume_pl
        over_pl = self.level_pl - self.capacity_pl
        if over_pl > 0:
            self.level_pl = self.capacity_pl
        self._is_changed = True
        return over_pl if over_pl > 0 else 0

    def aspirate(self):
        """Empty it; returns what came out, in picolitres."""
        volume_pl = self.level_pl
        self.level_pl = 0
        self._is_changed = True
        return volume_pl

    def read_u16(self):
        """The level sensor through the chip's converter: noisy, 12 bits stretched to 16."""
        if self._stuck_u16 >= 0:
            return self._stuck_u16
        if self._world.physics and (self._is_changed or self.drift_ul_per_day):
            self._is_changed = False
            drifting_ms = self._world.elapsed_ms - self._drift_from_ms
            drift_pl = self.drift_ul_per_day * PL_PER_UL * drifting_ms // 86_400_000
            shown_pl = self.level_pl + self._offset_pl + self.offset_ul * PL_PER_UL + drift_pl
            self._reading_u16 = self._empty_u16 + int(shown_pl * self._u16_per_pl)
        reading = self._reading_u16 + self._random.bell() * self._noise_u16 // 15_149
        if self.spike_u16:
            self._spike_turn += 1
            if self._spike_turn % SPIKE_EVERY == 0:
                reading += self.spike_u16
        if reading < 0:
            reading = 0
        elif reading > 65_535:
            reading = 65_535
        twelve_bits = reading >> 4
        return twelve_bits << 4 | twelve_bits >> 8

    def set_stuck(self, is_stuck):
        """Fault: the sensor gives the reading of this moment for ever."""
        self._stuck_u16 = -1
        if is_stuck:
            self._stuck_u16 = self.read_u16()

    def set_drift(self, ul_per_day):
        """Fault: the sensor's zero point wanders from now on."""
        self.drift_ul_per_day = ul_per_day
        self._drift_from_ms = self._world.elapsed_ms
        self._is_changed = True

    def set_offset(self, microlitres):
        """Fault: the sensor's zero point is off."""
        self.offset_ul = microlitres
        self._is_changed = True

    def set_spike(self, u16):
        """Fault: one reading in SPIKE_EVERY is off by so many ADC units."""
        self.spike_u16 = u16
