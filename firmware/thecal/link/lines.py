"""Request lines from a serial port: bounded, and nothing is ever waited for."""

from micropython import const

LONGEST = const(512)


class Lines:
    """port: read() gives the bytes that are there, maybe none; write(bytes) takes what it can without waiting."""

    def __init__(self, port):
        self._port = port
        self._buffer = bytearray()
        self._too_long = False
        self._is_cut = False
        self.dropped = 0

    def read(self):
        """The next whole line without its end, b"" for one that was too long, or None."""
        while True:
            end = self._buffer.find(b"\n")
            if end >= 0:
                line = bytes(self._buffer[:end]).rstrip(b"\r")
                self._buffer = self._buffer[end + 1 :]
                if self._too_long or len(line) > LONGEST:
                    self._too_long = False
                    return b""
                return line
            data = self._port.read()
            if not data:
                return None
            self._take(data)

    def write(self, text):
        """Send one line; what the port does not take at once is dropped and counted."""
        data = text.encode() + b"\n"
        if self._is_cut:
            data = b"\n" + data
        sent = self._port.write(data)
        if sent:
            # The rest of a line that the host stopped taking would run into the next one.
            self._is_cut = data[sent - 1] != 10
        if sent != len(data):
            self.dropped += 1

    def _take(self, data):
        self._buffer.extend(data)
        # One byte more may be the carriage return of a line that is just long enough.
        if self._buffer.find(b"\n") < 0 and len(self._buffer) > LONGEST + 1:
            self._too_long = True
            self._buffer = bytearray()
