"""The patient's side: three buttons, a light and a buzzer.

Bolus: hold 1 s to ask. Alarm: press to silence, hold 1 s to acknowledge. Stop: hold 3 s to stop; to resume, hold 3 s
and let go, so that a stop button which is stuck never starts a pump. The light answers a hold at once; yes or no
follows with the decision, by light and sound.
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
# Nobody holds a button for this long: it is stuck, and is ignored until it is free again.
_STUCK_MS = const(60_000)

_DARK = (0, 0, 0)
_HELD = (1, 1, 1)
_YES = (0, 1, 0)
_NO = (1, 0, 1)
_YES_NOTES = "ceg"
# One long low note, like no melody of an alarm.
_NO_NOTES = "cc"


class Panel:
    """pump: pump.facade.Facade. buttons: (bolus, alarm, stop). light, sound: drivers."""

    def __init__(self, pump, buttons, light, sound):
        self._pump = pump
        self._buttons = buttons
        self._light = light
        self._sound = sound
        self._held = _NONE
        self._since = 0
        # Bits of buttons that have had their effect, and of stuck ones, until they are free again.
        self._acted = 0
        self._stuck = 0
        # The stop button is held to resume, and has not been let go.
        self._resumes = False
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

    def _pressed(self):
        # The stop goes first: no other button, held or stuck, keeps the pump from being stopped.
        found = _NONE
        for index in (_BOLUS, _ALARM, _STOP):
            bit = 1 << index
            if not self._buttons[index].pressed():
                self._acted &= ~bit
                if self._stuck & bit:
                    self._stuck &= ~bit
                    self._pump.button_stuck(self._stuck != 0)
            elif not self._stuck & bit:
                found = index
        return found

    def _follow_buttons(self, now):
        # Whether the button held so far has had its effect, before a look at the pins forgets it.
        had_acted = self._has_acted()
        pressed = self._pressed()
        if pressed != self._held:
            if self._held == _ALARM and not had_acted and ticks.diff(now, self._since) >= _DEBOUNCE_MS:
                self._pump.silence()
            if self._resumes and self._held == _STOP:
                self._resumes = False
                self._say(self._pump.resume(), now)
            self._held, self._since = pressed, now
        if self._held == _NONE:
            return _LONGEST_WAIT_MS
        held = ticks.diff(now, self._since)
        if not self._has_acted():
            if held < _HOLD_MS[self._held]:
                return _HOLD_MS[self._held] - held
            self._acted |= 1 << self._held
            self._act(self._held, now)
        if held < _STUCK_MS:
            return _STUCK_MS - held
        self._stuck |= 1 << self._held
        self._resumes = False
        self._pump.button_stuck(True)
        return self._follow_buttons(now)

    def _has_acted(self):
        return self._held != _NONE and self._acted >> self._held & 1

    def _act(self, button, now):
        if button == _BOLUS:
            self.last_answer = self._pump.ask_patient_bolus()
            self._say(self.last_answer[0] == doses.GRANTED, now)
        elif button == _ALARM:
            self._pump.acknowledge()
        elif self._pump.stopped_by_operator():
            self._resumes = True
        else:
            self._pump.stop()
            self._say(True, now)

    def _say(self, yes, now):
        self._answer = _YES if yes else _NO
        self._answer_until = ticks.add(now, _ANSWER_MS)
        self._start_melody(_YES_NOTES if yes else _NO_NOTES, now)

    def _show(self, now):
        if self._held != _NONE and not self._has_acted():
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
