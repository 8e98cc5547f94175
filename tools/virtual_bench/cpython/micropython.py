"""The micropython module under CPython: what the firmware uses of it."""


def const(value):
    return value


def kbd_intr(chr):
    """Choose the character that interrupts the program (-1: none); there is none here."""


def opt_level(level=None):
    return 0 if level is None else None


def schedule(function, argument):
    """Run function(argument) soon; here at once, as nothing runs beside the program."""
    function(argument)


def alloc_emergency_exception_buf(size):
    """Room for tracebacks in hard interrupts; none needed here."""
