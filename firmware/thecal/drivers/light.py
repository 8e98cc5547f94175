"""The panel's three-colour light, one GPIO a colour."""

from machine import Pin


class Light:
    """red, green, blue: GPIO numbers, lit when high."""

    def __init__(self, red, green, blue):
        self._pins = (Pin(red, Pin.OUT, value=0), Pin(green, Pin.OUT, value=0), Pin(blue, Pin.OUT, value=0))

    def show(self, colour):
        """colour: tuple of three, 0 or 1. Allocates nothing."""
        for index in range(3):
            self._pins[index].value(colour[index])
