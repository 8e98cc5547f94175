"""A stepper with its driver: moves whole steps on STEP's rising edges, or as its four phases are switched, stalls, and
rests unpowered.

Torques in mN*m, times in us. The motor is assumed for the bench: a 20 mm hybrid motor (200 full steps per revolution)
on a current limit low enough to stall on a blocked line near 250 kPa instead of bursting it.
"""

# Pull-out torque at a step rate, full steps: (shortest us between steps, mN*m). Assumed for the bench; the shape (flat,
# then falling with the rate as the winding's inductance limits the current) is that of any hybrid stepper's data sheet.
PULL_OUT = ((20_000, 9.6), (10_000, 9.6), (2_000, 8.6), (1_000, 6.0), (500, 3.0), (100, 0.5))
# Fastest interval that a motor at rest can follow at once (start/stop rate 500 steps/s). Assumed for the bench.
START_PERIOD_US = 2_000
# A running motor follows an interval shorter than the last by at most this fraction without losing step. Assumed.
FASTEST_SPEED_UP = 0.8
# After that long without an edge the rotor is at rest. Assumed: several periods of the rotor's own swing (about 10 ms).
REST_US = 100_000
# What the motor's magnets hold without current. Assumed: 15 % of its holding torque, usual for hybrid motors.
DETENT_TORQUE = 1.5
# Full steps of a four-phase motor: which two phases have current, from the first pin on, in the order that turns it
# forwards. At position 0 it rests where the last of them pulls it.
_PATTERNS = (0b0011, 0b0110, 0b1100, 0b1001)
# A free rotor (fault back_drive) is turned back by the fluid one step in that time. Assumed.
BACK_DRIVE_STEP_MS = 500


def pull_out_torque(period_us):
    """Torque in mN*m that the motor gives at so many us between steps, on straight lines through PULL_OUT."""
    longest, torque = PULL_OUT[0]
    if period_us >= longest:
        return torque
    above_us, above = longest, torque
    for below_us, below in PULL_OUT[1:]:
        if period_us >= below_us:
            return below + (above - below) * (period_us - below_us) / (above_us - below_us)
        above_us, above = below_us, below
    return 0.0


