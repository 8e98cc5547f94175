"""The wires between the chip and the bench: levels, drivers, pulls, listeners and pin interrupts."""

OWNER_NONE = 0
OWNER_SIO = 1
OWNER_PWM = 2
OWNER_PIO = 3
OWNER_RMT = 4

_FALLING = 4
_RISING = 8


class Line:
    """One GPIO of the chip and all that hangs on it.

    Who wins: a pad that is held, then the chip's output, then the bench's, then the chip's pull, then the board's
    resistor, then low.
    forced is a short circuit and beats them all.
    """

    def __init__(self, world, number):
        self.number = number
        self.level = 0
        self.board_pull = None  # level of a resistor on the board, which works without a chip
        self.external = None  # level that the bench drives
        self.forced = None
        self._world = world
        self._listeners = []
        self.reset()

    def reset(self):
        """As after power-on: the chip drives nothing and listens to nothing."""
        self.owner = OWNER_NONE
        self.output = False
        self.is_open_drain = False
        self.latch = 0  # the level that the chip drives while output is True
        self.pull = None
        self.handler = None
        self.trigger = 0
        self.flags = 0
        self.pin = None
        self.duty_u16 = 0
        self.frequency_hz = 0
        self.held = None  # ESP32: the pad keeps this level, whatever drives it
        self._settle()

    def listen(self, listener):
        """Call listener(level) at every change of level."""
        self._listeners.append(listener)

    def unlisten(self, listener):
        """Undo listen(); the very same object."""
        self._listeners.remove(listener)

    def drive(self, level):
        """The chip's output latch: 0 or 1."""
        self.latch = level
        if self.is_open_drain:
            self.output = not level
            self._settle()
        elif self.output:
            self._settle()

    def take(self, owner, output, level=None, is_open_drain=False):
        """Give the pin to one of the chip's parts. level None keeps the latch. is_open_drain: it drives low only."""
        self.owner = owner
        self.output = output
        self.is_open_drain = is_open_drain
        if level is not None:
            self.latch = level
        self._settle()

    def hold(self, holds):
        """ESP32's pad hold: keep the level as it is, or follow the chip again."""
        self.held = self.level if holds else None
        self._settle()

    def set_duty(self, duty_u16):
        """The chip's PWM on this pin, 0 to 65535; as a level it counts as high when it is on at all."""
        self.duty_u16 = duty_u16
        self.drive(1 if duty_u16 else 0)

    def set_pull(self, level):
        """The chip's own pull resistor: 1 up, 0 down, None off."""
        self.pull = level
        self._settle()

    def set_external(self, level):
        """The bench drives 0 or 1, or lets go (None)."""
        self.external = level
        self._settle()

    def set_board_pull(self, level):
        """A resistor on the board: 1 up, 0 down, None absent."""
        self.board_pull = level
        self._settle()

    def force(self, level):
        """A short circuit to 0 or 1, or None to remove it."""
        self.forced = level
        self._settle()

    def _settle(self):
        if self.forced is not None:
            level = self.forced
        elif self.held is not None:
            level = self.held
        elif self.output:
            level = self.latch
        elif self.external is not None:
            level = self.external
        elif self.pull is not None:
            level = self.pull
        elif self.board_pull is not None:
            level = self.board_pull
        else:
            level = 0
        if level == self.level:
            return
        self.level = level
        for listener in self._listeners:
            listener(level)
        if self.trigger:
            edge = _RISING if level else _FALLING
            if self.trigger & edge:
                self.flags |= edge
                self._world.interrupt(self)
