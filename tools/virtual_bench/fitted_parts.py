"""The parts that only some boards have: what board.py names is put on bus and lines, and bound to its faults."""

from virtual_bench import as5600_encoder, ds3231_clock, mpr_pressure, ssd1306_screen
from virtual_bench.hx711 import Hx711
from virtual_bench.randomness import Random
from virtual_bench.wall import WallClock

# Readings that a level sensor's own chip averages; the firmware's analogue driver takes as many itself.
_AVERAGED = 8


class FittedParts:
    """bus, level, encoder, clock, screen: the parts, None for what the board has not."""

    def __init__(self, bench):
        board, world = bench.board, bench.world
        self._reservoir = bench.reservoir
        self.bus = self.level = self.encoder = self.clock = self.screen = None
        if hasattr(board, "I2C_SDA"):
            self.bus = world.i2c_bus(world.lines[board.I2C_SDA], world.lines[board.I2C_SCL])
            bench.faults.bind("bus_error", self.bus.set_failing)
            bench.faults.bind("bus_stuck", self.bus.set_stuck)
        level = getattr(board, "LEVEL", "ANALOGUE")
        if level == "HX711":
            self._zero = board.LEVEL_ZERO_RAW
            self._span = board.LEVEL_FULL_RAW - board.LEVEL_ZERO_RAW
            lines = world.lines
            self.level = Hx711(world, lines[board.LEVEL_DATA], lines[board.LEVEL_CLOCK], self._raw)
        elif level == "MPR":
            self.level = mpr_pressure.MprPressure(self._u16)
            self.bus.attach(mpr_pressure.ADDRESS, self.level)
        if self.level is not None:
            bench.faults.bind("level_silent", self.level.set_silent)
        if getattr(board, "ROTATION", "SLOTS") == "AS5600":
            stepper = bench.stepper
            self.encoder = as5600_encoder.As5600Encoder(
                lambda: stepper.position,
                board.STEPS_PER_REVOLUTION,
                Random(bench.seed, 6),
                as5600_encoder.NONLINEARITY if bench.seed else 0,
            )
            self.bus.attach(as5600_encoder.ADDRESS, self.encoder)
            bench.faults.bind("magnet_weak", self.encoder.set_weak)
            bench.faults.bind("rotor_stuck", self.encoder.set_stuck)
        if getattr(board, "CLOCK_CHIP", None) == "DS3231":
            self.clock = ds3231_clock.Ds3231Clock(world.wall)
            self.bus.attach(ds3231_clock.ADDRESS, self.clock)
            # The processor's own clock has no cell: it starts anew with each power-on.
            world.rtc = WallClock(world)
            world.rtc.has_battery = False
        if getattr(board, "DISPLAY", None) == "SSD1306":
            self.screen = ssd1306_screen.Ssd1306Screen()
            self.bus.attach(ssd1306_screen.ADDRESS, self.screen)
            bench.faults.bind("display_dead", self._set_display_dead)

    def _u16(self):
        total = 0
        for _ in range(_AVERAGED):
            total += self._reservoir.read_u16()
        return total // _AVERAGED

    def _raw(self):
        return self._zero + self._u16() * self._span // 65_535

    def _set_display_dead(self, is_dead):
        self.bus.silence(ssd1306_screen.ADDRESS, is_dead)
        if is_dead:
            self.screen.power_on()
