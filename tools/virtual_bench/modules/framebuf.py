"""Fake framebuf module for CPython: points in MONO_VLSB, and text whose glyphs are the characters' codes.

MicroPython has the real one built in, which goes before this file; what text looks like is judged there. Here a
character fills its cell of eight columns with its code and seven empty ones, so that what reached a display can be read
back.
"""

MONO_VLSB = 0
_CELL = 8


class FrameBuffer:
    def __init__(self, buffer, width, height, format, stride=None):
        if format != MONO_VLSB or stride not in (None, width):
            raise NotImplementedError("the bench models MONO_VLSB")
        if len(buffer) < (height + 7) // 8 * width:
            raise ValueError("buffer too small")
        self._buffer = buffer
        self._width = width
        self._height = height

    def fill(self, c):
        for index in range(len(self._buffer)):
            self._buffer[index] = 0xFF if c else 0

    def pixel(self, x, y, c=None):
        at = (y >> 3) * self._width + x
        bit = 1 << (y & 7)
        if c is None:
            return 1 if self._buffer[at] & bit else 0
        self._buffer[at] = self._buffer[at] | bit if c else self._buffer[at] & ~bit

    def text(self, s, x, y, c=1):
        if x % _CELL or y % _CELL or not c:
            raise NotImplementedError("the bench writes text in cells of 8 by 8")
        for index in range(len(s)):
            at = (y >> 3) * self._width + x + _CELL * index
            if x + _CELL * (index + 1) <= self._width:
                self._buffer[at] = ord(s[index])
                for column in range(1, _CELL):
                    self._buffer[at + column] = 0
