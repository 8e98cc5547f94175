"""Motor pins at rest: enable off before anything else, direction forwards for good (SR-27, SR-33)."""

from machine import Pin


def off(enable_pin):
    """Drive the active-low enable high; the first thing that boot does."""
    return Pin(enable_pin, Pin.OUT, value=1)


def is_off(enable_pin):
    """True where the enable pin reads high."""
    return bool(Pin(enable_pin).value())


def forwards(direction_pin):
    """Drive the direction pin low, which is forwards. There is no way to ask for anything else."""
    return Pin(direction_pin, Pin.OUT, value=0)
