"""What a patient reads: state, alarm or answer in words, when a bolus is possible, the last one, and the reservoir.

Eight lines of 16 characters. Its task is none of the safety tasks: a display that fails must not stop the drug. It is
woken with the panel, shows one changed line at a time, and none while the motor runs.
"""

from micropython import const

from thecal.tables import doses
from thecal.tables.panel_words import ALARMS, REASONS, STATES

_WIDTH = const(16)
_LINES = const(8)
_WORD_LINES = const(3)
_MINUTE_S = const(60)
# A train is over by then.
_SOON_MS = const(50)
# Between two lines everybody else may run.
_NEXT_LINE_MS = const(10)
# A display that does not answer is tried again after so long.
_AGAIN_MS = const(60_000)
# An answer stands for one minute at least.
_ANSWER_MINUTES = const(2)
# Longer times are told in days.
_LONG_MINUTES = const(6_000)
_TENTH_UL = const(100)
_TENTH_ML = const(100_000)
# What a line shows that nobody knows; no line is meant to.
_UNKNOWN = "?"


class Screen:
    """shown: pump.shown.Shown. panel: panel.panel.Panel, for its last answer. display: drivers' display, with
    show(line, text) that returns False where it does not answer."""

    def __init__(self, shown, panel, display):
        self._shown = shown
        self._panel = panel
        self._display = display
        self._there = [_UNKNOWN] * _LINES
        self._wanted = [""] * _LINES
        self._minute = self._state = self._alarm = -1
        self._answer = panel.last_answer
        self._answer_minutes = 0

    def run(self, now):
        """Task body: returns ms until it wants to look again. Allocates nothing while nothing has changed."""
        shown = self._shown
        if shown.motor_runs():
            return _SOON_MS
        if self._has_changed():
            self._wanted = lines(shown, self._answer if self._answer_minutes else None)
        for line in range(_LINES):
            if self._wanted[line] != self._there[line]:
                if not self._display.show(line, self._wanted[line]):
                    # Nobody knows what it shows when it is back.
                    self._there = [_UNKNOWN] * _LINES
                    return _AGAIN_MS
                self._there[line] = self._wanted[line]
                return _NEXT_LINE_MS
        return (_MINUTE_S - shown.now_s() % _MINUTE_S) * 1000

    def _has_changed(self):
        shown = self._shown
        minute, state, alarm, answer = shown.now_s() // _MINUTE_S, shown.state(), shown.alarm(), self._panel.last_answer
        if minute == self._minute and state == self._state and alarm == self._alarm and answer is self._answer:
            return False
        if answer is not self._answer:
            self._answer, self._answer_minutes = answer, _ANSWER_MINUTES
        elif minute != self._minute and self._answer_minutes:
            self._answer_minutes -= 1
        if minute != self._minute:
            # The display does not tell whether it has understood: each line is shown anew every eight minutes.
            self._there[minute % _LINES] = _UNKNOWN
        self._minute, self._state, self._alarm = minute, state, alarm
        return True


def lines(shown, answer):
    """The eight lines of this moment. answer: (reason, pump second) of a request that was just answered, or None."""
    minute = shown.minute_of_day()
    percent = shown.bolus_percent()
    state = STATES[shown.state()]
    words = ""
    if answer is not None and answer[0] != doses.GRANTED:
        words = "No: " + REASONS[answer[0]]
    elif shown.alarm() >= 0:
        words = ALARMS[shown.alarm()]
    last_nl, ago_s = shown.last_bolus()
    made = ["--:--" if minute < 0 else "%02d:%02d" % (minute // 60, minute % 60)]
    made[0] += " BENCH ONLY"
    made.append("%s %d %%" % (state, percent) if percent else state)
    made += wrapped(words)
    made.append(_next_bolus(shown.next_bolus()))
    made.append("%suL %s ago" % (_tenths((last_nl + _TENTH_UL // 2) // _TENTH_UL), _hours(ago_s)) if last_nl else "")
    made.append("Reservoir %smL" % _tenths(shown.reservoir_nl() // _TENTH_ML))
    return made


def wrapped(words):
    """A text on three lines; what does not fit is left out."""
    made = [""]
    for word in words.split():
        if not made[-1]:
            made[-1] = word[:_WIDTH]
        elif len(made[-1]) + 1 + len(word) <= _WIDTH:
            made[-1] += " " + word
        else:
            made.append(word[:_WIDTH])
    return (made + [""] * _WORD_LINES)[:_WORD_LINES]


def _next_bolus(found):
    reason, wait_s = found
    if reason == doses.GRANTED:
        return "Bolus ready"
    if reason == doses.NOT_PRESCRIBED:
        return "No patient bolus"
    # Up to a whole minute, so that nobody is told to press too soon.
    return "Bolus locked" if wait_s < 0 else "Bolus in " + _hours(wait_s + _MINUTE_S - 1)


def _hours(seconds):
    minutes = seconds // _MINUTE_S
    if minutes >= _LONG_MINUTES:
        return ">%dd" % (minutes // 1440)
    return "%dh%02d" % (minutes // 60, minutes % 60)


def _tenths(value):
    return "%d.%d" % (value // 10, value % 10)
