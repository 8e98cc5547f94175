"""The patient's side: three buttons, a light and a buzzer.

Bolus: hold 1 s to ask. Alarm: press to silence, hold 1 s to acknowledge. Stop: hold 3 s to stop, again to resume. The
light answers a hold at once; yes or no follows with the decision, by light and sound.
"""

from micropython import const

from thecal.tables import alarms, doses, ticks

_HOLD_MS = (1_000, 1_000, 3_000)
_BOLUS = const(0)
_ALARM = const(1)
_STOP = const(2)
_NONE = const(-1)
# Contacts of a push button settle within this.
_DEBOUNCE_MS = const(20)
_ANSWER_MS = const(2_000)
_NOTE_MS = const(150)
_LONGEST_WAIT_MS = const(3_600_000)

_DARK = (0, 0, 0)
_HELD = (1, 1, 1)
_YES = (0, 1, 0)
_NO = (1, 0, 1)
_YES_NOTES = "ceg"
_NO_NOTES = "ec"


class Panel:
    """pump: pump.facade.Facade. buttons: (bolus, alarm, stop). light, sound: drivers."""

    def __init__(self, pump, buttons, light, sound):
        self._pump = pump
        self._buttons = buttons
        self._light = light
        self._sound = sound
        self._held = _NONE
        self._since = 0
        self._acted = False
        self._answer = None
        self._answer_until = 0
        self._notes = ""
        self._note = 0
        self._note_due = 0
        self._melody_due = 0
        self.last_answer = (doses.GRANTED, 0)

    def run(self, now):
        """Task body: buttons, light and sound as they are to be at this moment; returns ms until that changes."""
        wait = min(_LONGEST_WAIT_MS, self._follow_buttons(now))
        wait = min(wait, self._show(now))
        return min(wait, self._play(now))

    def stuck(self):
        """True where a button is down, which at power-on means that it is stuck."""
        return self._pressed() != _NONE

    def _pressed(self):
        # The stop goes first: no other button, held or stuck, keeps the pump from being stopped.
        for index in (_STOP, _ALARM, _BOLUS):
            if self._buttons[index].pressed():
                return index
        return _NONE

    def _follow_buttons(self, now):
        pressed = self._pressed()
        if pressed != self._held:
            if self._held == _ALARM and not self._acted and ticks.diff(now, self._since) >= _DEBOUNCE_MS:
                self._pump.silence()
            self._held, self._since, self._acted = pressed, now, False
        if self._held == _NONE or self._acted:
            return _LONGEST_WAIT_MS
        left = _HOLD_MS[self._held] - ticks.diff(now, self._since)
        if left > 0:
            return left
        self._acted = True
        self._act(self._held, now)
        return _LONGEST_WAIT_MS

    def _act(self, button, now):
        if button == _BOLUS:
            self.last_answer = self._pump.ask_patient_bolus()
            self._say(self.last_answer[0] == doses.GRANTED, now)
        elif button == _ALARM:
            self._pump.acknowledge()
        elif self._pump.stopped_by_operator():
            self._say(self._pump.resume(), now)
        else:
            self._pump.stop()
            self._say(True, now)

    def _say(self, yes, now):
        self._answer = _YES if yes else _NO
        self._answer_until = ticks.add(now, _ANSWER_MS)
        self._start_melody(_YES_NOTES if yes else _NO_NOTES, now)

    def _show(self, now):
        if self._held != _NONE and not self._acted:
            self._light.show(_HELD)
            return _LONGEST_WAIT_MS
        if self._answer is not None:
            left = ticks.diff(self._answer_until, now)
            if left > 0:
                self._light.show(self._answer)
                return left
            self._answer = None
        colour, period, _, _ = alarms.SIGNALS[self._pump.signal()]
        if not period:
            self._light.show(colour)
            return _LONGEST_WAIT_MS
        phase = now % period
        lit = phase < period // 2
        self._light.show(colour if lit else _DARK)
        return period // 2 - phase if lit else period - phase

    def _play(self, now):
        if self._note < len(self._notes):
            left = ticks.diff(self._note_due, now)
            if left > 0:
                return left
            self._note += 1
            if self._note < len(self._notes):
                self._sound.play(self._notes[self._note])
                self._note_due = ticks.add(now, _NOTE_MS)
                return _NOTE_MS
            self._sound.quiet()
        priority = self._pump.sounding()
        if not priority:
            self._melody_due = now
            return self._pump.silent_for() or _LONGEST_WAIT_MS
        left = ticks.diff(self._melody_due, now)
        if left > 0:
            return left
        _, _, melody, every_s = alarms.SIGNALS[priority]
        self._melody_due = ticks.add(now, every_s * 1000)
        return self._start_melody(melody, now)

    def _start_melody(self, notes, now):
        self._notes = notes
        self._note = 0
        self._note_due = ticks.add(now, _NOTE_MS)
        self._sound.play(notes[0])
        return _NOTE_MS
