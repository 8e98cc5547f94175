"""The line behind the pump: it stretches under pressure, lets fluid out at its tip, and can be blocked.

Volumes in picolitres, pressures in kPa (above air), times in us.

Between two events the pressure falls towards that of the spine. Its decay exp(-x), x = time / (resistance *
compliance), is taken as (1 + x/64)^-64, which is 64 implicit steps in six multiplications, the same on every
interpreter. It is never more than 0.0043 above the true value (worst at x = 2); the volume is exact, because what
leaves is what the pressure lost.
"""

# Reinforced catheter, 0.89 m of 0.53 mm bore: Poiseuille's law with water of 1.0 mPa*s gives 0.46 kPa*s/uL.
RESISTANCE_KPA_S_PER_UL = 0.46
# Same catheter with a wall of 30 MPa in extension (assumed), 200 uL inside: thick-walled tube theory gives
# 0.024 uL/kPa, with the pump's outlet tube 0.03. Plain silicone (3 MPa) would give ten times as much.
COMPLIANCE_UL_PER_KPA = 0.03
# Intrathecal pressure of a person lying down, 7 to 18 cm of water: 1.3 kPa in the middle. On the bench: a water column.
SPINE_KPA = 1.3
PL_PER_UL = 1_000_000


class Catheter:
    """One line from pump to tip.

    tip_pl(): ground truth, what has left the tip. blockage: 0 open to 1 closed.
    """

    def __init__(self, world, resistance=RESISTANCE_KPA_S_PER_UL, compliance=COMPLIANCE_UL_PER_KPA):
        self._world = world
        self._compliance = compliance
        self._open_tau_us = resistance * compliance * 1_000_000.0
        self._rest_us = self._open_tau_us * 30.0
        self._tau_us = self._open_tau_us  # 0.0: closed
        self._stored_ul = 0.0  # beyond what it holds at the spine's pressure
        self._updated_us = 0
        self.pushed_pl = 0
        self.blockage = 0.0
        self.peak_kpa = SPINE_KPA

    def pressure_kpa(self):
        """Pressure at the pump now."""
        self._update()
        return SPINE_KPA + self._stored_ul / self._compliance

    def push(self, volume_pl):
        """The pump puts that much in (negative: takes it out)."""
        self._update()
        self.pushed_pl += volume_pl
        self._stored_ul += volume_pl / PL_PER_UL
        pressure = SPINE_KPA + self._stored_ul / self._compliance
        if pressure > self.peak_kpa:
            self.peak_kpa = pressure

    def stored_pl(self):
        """What the stretched line holds beyond its rest, in picolitres: the bolus that a cleared blockage lets go."""
        self._update()
        return int(self._stored_ul * PL_PER_UL)

    def tip_pl(self):
        """What has left the tip since the start, in picolitres."""
        return self.pushed_pl - self.stored_pl()

    def block(self, blockage):
        """Close the line by a fraction: 0 open, 0.9 ten times the resistance, 1 closed."""
        self._update()
        self.blockage = blockage
        self._tau_us = self._open_tau_us / (1.0 - blockage) if blockage < 1.0 else 0.0

    def _update(self):
        now_us = self._world.now_us()
        passed_us = now_us - self._updated_us
        if passed_us == 0:
            return
        self._updated_us = now_us
        if self._stored_ul == 0.0 or self._tau_us == 0.0:
            return
        factor = 1.0 + passed_us / (self._tau_us * 64.0)
        if factor > 1.75:  # x above 48: less than 1e-15 is left
            self._stored_ul = 0.0
            return
        factor *= factor
        factor *= factor
        factor *= factor
        factor *= factor
        factor *= factor
        factor *= factor
        self._stored_ul /= factor
