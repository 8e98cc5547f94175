"""One I2C bus: two wires with their pull-ups, and the parts that hang on them by address.

A part is anything with begin(), called when its address is sent; receive(byte), which takes one written byte and
returns whether it acknowledges; and fill(buffer), which is what a read gives.
"""


class I2cBus:
    """sda, scl: its lines. is_failing: fault, nobody answers, as when the parts have lost their supply."""

    def __init__(self, sda, scl):
        self.sda = sda
        self.scl = scl
        sda.set_board_pull(1)
        scl.set_board_pull(1)
        self.is_failing = False
        self._parts = {}
        self._silent = []
        self._clocks_left = 0
        scl.listen(self._on_clock)

    def attach(self, address, part):
        """Solder a part to the bus."""
        self._parts[address] = part

    def silence(self, address, is_silent):
        """Fault: the part at that address answers no more, or does again."""
        if is_silent and address not in self._silent:
            self._silent.append(address)
        elif not is_silent and address in self._silent:
            self._silent.remove(address)

    def set_failing(self, is_failing):
        """Fault: nobody answers."""
        self.is_failing = bool(is_failing)

    def set_stuck(self, is_stuck):
        """Fault: something holds the data line low."""
        self.sda.force(0 if is_stuck else None)

    def cut_off(self, clocks):
        """A transfer was cut off: a part holds the data line low until it has had so many clocks."""
        self._clocks_left = clocks
        self.sda.force(0)

    def _on_clock(self, level):
        if level and self._clocks_left:
            self._clocks_left -= 1
            if not self._clocks_left:
                self.sda.force(None)

    def is_stuck(self):
        """True where the data line is low though nobody has asked for that: each bit then reads as 0, ACKs too."""
        return self.sda.level == 0

    def begin(self, address):
        """Send an address: the part that answers, or None."""
        if self.is_failing or address in self._silent:
            return None
        part = self._parts.get(address)
        if part is not None:
            part.begin()
        return part
