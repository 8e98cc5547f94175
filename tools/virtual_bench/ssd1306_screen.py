"""SSD1306: a display of 128 by 64 points on the I2C bus. Commands: Solomon Systech's SSD1306 data sheet, section 9."""

ADDRESS = 0x3C
WIDTH = 128
PAGES = 8
_COMMANDS = 0x00
_DATA = 0x40
_COLUMNS = 0x21
_ROWS = 0x22
_MODE = 0x20
_PUMP = 0x8D
_OFF = 0xAE
_ON = 0xAF
# Bytes that follow a command, where there are any.
_ARGUMENTS = {0x20: 1, 0x21: 2, 0x22: 2, 0x81: 1, 0x8D: 1, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1}


class Ssd1306Screen:
    """memory: its points, a byte for eight of one column, page after page. is_on: it was switched on, with the pump
    that makes its voltage. bytes_taken: all that the bus has brought.
    """

    def __init__(self):
        self.memory = bytearray(WIDTH * PAGES)
        self.bytes_taken = 0
        self.power_on()

    def power_on(self):
        """As after its supply has come: dark, and its memory is anything."""
        for index in range(len(self.memory)):
            self.memory[index] = 0xA5
        self.is_on = False
        self._has_pump = False
        self._is_horizontal = False
        self._columns = (0, WIDTH - 1)
        self._rows = (0, PAGES - 1)
        self._column = 0
        self._row = 0
        self._command = []
        self._control = -1

    def begin(self):
        self._control = -1
        self._command = []

    def receive(self, byte):
        self.bytes_taken += 1
        if self._control < 0:
            self._control = byte
        elif self._control == _DATA:
            self._put(byte)
        elif self._control == _COMMANDS:
            self._command.append(byte)
            if len(self._command) > _ARGUMENTS.get(self._command[0], 0):
                self._obey(self._command)
                self._command = []
        return True

    def fill(self, buffer):
        for index in range(len(buffer)):
            buffer[index] = 0

    def is_lit(self, x, y):
        """True where a point gives light."""
        return self.is_on and bool(self.memory[(y >> 3) * WIDTH + x] >> (y & 7) & 1)

    def picture(self):
        """The whole display as lines of "#" and "."."""
        lines = []
        for y in range(PAGES * 8):
            lines.append("".join(["#" if self.is_lit(x, y) else "." for x in range(WIDTH)]))
        return lines

    def text(self):
        """What it says, line by line, where the bench's own framebuf has drawn it; None while it is dark."""
        if not self.is_on:
            return None
        lines = []
        for row in range(PAGES):
            codes = [self.memory[row * WIDTH + 8 * cell] for cell in range(WIDTH // 8)]
            lines.append("".join([chr(code or 32) for code in codes]).rstrip())
        return lines

    def _obey(self, command):
        code = command[0]
        if code == _MODE:
            self._is_horizontal = command[1] & 3 == 0
        elif code == _COLUMNS:
            self._columns = (command[1], command[2])
            self._column = command[1]
        elif code == _ROWS:
            self._rows = (command[1], command[2])
            self._row = command[1]
        elif code == _PUMP:
            self._has_pump = command[1] & 4 != 0
        elif code == _ON:
            self.is_on = self._has_pump
        elif code == _OFF:
            self.is_on = False

    def _put(self, byte):
        self.memory[self._row * WIDTH + self._column] = byte
        if not self._is_horizontal:
            return
        self._column += 1
        if self._column > self._columns[1]:
            self._column = self._columns[0]
            self._row = self._row + 1 if self._row < self._rows[1] else self._rows[0]
