"""The link's task: answer what has come in, a few lines at a time so that nothing else waits."""

from micropython import const

_LINES_AT_ONCE = const(4)
_AGAIN_MS = const(5)
_LONGEST_WAIT_MS = const(3_600_000)


class Link:
    """lines: link.lines.Lines. pump: pump.facade.Facade. board: its name."""

    def __init__(self, lines, pump, board):
        self._lines = lines
        self._pump = pump
        self._board = board
        self._answer = self._first_answer

    def run(self, now):
        """Task body; the serial port wakes it."""
        for _ in range(_LINES_AT_ONCE):
            line = self._lines.read()
            if line is None:
                return _LONGEST_WAIT_MS
            reply = self._answer(line)
            if reply is not None:
                self._lines.write(reply)
        return _AGAIN_MS

    def _first_answer(self, line):
        # Most pumps run without a host for most of their life: what answers one is loaded for its first line.
        from thecal.link.commands import Commands

        self._answer = Commands(self._pump, self._board).answer
        return self._answer(line)
