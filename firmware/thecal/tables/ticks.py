"""Arithmetic on millisecond ticks modulo 2^30, in small integers only, the same on every host.

time.ticks_diff cannot serve: its period is 2^30 on the boards and 2^62 under a 64-bit interpreter.
"""

from micropython import const

_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)


def add(tick, milliseconds):
    """The tick that many ms later or, if negative, earlier; |milliseconds| < 2^29."""
    if milliseconds < 0:
        return (tick + milliseconds) & _MASK
    # tick + milliseconds could pass 2^30, where an integer becomes a heap object: each gives up half a period first.
    return ((tick - _HALF) + (milliseconds - _HALF)) & _MASK


def diff(later, earlier):
    """Signed ms from earlier to later, right while they are under 2^29 ms (6.2 days) apart."""
    return (((later - earlier) & _MASK) ^ _HALF) - _HALF
