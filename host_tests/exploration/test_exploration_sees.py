"""The firmware is broken in one place at a time, and the exploration must find it."""

import pytest

from exploration import stimuli
from exploration.explorer import Explored, explore
from exploration.pump_copy import Pump
from thecal.assembly import Wakes
from thecal.panel.panel import Panel
from thecal.pump import body
from thecal.pump.body import Body
from thecal.pump.boluses import Boluses
from thecal.pump.programme import Programme
from thecal.safety import alarms as alarm_states
from thecal.safety.alarms import Alarms
from thecal.tables import alarms, doses, drugs, states


def no_wake(self):
    """Nobody is told that something has changed."""


def keep_held(self, reason):
    """An alarm's hold stays when the alarm is over."""
    if reason != states.ALARM:
        self._set_holds(self.holds & ~reason)


def last_one_wins(self):
    """The response of the alarm with the highest number, not the strongest."""
    response = alarms.CONTINUE
    for alarm in range(len(self._state)):
        if self._responds(alarm):
            response = alarms.ALARMS[alarm][1 + self.column]
    return response


def drop_at_once(self, alarm):
    """An alarm is over with its cause, answered or not."""
    if self._state[alarm] & 1:
        return False
    self._state[alarm] = 0
    self._changed(alarm, self.CLEARED)
    return True


def first_alarm(self):
    """The active alarm with the lowest number is shown."""
    return next((alarm for alarm in range(len(self._state)) if self._state[alarm]), -1)


def end_none(self, outcome):
    """A hold leaves the boluses in progress."""


def always_granted(self):
    """Nothing blocks a bolus."""
    return doses.GRANTED


def stay_stopped(self):
    """The background ends with a hold and is not begun again."""
    if not self._body.running and self._body.plan is not None:
        self._boluses.end_all(doses.STOPPED_EARLY)
        self._set_rate(self._body.clock.now())


def dark(self, now):
    """The panel shows nothing."""
    return 3_600_000


def acknowledge_unseen(self):
    """What comes up while others are acknowledged counts as acknowledged."""
    for alarm in range(len(self._state)):
        if self._state[alarm] and not self._state[alarm] & 4:
            self._state[alarm] |= 4
            self._changed(alarm, self.ACKNOWLEDGED)
            self._drop_if_over(alarm)


OCCLUSION = "cause: occlusion"
OVER_DELIVERY = "cause: over_delivery"
# What is broken: (where, name, by what), the stimuli that are tried, and a beginning of what must be found.
BROKEN = {
    "a hold without its alarm": (body, "_HOLD_ALARMS", (), ("stop or resume",), "SR-29: held (1)"),
    "a hold that outlives its alarm": (Body, "release", keep_held, (OCCLUSION, "causes gone"), "SR-30: holds 32"),
    "a background that is not begun again": (
        Programme,
        "apply_holds",
        stay_stopped,
        ("stop or resume",),
        "SR-29: back",
    ),
    "a resume that wakes nobody": (Wakes, "wake", no_wake, ("stop or resume", "33 min"), "SR-29: "),
    "a hold in the dark": (Panel, "_show", dark, ("stop or resume",), "SR-29: held or reduced in the dark"),
    "another drug's column": (drugs, "response_column", lambda drug: 0, (OVER_DELIVERY,), "SR-30: response 3"),
    "a weaker response that wins": (
        Alarms,
        "response",
        last_one_wins,
        (OVER_DELIVERY, "cause: watchdog_resets", "cause: motor_slip"),
        "SR-30: response",
    ),
    "a lower priority that is shown": (
        Alarms,
        "first",
        first_alarm,
        ("clock lost", OCCLUSION),
        "SR-30: signal",
    ),
    "a silence for good": (alarm_states, "_SILENCE_S", 10**6, (OVER_DELIVERY, "silence", "3 min"), "SR-31: over_"),
    "an alarm that never escalates": (alarm_states, "_ESCALATES_S", 10**6, (OVER_DELIVERY, "33 min"), "SR-31: over_"),
    "an alarm that never reminds": (
        alarm_states,
        "_REMINDS_S",
        10**6,
        (OVER_DELIVERY, "acknowledge", "33 min"),
        "SR-31: over_",
    ),
    "an alarm that does not latch": (Alarms, "_drop_if_over", drop_at_once, (OCCLUSION, "causes gone"), "SR-31: occ"),
    "an alarm acknowledged unseen": (
        Alarms,
        "acknowledge",
        acknowledge_unseen,
        ("clock lost", "flash fails", "acknowledge"),
        "SR-31: records_failing",
    ),
    "a bolus under an alarm": (
        Body,
        "bolus_block",
        always_granted,
        ("cause: watchdog_resets", "patient asks"),
        "SR-30: a bolus",
    ),
    "a bolus that a hold leaves": (Boluses, "end_all", end_none, ("patient asks", "stop or resume"), "SR-07: boluses"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_exploration_finds(name, monkeypatch):
    where, what, by, tried, found = BROKEN[name]
    if callable(by):
        by.__name__ = what  # a bound method is copied by its name
    monkeypatch.setattr(where, what, by)
    some = [stimulus for stimulus in stimuli.STIMULI if stimulus.name in tried]
    explored = explore(Explored.beginning(Pump("baclofen")), some, limit=8)
    assert any(finding.startswith(found) for finding in explored.findings), explored.findings
