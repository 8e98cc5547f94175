"""Which alarms are active, latched, acknowledged, escalated and silenced; the table itself is tables.alarms.

Condition (is the cause there), occurrence (since when), signal (what is shown and heard) and suppression (silenced,
acknowledged) are kept apart. Time is pump time in s.
"""

from array import array

from micropython import const

from thecal.tables import alarms

# Sound is off for this long at most (SR-31).
_SILENCE_S = const(120)
# A medium or high alarm that nobody answers for this long is shown and heard more urgently: a choice for the bench.
_ESCALATES_S = const(600)
# An alarm that was acknowledged while its cause was there is heard again after this long, if the cause still is.
_REMINDS_S = const(1_800)

_CONDITION = const(1)
_LATCHED = const(2)
_ACKNOWLEDGED = const(4)
_ESCALATED = const(8)


def _nobody(alarm, change):
    pass


class Alarms:
    """State of every alarm of the table.

    state: bytearray, one byte for each alarm; the ledger's own storage, so that it survives a reset. column: of the
    table's responses (tables.drugs). retried: an alarm whose cause is looked for anew with the background alone, so
    that it responds with NO_BOLUS at most; -1 none.
    """

    RAISED = 0
    CLEARED = 1
    ACKNOWLEDGED = 2
    SILENCED = 3
    ESCALATED = 4
    CAUSE_GONE = 5

    def __init__(self, state):
        self._changed = _nobody
        self._state = state
        # Pump second of the last raising or acknowledging, 0 until escalate() first sees it.
        self._since = array("I", bytearray(4 * len(state)))
        self.silenced_until = 0
        self.column = 0
        self.retried = -1

    def listen(self, changed):
        """changed: callable(alarm, change); change is one of the names above."""
        self._changed = changed

    def resume(self):
        """After a reset: causes are looked for anew, but for those that nothing shows; what latched stays."""
        for alarm in range(len(self._state)):
            if not alarms.ALARMS[alarm][3] & alarms.OVER_WHEN_ACKNOWLEDGED:
                state = self._state[alarm] & ~_CONDITION
                self._state[alarm] = state if state & _LATCHED and not state & _ACKNOWLEDGED else 0

    def state(self, alarm):
        """The bits of one alarm, as records carry them."""
        return self._state[alarm]

    def set(self, alarm, present):
        """Say whether an alarm's condition is present. Reports a change once."""
        state = self._state[alarm]
        if present and not state & _CONDITION:
            latched = _LATCHED if alarms.ALARMS[alarm][3] & alarms.LATCHES else 0
            self._state[alarm] = state & _ESCALATED | _CONDITION | latched
            if not state:
                # One that comes and goes, and that nobody answers, goes on to escalate.
                self._since[alarm] = 0
            self.silenced_until = 0
            self._changed(alarm, self.RAISED)
        elif not present and state & _CONDITION:
            self._state[alarm] = state & ~_CONDITION
            if not self._drop_if_over(alarm):
                self._changed(alarm, self.CAUSE_GONE)

    def acknowledge(self):
        """Acknowledge every alarm that is shown; those whose cause is gone are over. Returns how many."""
        count = 0
        # What comes up while this goes on has not been seen by whoever acknowledges.
        shown = bytes(self._state)
        for alarm in range(len(shown)):
            state = self._state[alarm]
            is_new = state & ~shown[alarm] & _CONDITION
            if shown[alarm] and state and not is_new and not state & _ACKNOWLEDGED:
                if alarms.ALARMS[alarm][3] & alarms.OVER_WHEN_ACKNOWLEDGED:
                    state &= ~_CONDITION
                self._state[alarm] = state & ~_ESCALATED | _ACKNOWLEDGED
                self._since[alarm] = 0
                self._changed(alarm, self.ACKNOWLEDGED)
                self._drop_if_over(alarm)
                count += 1
        return count

    def silence(self, seconds):
        """No sound for 2 min of pump time, or until another alarm is raised."""
        if self.highest():
            self.silenced_until = seconds + _SILENCE_S
            self._changed(self.first(), self.SILENCED)

    def escalate(self, seconds):
        """To be called about once a minute of pump time: what nobody has answered becomes more urgent, and what was
        acknowledged but not mended is heard again. Allocates nothing without a change."""
        for alarm in range(len(self._state)):
            state = self._state[alarm]
            if not state or alarms.ALARMS[alarm][0] == alarms.LOW:
                continue
            if not self._since[alarm]:
                self._since[alarm] = seconds
            waited = seconds - self._since[alarm]
            if state & _ACKNOWLEDGED:
                if waited < _REMINDS_S:
                    continue
                self._state[alarm] = state & ~_ACKNOWLEDGED
            elif state & _ESCALATED or waited < _ESCALATES_S:
                continue
            else:
                self._state[alarm] = state | _ESCALATED
            self._since[alarm] = seconds
            self.silenced_until = 0
            self._changed(alarm, self.ESCALATED)

    def active(self, alarm):
        """True while the alarm is shown: its cause is there, or it is latched and not acknowledged."""
        return self._state[alarm] != 0

    def present(self, alarm):
        """True while the alarm's cause is there."""
        return bool(self._state[alarm] & _CONDITION)

    def first(self):
        """Number of the active alarm that is the most urgent, -1 where none is. Allocates nothing."""
        first = -1
        for alarm in range(len(self._state)):
            if self._state[alarm] and (first < 0 or self._urgency(alarm) > self._urgency(first)):
                first = alarm
        return first

    def highest(self):
        """Row of tables.alarms.SIGNALS to be shown: the priority of first(), one more where it has escalated."""
        first = self.first()
        return self._urgency(first) if first >= 0 else 0

    def response(self):
        """The strongest delivery response of all alarms that respond (tables.alarms). Allocates nothing."""
        strongest = alarms.CONTINUE
        for alarm in range(len(self._state)):
            if self._responds(alarm):
                own = alarms.ALARMS[alarm][1 + self.column]
                strongest = max(strongest, min(own, alarms.NO_BOLUS) if alarm == self.retried else own)
        return strongest

    def sounding(self, seconds):
        """Row of tables.alarms.SIGNALS to be heard at a pump second: 0 while silenced or when all are acknowledged."""
        if seconds < self.silenced_until:
            return 0
        loudest = 0
        for alarm in range(len(self._state)):
            if self._state[alarm] and not self._state[alarm] & _ACKNOWLEDGED:
                loudest = max(loudest, self._urgency(alarm))
        return loudest

    def _urgency(self, alarm):
        return alarms.ALARMS[alarm][0] + (1 if self._state[alarm] & _ESCALATED else 0)

    def _responds(self, alarm):
        state = self._state[alarm]
        return state & _CONDITION or (state and alarms.ALARMS[alarm][3] & alarms.RESPONDS_UNTIL_ACKNOWLEDGED)

    def _drop_if_over(self, alarm):
        state = self._state[alarm]
        if state & _CONDITION or (state & _LATCHED and not state & _ACKNOWLEDGED):
            return False
        self._state[alarm] = 0
        self._changed(alarm, self.CLEARED)
        return True
