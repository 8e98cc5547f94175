"""The link's task: answer what has come in, a few lines at a time so that nothing else waits."""

from micropython import const

_LINES_AT_ONCE = const(4)
_AGAIN_MS = const(5)
_LONGEST_WAIT_MS = const(3_600_000)


class Link:
    """lines: link.lines.Lines. commands: link.commands.Commands."""

    def __init__(self, lines, commands):
        self._lines = lines
        self._commands = commands

    def run(self, now):
        """Task body; the serial port wakes it."""
        for _ in range(_LINES_AT_ONCE):
            line = self._lines.read()
            if line is None:
                return _LONGEST_WAIT_MS
            reply = self._commands.answer(line)
            if reply is not None:
                self._lines.write(reply)
        return _AGAIN_MS