class Stepper:
    """Turns the pump by whole steps.

    step_line, dir_line: of a STEP/DIR driver, or None, and phase_lines in their place: the four phases of a ULN2003.
    rotor_line: of a slotted disc, or of an encoder's first channel; None where the rotor has neither. counts: of steps
    and of the sensor per turn. second_line: the encoder's second channel.
    pump: what it drives; gives load_torque(), resting_torque(), hydraulic_torque() in mN*m and advance(direction).
    random: a Random of its own. position counts full steps from power-on, forwards positive.
    """

    def __init__(
        self,
        world,
        step_line,
        enable_n_line,
        dir_line,
        rotor_line,
        pump,
        random,
        phase_lines=None,
        counts=(200, 200),
        second_line=None,
    ):
        self._world = world
        self._dir = dir_line
        self._rotor = rotor_line
        self._second = second_line
        self._phases = phase_lines or ()
        self._steps_per_turn, self._counts_per_turn = counts
        self._quarter = 0  # quarters of a slot that the encoder has shown, modulo nothing
        self._enable_n = enable_n_line
        self._pump = pump
        self._random = random
        self.position = 0
        self.edges = 0  # rising edges while powered
        self.lost = 0  # of them, edges that moved nothing
        self.powered_us = 0
        self.is_blocked = False
        self.slip_fraction = 0.0
        self.holding_lost = 0.0
        self.runaway_per_s = 0
        self.is_witness_dead = False
        self.trembles = False  # fault: the rotor answers a lost step by springing forth and back past the sensor
        self.is_powered = enable_n_line.level == 0
        self._powered_at_us = 0
        self._last_us = -REST_US
        self._period_us = 0  # 0: at rest
        self._in_step = True
        self._torque_period_us = 0
        self._torque = 0.0
        self._is_back_driving = False
        self._runaway_train = 0
        if phase_lines is None:
            step_line.listen(self._on_step)
        else:
            for line in phase_lines:
                line.listen(self._on_phase)
        if second_line is not None:
            second_line.set_external(1)
        enable_n_line.listen(self._on_enable_n)

    def power_ms(self):
        """How long the coils have had current, in ms."""
        total_us = self.powered_us
        if self.is_powered:
            total_us += self._world.now_us() - self._powered_at_us
        return total_us // 1000

    def set_holding_lost(self, fraction):
        """Fault: how much of what holds the resting rotor is gone, 0 to 1."""
        self.holding_lost = fraction
        if not self.is_powered:
            self._start_back_drive()

    def set_runaway(self, pulses_per_s):
        """Fault: the driver chip makes so many steps a second by itself while it is enabled."""
        self.runaway_per_s = pulses_per_s
        if self.is_powered:
            self._start_runaway()

    def _on_enable_n(self, level):
        now_us = self._world.now_us()
        self.is_powered = level == 0
        if self.is_powered:
            self._powered_at_us = now_us
            if self.runaway_per_s:
                self._start_runaway()
        else:
            self.powered_us += now_us - self._powered_at_us
            self._runaway_train += 1
            if self.holding_lost:
                self._start_back_drive()

    def _on_step(self, level):
        if level and self.is_powered and self._world.physics:
            self._step(-1 if self._dir.level else 1)

    def _on_phase(self, _):
        pattern = 0
        for place, line in enumerate(self._phases):
            pattern |= line.level << place
        if pattern in _PATTERNS and self.is_powered and self._world.physics:
            ahead = (_PATTERNS.index(pattern) - self.position + 1) % 4
            if ahead == 2:
                self.edges += 1
                self.lost += 1  # as near on either side: it trembles and stays
            elif ahead:
                self._step(1 if ahead == 1 else -1)

    def _step(self, direction):
        now_us = self._world.now_us()
        gap_us = now_us - self._last_us
        self._last_us = now_us
        self.edges += 1
        if gap_us >= START_PERIOD_US:
            self._in_step = True  # slow enough to be caught from rest
            if gap_us >= REST_US:
                gap_us = 0
        elif not self._period_us or gap_us < self._period_us * FASTEST_SPEED_UP:
            self._in_step = False  # asked to start, or to speed up, too fast
        if gap_us != self._torque_period_us or self._torque == 0.0:
            self._torque_period_us = gap_us
            self._torque = pull_out_torque(gap_us if gap_us else REST_US)
        if (
            self.is_blocked
            or not self._in_step
            or self._pump.load_torque(direction) > self._torque
            or (self.slip_fraction and self._random.fraction() < self.slip_fraction)
        ):
            self.lost += 1
            if self.trembles:
                self._show(self.position + 1)
                self._show(self.position)
            return
        self._turn(direction)

    def _turn(self, direction):
        self.position += direction
        self._pump.advance(direction)
        self._show(self.position)

    def _show(self, position):
        """What the rotor's sensor shows at that position: a level that changes with each count."""
        if self.is_witness_dead or self._rotor is None:
            return
        if self._second is None:
            self._rotor.set_external(position * self._counts_per_turn // self._steps_per_turn & 1)
            return
        quarter = 2 * position * self._counts_per_turn // self._steps_per_turn
        while self._quarter != quarter:
            self._quarter += 1 if quarter > self._quarter else -1
            # Forwards the second channel is low where the first one rises.
            self._second.set_external((self._quarter + 1 >> 1 & 1) ^ 1)
            self._rotor.set_external(self._quarter >> 1 & 1)

    def _start_runaway(self):
        self._runaway_train += 1
        if self.runaway_per_s:
            self._run_away_later()

    def _run_away(self, train):
        if train == self._runaway_train and self.is_powered:
            self._step(1)
            self._run_away_later()

    def _run_away_later(self):
        due_us = self._world.now_us() + 1_000_000 // self.runaway_per_s
        self._world.at_us(due_us, self._run_away, self._runaway_train)

    def _start_back_drive(self):
        if not self._is_back_driving and self.holding_lost:
            self._is_back_driving = True
            self._world.at_ms(BACK_DRIVE_STEP_MS, self._back_drive)

    def _back_drive(self, _):
        self._is_back_driving = False
        if self.is_powered or not self._world.physics:
            return
        holding = (self._pump.resting_torque() + DETENT_TORQUE) * (1.0 - self.holding_lost)
        if self._pump.hydraulic_torque() > holding:
            self._turn(-1)
        self._start_back_drive()
