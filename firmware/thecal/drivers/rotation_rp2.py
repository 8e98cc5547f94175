"""Rotation witness on RP2040: edges of a slotted disc on the rotor, counted by PIO without the processor."""

import rp2
from machine import Pin
from micropython import const

try:
    from typing import TYPE_CHECKING
except ImportError:
    TYPE_CHECKING = False
if TYPE_CHECKING:
    from rp2.asm_pio import *

_CLOCK_HZ = const(1_000_000)
_MASK = const(0x3FFFFFFF)
# Instructions forced upon the machine, as words: exec() of a text compiles it each time, ms and hundreds of bytes.
_SET_X_0 = const(0xE020)  # set(x, 0)
_MOV_ISR_NOT_X = const(0xA0C9)  # mov(isr, invert(x))
_PUSH_NOBLOCK = const(0x8000)  # push(noblock)


@rp2.asm_pio()
def edge_counter():
    # x runs down from 0 by one for each edge, rising or falling. Both jumps go where the program goes anyway, and must
    # stay inside it: a label after the last instruction is an address of somebody else's program.
    wrap_target()
    label("low")
    wait(1, pin, 0)
    jmp(x_dec, "high")
    label("high")
    wait(0, pin, 0)
    jmp(x_dec, "low")
    wrap()


class Rotation:
    """Counts rotor edges modulo 2^30; it cannot tell the direction.

    pin: GPIO number of the slotted sensor. machine_id: state machine 0 to 7.
    """

    def __init__(self, machine_id, pin):
        self._pin = Pin(pin, Pin.IN)
        self._machine = rp2.StateMachine(machine_id, edge_counter, freq=_CLOCK_HZ, in_base=self._pin)
        self._machine.exec(_SET_X_0)
        self._begin()

    def _begin(self):
        self._machine.active(1)
        # A rotor that rests on a high level makes the program count one edge at once, which was none.
        self._first = 0
        self._first = self.count()

    def count(self):
        """Edges since construction, modulo 2^30 (a small integer)."""
        self._machine.exec(_MOV_ISR_NOT_X)
        self._machine.exec(_PUSH_NOBLOCK)
        # x counts down: inverted it is the count less one; the mask keeps the sum a small integer.
        return ((self._machine.get() & _MASK) + 1 - self._first) & _MASK
