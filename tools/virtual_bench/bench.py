"""Puts one prototype on the bench: all parts on the pins that the board's board.py names."""

from virtual_bench.battery import Battery
from virtual_bench.catheter import Catheter
from virtual_bench.faults import Faults
from virtual_bench.fitted_parts import FittedParts
from virtual_bench.onlooker import Onlooker
from virtual_bench.patient import Patient
from virtual_bench.pressure_sensor import PressureSensor
from virtual_bench.randomness import Random
from virtual_bench.reservoir import Reservoir
from virtual_bench.roller_pump import RollerPump
from virtual_bench.stepper import Stepper
from virtual_bench.volume import MemoryVolume

# What the bench ships with: measured on its nominal unit (seed 0), new tube, open catheter at 1.3 kPa, water at 20 C.
CALIBRATION_PL_PER_STEP = 249_935
BUTTONS = ("bolus", "alarm", "stop")


class Bench:
    """One unit: seed 0 is the nominal one, any other has the tolerances of parts as built.

    board: a board module. world: the World whose pins it sits on. volume: its flash, which lives through restarts.
    """

    def __init__(self, board, world, seed=0, volume=None):
        has_tolerance = seed != 0
        world.set_chip(board.CHIP)
        lines = world.lines
        self.board = board
        self.world = world
        self.seed = seed
        self.volume = MemoryVolume() if volume is None else volume
        self.faults = Faults()
        self._flash_busy_ms = 0
        self.catheter = Catheter(world)
        self.reservoir = Reservoir(
            world, board.RESERVOIR_UL, board.LEVEL_EMPTY_U16, board.LEVEL_FULL_U16, Random(seed, 2), has_tolerance
        )
        self.pump = RollerPump(
            self.reservoir,
            self.catheter,
            board.STEPS_PER_REVOLUTION,
            board.MICROLITRES_PER_REVOLUTION,
            Random(seed, 1) if has_tolerance else None,
        )
        lines[board.PUMP_ENABLE_N].set_board_pull(1)
        self.stepper = self._stepper(Random(seed, 3))
        self.battery = Battery(world, self.stepper, board.SUPPLY_FULL_SCALE_MV, Random(seed, 4))
        if hasattr(board, "RESERVOIR_LEVEL"):
            world.analog[board.RESERVOIR_LEVEL] = self.reservoir.read_u16
        world.analog[board.SUPPLY_VOLTAGE] = self.battery.read_u16
        self.pressure_sensor = None
        if hasattr(board, "LINE_PRESSURE"):
            self.pressure_sensor = PressureSensor(
                world,
                self.catheter,
                board.PRESSURE_ZERO_U16,
                board.PRESSURE_FULL_U16,
                board.PRESSURE_FULL_KPA,
                Random(seed, 5),
            )
            world.analog[board.LINE_PRESSURE] = self.pressure_sensor.read_u16
        self._button_lines = (lines[board.BUTTON_BOLUS], lines[board.BUTTON_ALARM], lines[board.BUTTON_STOP])
        self.patient = Patient(
            world,
            (
                (BUTTONS[0], self._button_lines[0]),
                (BUTTONS[1], self._button_lines[1]),
                (BUTTONS[2], self._button_lines[2]),
            ),
        )
        for line in self._button_lines:
            line.set_board_pull(1)
        self.onlooker = Onlooker(
            world,
            (
                ("red", lines[board.LIGHT_RED]),
                ("green", lines[board.LIGHT_GREEN]),
                ("blue", lines[board.LIGHT_BLUE]),
                ("sound", lines[board.SOUND]),
            ),
        )
        lines[board.PUMP_ENABLE_N].listen(self._check_supply)
        self._bind_faults()
        self.parts = FittedParts(self)

    def _stepper(self, random):
        board, lines = self.board, self.world.lines
        step = direction = phases = second = None
        if board.MOTOR == "FOUR_PHASE":
            phases = tuple([lines[number] for number in board.PUMP_PHASES])
        else:
            step, direction = lines[board.PUMP_STEP], lines[board.PUMP_DIR]
        for line in phases or (step, direction):
            line.set_board_pull(0)
        if board.ROTATION == "QUADRATURE":
            second = lines[board.ROTOR_B]
        rotor = None if board.ROTATION == "AS5600" else lines[board.ROTOR]
        counts = (board.STEPS_PER_REVOLUTION, board.ROTOR_COUNTS_PER_REVOLUTION)
        enable_n = lines[board.PUMP_ENABLE_N]
        return Stepper(self.world, step, enable_n, direction, rotor, self.pump, random, phases, counts, second)

    def calibrated_pl_per_step(self):
        """What a perfect gravimetric calibration of this unit gives now, open catheter, in picolitres per step."""
        return int(self.pump.true_pl_per_step() * (1.0 - 0.000_2 * 1.3) + 0.5)

    def schedule_fault(self, delay_ms, name, value=None, duration_ms=None):
        """Throw a fault switch in delay_ms, and clear it duration_ms later when one is given."""
        self.world.at_ms(delay_ms, self._throw, (name, value))
        if duration_ms is not None:
            self.world.at_ms(delay_ms + duration_ms, self.faults.clear, name)

    def _throw(self, name_and_value):
        self.faults.set(name_and_value[0], name_and_value[1])

    def truth(self):
        """Ground truth, whole numbers, as an ordered tuple of (name, value); volumes in picolitres."""
        return (
            ("edges", self.stepper.edges),
            ("lost_steps", self.stepper.lost),
            ("position_steps", self.stepper.position),
            ("left_reservoir_pl", self.reservoir.drawn_pl),
            ("through_pump_pl", self.pump.passed_pl),
            ("at_tip_pl", self.catheter.tip_pl()),
            ("stored_pl", self.catheter.stored_pl()),
            ("reservoir_pl", self.reservoir.level_pl),
            ("air_pl", self.reservoir.air_pl),
            ("motor_ms", self.stepper.power_ms()),
        )

    def _bind_faults(self):
        bind = self.faults.bind
        bind("stall", self._set_stall)
        bind("slip", self._set_slip)
        bind("back_drive", self.stepper.set_holding_lost)
        bind("occlusion", self.catheter.block)
        bind("stall_tremble", self._set_tremble)
        bind("runaway_pulses", self.stepper.set_runaway)
        bind("enable_stuck", self._set_enable_stuck)
        bind("level_stuck", self.reservoir.set_stuck)
        bind("level_offset", self.reservoir.set_offset)
        bind("level_spike", self.reservoir.set_spike)
        bind("level_drift", self.reservoir.set_drift)
        bind("rotor_stuck", self._set_rotor_stuck)
        if self.pressure_sensor is not None:
            bind("pressure_dead", self.pressure_sensor.set_dead)
            bind("pressure_stuck", self.pressure_sensor.set_stuck)
        bind("supply_sag", self._set_sag)
        bind("brown_out", self.world.cut_power)
        bind("clock_jump", self.world.wall.jump)
        bind("clock_lost", self._lose_clock)
        bind("tick_jump", self.world.jump_ticks)
        bind("busy", self.world.be_busy)
        bind("flash_full", self._set_flash_full)
        bind("flash_failing", self._set_flash_failing)
        bind("flash_torn", self._tear_flash)
        bind("flash_busy", self._set_flash_busy)
        bind("button_stuck", self._stick_button)
        bind("file_damaged", self._damage_file)

    def _set_stall(self, value):
        self.stepper.is_blocked = bool(value)

    def _set_slip(self, fraction):
        self.stepper.slip_fraction = fraction

    def _set_rotor_stuck(self, value):
        self.stepper.is_witness_dead = bool(value)

    def _set_enable_stuck(self, value):
        self.world.lines[self.board.PUMP_ENABLE_N].force(0 if value else None)

    def _set_tremble(self, value):
        self.stepper.trembles = bool(value)

    def _set_sag(self, millivolts):
        self.battery.sag_mv = millivolts
        self._check_supply(0)

    def _check_supply(self, enable_n):
        if enable_n == 0 and self.world.physics and not self.battery.holds_up():
            self.world.cut_power(1, self.battery.holds_up)

    def _lose_clock(self, _):
        self.world.wall.unset()

    def _set_flash_full(self, value):
        self.volume.is_full = bool(value)

    def _set_flash_failing(self, value):
        self.volume.is_failing = bool(value)

    def _tear_flash(self, bytes_plus_one):
        self.volume.torn_at = bytes_plus_one - 1
        self.volume.on_torn = self._cut_in_write

    def _cut_in_write(self):
        self.world.cut_power(1000)

    def _set_flash_busy(self, ms):
        self._flash_busy_ms = ms
        self.volume.on_write = self._be_busy

    def _be_busy(self):
        if self._flash_busy_ms:
            self.world.spend(self._flash_busy_ms)

    def _damage_file(self, path):
        data = self.volume.read(path)
        if data:
            middle = len(data) // 2
            self.volume.write(path, data[:middle] + bytes((data[middle] ^ 1,)) + data[middle + 1 :])

    def _stick_button(self, number):
        for line in self._button_lines:
            line.force(None)
        if number:
            self._button_lines[number - 1].force(0)
