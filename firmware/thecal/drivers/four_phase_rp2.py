"""Finite step trains for a four-phase motor on RP2040: 28BYJ-48 behind a ULN2003, clocked, powered and guarded by PIO.

As step_train_rp2, with the same guard in the same PIO block: 28 of its 32 instructions. phase_train puts one pattern of
the four phases after another on its pins, exactly so many, and then none, so that the coils are off by the pins too.
ENABLE gates the ULN2003; what the guard cuts stays cut, whatever the pins show.

All patterns of a train travel in one word, in the only order there is: nothing can ask for another (SR-27). The last
pattern is remembered from train to train. After a reset it is not known: the first step then pulls the rotor to the
nearest such place, two full steps of the motor at most, before the gear.
"""

import rp2
from machine import Pin
from micropython import const

from thecal.drivers.step_train_rp2 import StepTrain

try:
    from typing import TYPE_CHECKING
except ImportError:
    TYPE_CHECKING = False
if TYPE_CHECKING:
    from rp2.asm_pio import *

_CLOCK_HZ = const(1_000_000)
# Cycles of one step outside its delay loop; the loop runs one turn more than its count.
_OVERHEAD_US = const(4)
_PHASES = const(4)
# Full steps, two phases at a time, so that the torque is highest: the patterns, and eight of them as the machine
# shifts them out, from the lowest four bits on, beginning with each of the four.
_PATTERNS = b"\x03\x06\x0c\x09"
_WORDS = (0x9C639C63, 0x39C639C6, 0x639C639C, 0xC639C639)


@rp2.asm_pio(out_init=[rp2.PIO.OUT_LOW] * 4, out_shiftdir=rp2.PIO.SHIFT_RIGHT)
def phase_train():
    wrap_target()
    pull()  # steps - 1
    mov(x, osr)
    pull()  # turns of the delay loop, less one
    mov(isr, osr)
    pull()  # the patterns
    wait(1, irq, 4)  # the guard has given power  # pyright: ignore[reportArgumentType]
    label("step")
    out(pins, 4)
    mov(y, isr)
    label("hold")
    jmp(y_dec, "hold")
    jmp(x_dec, "step")
    mov(pins, null)
    wrap()


class FourPhaseTrain(StepTrain):
    """A StepTrain whose motor has four phases: step_pin is the first of four consecutive GPIO numbers."""

    def __init__(self, machine_ids, step_pin, enable_pin, rotor_pin, edges):
        self._pins = tuple([Pin(step_pin + phase, Pin.OUT, value=0) for phase in range(_PHASES)])
        self._next = 0
        super().__init__(machine_ids, step_pin, enable_pin, rotor_pin, edges)

    def _load(self):
        self._machine.init(phase_train, freq=_CLOCK_HZ, out_base=self._step_pin)

    def _feed(self, steps, period_us):
        self._machine.put(period_us - _OVERHEAD_US)
        self._machine.put(_WORDS[self._next])
        self._next = (self._next + steps) % _PHASES

    def _rest(self):
        # Where the train was cut is where the rotor stands. No phase is on before the first step and after the last.
        pattern = 0
        for phase in range(_PHASES):
            pattern |= self._pins[phase].value() << phase
            self._pins[phase].init(Pin.OUT, value=0)
        at = _PATTERNS.find(bytes((pattern,)))
        if at >= 0:
            self._next = (at + 1) % _PHASES
