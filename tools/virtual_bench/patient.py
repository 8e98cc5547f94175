"""A patient (or clinician) at the three buttons. All times in ms."""

# Contacts of a small push button settle within a few ms; makers state at most 5 to 10. Here 2 ms a bounce.
BOUNCE_MS = 2


class Patient:
    """buttons: tuple of (name, line); a pressed button ties its line low."""

    def __init__(self, world, buttons):
        self._world = world
        self._buttons = buttons
        self._stuck = []
        self.presses = 0

    def press(self, name, hold_ms, delay_ms=0, bounces=0):
        """Press a button in delay_ms and hold it; each bounce opens the contact again for 2 ms at the start."""
        line = self._line(name)
        for bounce in range(bounces):
            self._world.at_ms(delay_ms + 2 * bounce * BOUNCE_MS, self._close, line)
            self._world.at_ms(delay_ms + (2 * bounce + 1) * BOUNCE_MS, self._open, line)
        self._world.at_ms(delay_ms + 2 * bounces * BOUNCE_MS, self._close, line)
        self._world.at_ms(delay_ms + hold_ms, self._open, line)
        self.presses += 1

    def storm(self, name, presses, hold_ms, gap_ms, delay_ms=0):
        """Press a button many times, gap_ms between release and next press."""
        for number in range(presses):
            self.press(name, hold_ms, delay_ms + number * (hold_ms + gap_ms))

    def set_stuck(self, name, is_stuck):
        """Fault: a button stays pressed."""
        line = self._line(name)
        line.force(0 if is_stuck else None)

    def _line(self, name):
        for known, line in self._buttons:
            if known == name:
                return line
        raise ValueError("no button is called " + str(name))

    def _close(self, line):
        line.set_external(0)

    def _open(self, line):
        line.set_external(None)
