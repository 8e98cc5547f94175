"""Finds the same alarm stopping the pump again and again (SR-32): three times within ten minutes of pump time."""

from array import array

from micropython import const

_TIMES = const(3)
_WITHIN_S = const(600)
# Alarms that stopped the pump and are remembered, whichever they were.
_KEPT = const(12)
_NONE = const(255)


class StartStop:
    """Remembers which alarm stopped the pump, and when. Allocates nothing."""

    def __init__(self):
        self._alarms = bytearray([_NONE] * _KEPT)
        self._seconds = array("I", bytearray(4 * _KEPT))
        self._next = 0

    def stopped_by(self, alarm, seconds):
        """An alarm stops the pump at this pump second; True where it is the third time within ten minutes."""
        self._alarms[self._next] = alarm
        self._seconds[self._next] = seconds
        self._next = (self._next + 1) % _KEPT
        count = 0
        for index in range(_KEPT):
            if self._alarms[index] == alarm and seconds - self._seconds[index] <= _WITHIN_S:
                count += 1
        return count >= _TIMES

    def clear(self):
        """Forget all of them: an operator has looked into it."""
        for index in range(_KEPT):
            self._alarms[index] = _NONE
