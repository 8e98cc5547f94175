"""Bringing the firmware onto a board: one command from a bare MicroPython to a pump that tells its self-test.

ports finds the board, serial_board speaks with it, on_board acts at its prompt, checks refuses what must not be done,
installing copies, flash is the order of it all, report shows it.
"""

from thecal_tools.errors import ThecalError


class FlashError(ThecalError):
    """The board was not flashed, or not proven to be; the text is one line with what to do."""
