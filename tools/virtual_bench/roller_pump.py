"""A peristaltic pump: rollers press a tube and push its content along, one motor step at a time.

Volumes in picolitres (whole numbers, so that nothing is lost), pressures in kPa, torques in mN*m.
"""

ROLLERS = 6  # assumed for the bench
# While a roller leaves the tube, the tube opens and swallows part of the flow: 60 % less over a fifth of the roller's
# way, made up over the rest. Assumed for the bench; real pumps show anything from 20 % to backflow.
DIP_DEPTH = 0.6
DIP_LENGTH = 0.2
# Silicone tube: volume per revolution falls with use, assumed 5 % in 5,000 revolutions (manufacturers state a few per
# cent over a tube's life), down to a floor at which the tube counts as worn out.
WEAR_PER_REVOLUTION = 0.000_01
WORN_OUT = 0.8
# Against pressure some fluid slips back past the rollers: 0.02 % of the volume per kPa. Assumed.
SLIP_PER_KPA = 0.000_2
# Torque to roll over the occluded tube: mean, and its swing over a roller's way. Assumed for the bench.
FRICTION = 7.2
FRICTION_SWING = 0.3
# Pressure times volume per radian: 50 uL / (2 pi) = 7.958 uL per radian, so 1 kPa gives 0.007958 mN*m. All torques are
# at the motor: the gear of one with more steps a revolution makes up for a head that gives more (assumed).
TORQUE_PER_KPA = 0.007_958
# Spread of the volume per revolution between pumps as built. Assumed: +-5 %.
UNIT_TOLERANCE = 0.05


def _ripple_shape(phase):
    """Flow at a place (0 to 1) on one roller's way against the mean, before it is made to average to 1."""
    if phase >= DIP_LENGTH:
        return 1.0
    across = phase / DIP_LENGTH
    return 1.0 - DIP_DEPTH * 4.0 * across * (1.0 - across)


def _friction_at(phase):
    """Friction in mN*m at a place on one roller's way: a saw-tooth with its peak where the next roller engages."""
    return FRICTION + FRICTION_SWING * (2.0 * phase - 1.0)


class RollerPump:
    """Takes fluid from the reservoir and pushes it into the catheter.

    steps_per_revolution, ul_per_revolution: of motor and head. random: None for a nominal pump, else where its
    tolerance comes from.
    passed_pl: ground truth, what has gone through it (backwards counted off).
    """

    def __init__(self, reservoir, catheter, steps_per_revolution, ul_per_revolution, random=None):
        self._reservoir = reservoir
        self._catheter = catheter
        self._steps = steps_per_revolution
        self._angle = 0
        self.passed_pl = 0
        self.steps_turned = 0  # both ways: what wears the tube
        self._wear = 1.0
        unit = 1.0
        if random is not None:
            unit += random.tolerance(UNIT_TOLERANCE)
        self.pl_per_revolution = int(ul_per_revolution * 1_000_000 * unit)
        shapes = []
        total = 0.0
        self._friction = []
        for step in range(steps_per_revolution):
            phase = (step * ROLLERS % steps_per_revolution) / steps_per_revolution
            shapes.append(_ripple_shape(phase))
            total += shapes[-1]
            self._friction.append(_friction_at(phase))
        self._volumes = []  # picolitres of each step over one revolution, at no pressure and without wear
        for shape in shapes:
            self._volumes.append(self.pl_per_revolution * shape / total)

    def true_pl_per_step(self):
        """What one step gives on average now, without back pressure, in picolitres (a whole number)."""
        return int(self.pl_per_revolution * self._wear / self._steps + 0.5)

    def set_used_revolutions(self, revolutions):
        """Put in a tube that has turned so often already."""
        self.steps_turned = revolutions * self._steps
        self._wear_down()

    def load_torque(self, direction):
        """What the motor must give for the next step, in mN*m."""
        pressure = self._catheter.pressure_kpa() * TORQUE_PER_KPA
        return self._friction[self._angle] + (pressure if direction > 0 else -pressure)

    def resting_torque(self):
        """What the rollers' friction holds at rest, in mN*m."""
        return self._friction[self._angle]

    def hydraulic_torque(self):
        """What the fluid turns back with, in mN*m."""
        return self._catheter.pressure_kpa() * TORQUE_PER_KPA

    def advance(self, direction):
        """One step forwards (1) or backwards (-1); moves its volume from the reservoir to the catheter or back."""
        angle = self._angle
        if direction < 0:
            angle = (angle - 1) % self._steps
        slip = 1.0 - SLIP_PER_KPA * self._catheter.pressure_kpa()
        volume_pl = int(self._volumes[angle] * self._wear * slip)
        self._angle = (angle + 1) % self._steps if direction > 0 else angle
        self.steps_turned += 1
        if self.steps_turned % self._steps == 0:
            self._wear_down()
        self.passed_pl += direction * volume_pl
        self._reservoir.draw(direction * volume_pl)
        self._catheter.push(direction * volume_pl)

    def _wear_down(self):
        wear = 1.0 - WEAR_PER_REVOLUTION * (self.steps_turned // self._steps)
        self._wear = wear if wear > WORN_OUT else WORN_OUT
