"""The supply: a battery that runs down, or a bench supply that does not.

Voltages in mV, charge in uA*ms (whole numbers), readings in ADC units of 16 bits.
"""

# Three alkaline D cells in series: voltage against the fraction of charge left, at a few mA. The shape follows the
# published discharge curves of alkaline cells (1.6 V new, long slope from 1.4 V to 1.1 V, steep fall below 1.0 V).
VOLTAGE = ((0.0, 2_400), (0.05, 3_000), (0.2, 3_450), (0.5, 3_750), (0.8, 4_050), (0.95, 4_350), (1.0, 4_700))
CAPACITY_MAH = 14_000  # three D cells in series at light load; assumed
# RP2040 waiting for events at 125 MHz: about 10 mA with the board's regulator (assumed, after the datasheet's 5.6).
BASE_UA = 10_000
# Coils of the assumed 20 mm motor, both phases on a low current limit, with the driver's losses.
MOTOR_UA = 250_000
# What the motor's current costs at the cells' and leads' 0.6 ohm (assumed).
MOTOR_SAG_MV = 150
BENCH_SUPPLY_MV = 5_000  # USB
# Brown-out of the board: below this its regulator cannot hold the chip up (RT6150 on the Pico: 1.8 V at its input).
BROWN_OUT_MV = 1_800


class Battery:
    """stepper: the load. full_scale_mv: of the board's divider and ADC. random: noise."""

    def __init__(self, world, stepper, full_scale_mv, random):
        self._world = world
        self._stepper = stepper
        self._full_scale_mv = full_scale_mv
        self._random = random
        self.is_mains = True
        self.sag_mv = 0
        self._capacity_uams = CAPACITY_MAH * 1000 * 3_600_000
        self._left_uams = self._capacity_uams
        self._counted_ms = 0
        self._counted_motor_ms = 0
        self._rest_mv = BENCH_SUPPLY_MV

    def use_battery(self, charge_fraction=1.0):
        """Run from cells with that fraction of their charge instead of from the bench supply."""
        self.is_mains = False
        self._counted_ms = self._world.elapsed_ms
        self._counted_motor_ms = self._stepper.power_ms()
        self._left_uams = int(self._capacity_uams * charge_fraction)
        self._rest_mv = self._resting_mv()

    def use_mains(self):
        """Run from the bench supply."""
        self.is_mains = True
        self._rest_mv = BENCH_SUPPLY_MV

    def charge_fraction(self):
        """What is left, 0 to 1."""
        self._count()
        return self._left_uams / self._capacity_uams

    def voltage_mv(self):
        """At the board's input now; the motor's current pulls it down while a train runs."""
        if not self.is_mains and self._world.physics and self._world.elapsed_ms - self._counted_ms >= 60_000:
            self._count()
        millivolts = self._rest_mv - self.sag_mv
        if self._stepper.is_powered and not self.is_mains:
            millivolts -= MOTOR_SAG_MV
        return millivolts

    def holds_up(self):
        """Whether the board's regulator can still feed the chip."""
        return self.voltage_mv() >= BROWN_OUT_MV

    def read_u16(self):
        """The supply through the board's divider and the chip's converter, noise of about 5 mV."""
        millivolts = self.voltage_mv() + self._random.bell() * 5 // 15_149
        reading = millivolts * 4095 // self._full_scale_mv
        if reading < 0:
            reading = 0
        elif reading > 4095:
            reading = 4095
        return reading << 4 | reading >> 8

    def _count(self):
        now_ms = self._world.elapsed_ms
        motor_ms = self._stepper.power_ms()
        used = (now_ms - self._counted_ms) * BASE_UA + (motor_ms - self._counted_motor_ms) * MOTOR_UA
        self._counted_ms = now_ms
        self._counted_motor_ms = motor_ms
        self._left_uams = self._left_uams - used if used < self._left_uams else 0
        if not self.is_mains:
            self._rest_mv = self._resting_mv()

    def _resting_mv(self):
        fraction = self._left_uams / self._capacity_uams
        below, below_mv = VOLTAGE[0]
        for above, above_mv in VOLTAGE[1:]:
            if fraction <= above:
                return int(below_mv + (above_mv - below_mv) * (fraction - below) / (above - below))
            below, below_mv = above, above_mv
        return below_mv
