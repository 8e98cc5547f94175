"""Rotation witness on RP2040 that knows the direction: two channels of an encoder on the rotor, counted by PIO.

Each edge of the first channel counts, forwards or backwards as the second one's level tells. A first channel that
chatters on an edge counts forth and back, and so not at all.
"""

import rp2
from machine import Pin
from micropython import const

from thecal.drivers.rotation_rp2 import Rotation

try:
    from typing import TYPE_CHECKING
except ImportError:
    TYPE_CHECKING = False
if TYPE_CHECKING:
    from rp2.asm_pio import *

_CLOCK_HZ = const(1_000_000)
# As words, see rotation_rp2. x begins at minus 2^29, so that its complement, which is read, stays a small integer
# whichever way the rotor turns.
_SET_X_4 = const(0xE024)  # set(x, 4)
_MOV_X_REVERSE_X = const(0xA031)  # mov(x, reverse(x))
_MOV_X_NOT_X = const(0xA029)  # mov(x, invert(x))


@rp2.asm_pio()
def direction_counter():
    # x runs down by one for each edge forwards and up for each backwards. A jump on x_dec goes where the program goes
    # anyway.
    wrap_target()
    label("low")
    wait(1, pin, 0)
    jmp(pin, "back at high")
    jmp(x_dec, "high")
    label("high")
    wait(0, pin, 0)
    jmp(pin, "forth to low")
    mov(x, invert(x))
    jmp(x_dec, "back at low")
    label("back at low")
    mov(x, invert(x))
    jmp("low")
    label("back at high")
    mov(x, invert(x))
    jmp(x_dec, "back to high")
    label("back to high")
    mov(x, invert(x))
    jmp("high")
    label("forth to low")
    jmp(x_dec, "low")
    wrap()


class Quadrature(Rotation):
    """Counts rotor edges modulo 2^30, backwards ones off.

    pin, second_pin: GPIO numbers of both channels; forwards, the second one is low where the first one rises.
    machine_id: state machine 0 to 7.
    """

    def __init__(self, machine_id, pin, second_pin):
        self._pin = Pin(pin, Pin.IN)
        self._second_pin = Pin(second_pin, Pin.IN)
        self._machine = rp2.StateMachine(
            machine_id, direction_counter, freq=_CLOCK_HZ, in_base=self._pin, jmp_pin=self._second_pin
        )
        for word in (_SET_X_4, _MOV_X_REVERSE_X, _MOV_X_NOT_X):
            self._machine.exec(word)
        self._begin()
