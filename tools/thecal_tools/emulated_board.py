"""What is soldered around the emulated RP2040: wires back to the pins, buttons, pull-ups, a slotted disc."""

from collections.abc import Callable
from typing import NamedTuple

from rp2040py.gpio_pin import GPIOPin, GPIOPinState
from rp2040py.rp2040 import RP2040

from thecal_tools.emulated_pio import PioPacer

PINS = 30
_DRIVEN = {GPIOPinState.LOW: 0, GPIOPinState.HIGH: 1}
_PULLED = {GPIOPinState.INPUT_PULL_UP: 1, GPIOPinState.INPUT_PULL_DOWN: 0}


class Edge(NamedTuple):
    """A change of a pin. level: 0 or 1 as the pin stands afterwards, None where nothing holds it."""

    nanos: int
    level: int | None


class Lines:
    """The GPIO lines: the chip's own drive, what the board drives, and who listens.

    In rp2040py an output pin reads back 0, so Pin.value() of an output lies, and neither interrupts nor PIO see what
    the chip itself drives. Here each pin's pad is wired to its own input, as on the chip.
    """

    def __init__(self, chip: RP2040, pacer: PioPacer, pull_ups: tuple[int, ...]):
        self._clock = chip.clock
        self._pacer = pacer
        self._pins = chip.gpio
        self._board: list[int | None] = [None] * PINS
        self._pull_ups = frozenset(pull_ups)
        self._levels: list[int | None] = [None] * PINS
        self._listeners: list[list[Callable[[int | None], None]]] = [[] for _ in range(PINS)]
        self._driven = [False] * PINS
        self.edges: list[list[Edge]] = [[] for _ in range(PINS)]
        # When the chip began to drive each pin, in ns; once more after each reset.
        self.drive_starts: list[list[int]] = [[] for _ in range(PINS)]
        for number, pin in enumerate(self._pins):
            pin.add_listener(self._changed(number, pin))
            self._update(number, pin)

    def _changed(self, number: int, pin: GPIOPin) -> Callable[[GPIOPinState, GPIOPinState], None]:
        def changed(_value: GPIOPinState, _before: GPIOPinState) -> None:
            self._update(number, pin)

        return changed

    def level(self, number: int) -> int | None:
        """Level of a pin now: the chip's drive first, then the board's, then pull resistors."""
        return self._levels[number]

    def listen(self, number: int, listener: Callable[[int | None], None]) -> None:
        """Call listener(level) after each change of a pin."""
        self._listeners[number].append(listener)

    def drive(self, number: int, level: int | None) -> None:
        """Let the board drive a pin; None lets go of it."""
        self._board[number] = level
        self._update(number, self._pins[number])

    def _update(self, number: int, pin: GPIOPin) -> None:
        state = pin.value
        level = _DRIVEN.get(state)
        if (level is not None) != self._driven[number]:
            self._driven[number] = level is not None
            if level is not None:
                self.drive_starts[number].append(int(self._clock.nanos))
        if level is None:
            level = self._board[number]
        if level is None:
            level = 1 if number in self._pull_ups else _PULLED.get(state)
        if level == self._levels[number]:
            return
        self._levels[number] = level
        self.edges[number].append(Edge(int(self._clock.nanos), level))
        self._pacer.settle()
        if level is None:
            pin.release_input()
        else:
            pin.set_input_value(bool(level))
        for listener in self._listeners[number]:
            listener(level)


class SlottedDisc:
    """Rotor with a slotted disc: each step taken with the coils powered is one edge of the sensor.

    stalled: the rotor stands still whatever the coils do. steps: steps the rotor has taken.
    """

    def __init__(self, lines: Lines, step: int, enable_n: int, rotor: int):
        self._lines = lines
        self._enable_n = enable_n
        self._rotor = rotor
        self._level = 0
        self.stalled = False
        self.steps = 0
        lines.drive(rotor, 0)
        lines.listen(step, self._step_changed)

    def turn(self) -> None:
        """One step, by the motor or by hand."""
        self.steps += 1
        self._level ^= 1
        self._lines.drive(self._rotor, self._level)

    def _step_changed(self, level: int | None) -> None:
        if level and self._lines.level(self._enable_n) == 0 and not self.stalled:
            self.turn()
