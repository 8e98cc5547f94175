"""The link's bytes over USB serial: read what is there, write what the host takes, wait for nothing."""

import select
import sys


class UsbPort:
    """Standard input and output of the board."""

    def __init__(self):
        self._readable = select.poll()
        self._readable.register(sys.stdin, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(sys.stdout, select.POLLOUT)

    def read(self):
        """The bytes that have arrived, b"" where there are none."""
        data = b""
        while len(data) < 64 and self._readable.poll(0):
            data += sys.stdin.buffer.read(1)
        return data

    def write(self, data):
        """Send as much as the host takes without waiting; returns how many bytes."""
        sent = 0
        # The port blocks for up to 500 ms when the host does not read: ask before each packet.
        while sent < len(data) and self._writable.poll(0):
            sys.stdout.buffer.write(data[sent : sent + 64])
            sent += 64
        return min(sent, len(data))
