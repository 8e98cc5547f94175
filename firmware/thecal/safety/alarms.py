"""Which alarms are active, latched, acknowledged and silenced; the table itself is tables.alarms.

Condition (is the cause there), occurrence (since when), signal (what is shown and heard) and suppression (silenced,
acknowledged) are kept apart. Time is pump time in s.
"""

from micropython import const

from thecal.tables import alarms

_SILENCE_S = const(120)

_CONDITION = const(1)
_LATCHED = const(2)
_ACKNOWLEDGED = const(4)


def _nobody(alarm, change):
    pass


class Alarms:
    """State of every alarm of the table, none active at first."""

    RAISED = 0
    CLEARED = 1
    ACKNOWLEDGED = 2
    SILENCED = 3

    def __init__(self):
        self._changed = _nobody
        self._state = bytearray(len(alarms.ALARMS))
        self.silenced_until = 0

    def listen(self, changed):
        """changed: callable(alarm, change); change is RAISED, CLEARED, ACKNOWLEDGED or SILENCED."""
        self._changed = changed

    def set(self, alarm, present):
        """Say whether an alarm's condition is present. Reports a change once."""
        state = self._state[alarm]
        if present and not state & _CONDITION:
            self._state[alarm] = _CONDITION | (_LATCHED if alarms.ALARMS[alarm][2] else 0)
            self.silenced_until = 0
            self._changed(alarm, self.RAISED)
        elif not present and state & _CONDITION:
            self._state[alarm] = state & ~_CONDITION
            self._drop_if_over(alarm)

    def acknowledge(self):
        """Acknowledge every alarm that is shown; those whose cause is gone are over. Returns how many."""
        count = 0
        for alarm in range(len(self._state)):
            if self._state[alarm] and not self._state[alarm] & _ACKNOWLEDGED:
                self._state[alarm] |= _ACKNOWLEDGED
                self._changed(alarm, self.ACKNOWLEDGED)
                self._drop_if_over(alarm)
                count += 1
        return count

    def silence(self, seconds):
        """No sound for 2 min of pump time, or until another alarm is raised."""
        if self.highest():
            self.silenced_until = seconds + _SILENCE_S
            self._changed(self.first(), self.SILENCED)

    def active(self, alarm):
        """True while the alarm is shown: its cause is there, or it is latched and not acknowledged."""
        return self._state[alarm] != 0

    def present(self, alarm):
        """True while the alarm's cause is there."""
        return bool(self._state[alarm] & _CONDITION)

    def first(self):
        """Number of the active alarm with the highest priority, -1 where none is. Allocates nothing."""
        first = -1
        for alarm in range(len(self._state)):
            if self._state[alarm] and (first < 0 or alarms.ALARMS[alarm][0] > alarms.ALARMS[first][0]):
                first = alarm
        return first

    def highest(self):
        """Priority of first(), 0 where there is none."""
        first = self.first()
        return alarms.ALARMS[first][0] if first >= 0 else 0

    def response(self):
        """The strongest delivery response of all active alarms (tables.alarms)."""
        strongest = alarms.CONTINUE
        for alarm in range(len(self._state)):
            if self._state[alarm]:
                strongest = max(strongest, alarms.ALARMS[alarm][1])
        return strongest

    def sounding(self, seconds):
        """Priority to be heard at a pump second: 0 while silenced or when all are acknowledged."""
        if seconds < self.silenced_until:
            return 0
        loudest = 0
        for alarm in range(len(self._state)):
            if self._state[alarm] and not self._state[alarm] & _ACKNOWLEDGED:
                loudest = max(loudest, alarms.ALARMS[alarm][0])
        return loudest

    def _drop_if_over(self, alarm):
        state = self._state[alarm]
        if state & _CONDITION:
            return
        if not state & _LATCHED or state & _ACKNOWLEDGED:
            self._state[alarm] = 0
            self._changed(alarm, self.CLEARED)
