"""A display of 8 lines of 16 characters: SSD1306, 128 by 64 points, over I2C.

Our own few lines in place of micropython-lib's ssd1306: that package is had from MicroPython's own index alone, by mip
over a network, and comes with neither a version on PyPI or npm to pin nor a way to fetch it offline; it also keeps all
1024 bytes and sends them at once, some 50 ms, where here one line of 128 goes at a time. Commands: Solomon Systech's
SSD1306 data sheet, section 9 and its application note's start-up.
"""

import framebuf
from micropython import const

LINES = const(8)
COLUMNS = const(16)
_ADDRESS = const(0x3C)
_WIDTH = const(128)
# The first byte says that commands follow: off; clock; 64 rows; no offset, first row 0; pump on; addresses run along
# the row; seen from the connector's side; pins of a 128 by 64 glass; contrast, precharge, level; shows its memory, not
# inverted; on.
_START = b"\x00\xae\xd5\x80\xa8\x3f\xd3\x00\x40\x8d\x14\x20\x00\xa1\xc8\xda\x12\x81\xcf\xd9\xf1\xdb\x40\xa4\xa6\xaf"
_LINE = b"\x00\x21\x00\x7f\x22\x00\x00"
_DATA = const(0x40)


class Display:
    """bus: see drivers.i2c_bus. It is dark until the first line is shown."""

    def __init__(self, bus):
        self._bus = bus
        self._started = False
        self._place = bytearray(_LINE)
        self._line = bytearray(1 + _WIDTH)
        self._line[0] = _DATA
        self._points = framebuf.FrameBuffer(memoryview(self._line)[1:], _WIDTH, 8, framebuf.MONO_VLSB)

    def show(self, line, text):
        """Show a text of at most COLUMNS ASCII characters on line 0 to LINES - 1. False where the display does not
        answer: all its lines are then to be shown again."""
        self._points.fill(0)
        self._points.text(text, 0, 0)
        self._place[5] = self._place[6] = line
        bus = self._bus.freed()
        try:
            if line == 0 or not self._started:
                # With the first line each time, as it may have lost its supply without a sign.
                bus.writeto(_ADDRESS, _START)
                self._started = True
            bus.writeto(_ADDRESS, self._place)
            bus.writeto(_ADDRESS, self._line)
        except OSError:
            self._started = False
        return self._started
