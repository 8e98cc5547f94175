"""The buzzer: one tone at a time by PWM; the panel plays melodies note by note."""

from machine import PWM, Pin

# One octave from c to d', in Hz; capitals are an octave higher. Equal temperament, A4 = 440 Hz.
_NOTES = {"c": 523, "d": 587, "e": 659, "g": 784, "C": 1047}


class Sound:
    """pin: GPIO number."""

    def __init__(self, pin):
        self._pwm = PWM(Pin(pin), freq=1000, duty_u16=0)

    def play(self, note):
        """note: one of c d e g C."""
        self._pwm.freq(_NOTES[note])
        self._pwm.duty_u16(32_768)

    def quiet(self):
        """No tone."""
        self._pwm.duty_u16(0)
