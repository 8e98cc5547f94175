"""Request lines from a serial port: bounded, and nothing is ever waited for."""

from micropython import const

LONGEST = const(512)


class Lines:
    """port: read() gives the bytes that are there, maybe none; write(bytes) takes what it can without waiting."""

    def __init__(self, port):
        self._port = port
        self._buffer = bytearray()
        self._too_long = False
        self.dropped = 0

    def read(self):
        """The next whole line without its end, b"" for one that was too long, or None."""
        while True:
            end = self._buffer.find(b"\n")
            if end >= 0:
                line = bytes(self._buffer[:end]).rstrip(b"\r")
                self._buffer = self._buffer[end + 1 :]
                if self._too_long:
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
        if self._port.write(data) != len(data):
            self.dropped += 1

    def _take(self, data):
        self._buffer.extend(data)
        if self._buffer.find(b"\n") < 0 and len(self._buffer) > LONGEST:
            self._too_long = True
            self._buffer = bytearray()
