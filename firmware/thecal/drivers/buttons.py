"""Push buttons to ground with the chip's pull-up; an edge interrupts, nobody polls."""

from machine import Pin


class Button:
    """pin: GPIO number. changed: callable without arguments, called in interrupt context at each edge."""

    def __init__(self, pin, changed):
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)
        self._changed = changed
        self._pin.irq(self._edge, Pin.IRQ_FALLING | Pin.IRQ_RISING)

    def pressed(self):
        """True while the button is held down."""
        return not self._pin.value()

    def _edge(self, pin):
        self._changed()
