"""HX711: a load cell's 24-bit converter on two lines, under the reservoir.

Times, pulses and gains: Avia Semiconductor's HX711 data sheet, figures 2 and 3. Ten conversions a second.
"""

PERIOD_MS = 100
SETTLES_MS = 400
POWER_DOWN_US = 60
_BITS = 24
_PULSES_OF_GAIN_128 = 25


class Hx711:
    """data, clock: lines. read_raw: callable, what a conversion at channel A and gain 128 gives, signed.

    pulses: clock pulses of the last transfer, of which more than 25 choose another gain. is_silent: fault, it converts
    no more. resets: how often a clock pulse longer than 60 us has powered it down.
    """

    def __init__(self, world, data, clock, read_raw):
        self._world = world
        self._data = data
        self._clock = clock
        self._read_raw = read_raw
        self._raw = 0
        self._since_us = 0
        self._turn = 0
        self._is_ready = False
        self.pulses = 0
        self.resets = 0
        self.is_silent = False
        clock.set_board_pull(0)
        clock.listen(self._on_clock)
        self._convert_for(SETTLES_MS)

    def set_silent(self, is_silent):
        """Fault: it converts no more."""
        self.is_silent = bool(is_silent)
        if is_silent:
            self._is_ready = False
            self._data.set_external(1)
        else:
            self._convert_for(SETTLES_MS)

    def _convert_for(self, ms):
        # The data line tells only when the next one is ready; those after it replace it without a sign.
        self._turn += 1
        self._is_ready = False
        self._data.set_external(1)
        self._world.at_ms(ms, self._ready, self._turn)

    def _ready(self, turn):
        if turn == self._turn and not self.is_silent:
            self._is_ready = True
            self.pulses = 0
            self._data.set_external(0)

    def _on_clock(self, level):
        if level:
            self._since_us = self._world.now_us()
            self._shift()
        elif self._world.now_us() - self._since_us > POWER_DOWN_US:
            self.resets += 1
            self.pulses = 0
            self._convert_for(SETTLES_MS)

    def _shift(self):
        self.pulses += 1
        if not self._is_ready:
            return
        if self.pulses == 1:
            self._raw = self._read_raw()
        if self.pulses <= _BITS:
            self._data.set_external(self._raw >> (_BITS - self.pulses) & 1)
        elif self.pulses == _PULSES_OF_GAIN_128:
            pulses = self.pulses
            self._convert_for(PERIOD_MS)
            self.pulses = pulses
