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
        self._byte = bytearray(1)

    def read(self):
        """The bytes that have arrived, at most 64, b"" where there are none."""
        data = b""
        while len(data) < 64 and _ready(self._readable):
            sys.stdin.buffer.readinto(self._byte)
            data += self._byte
        return data

    def write(self, data):
        """Send as much as the host takes without waiting; returns how many bytes."""
        # Ready means room for one byte; the port blocks for 500 ms on any that does not fit.
        for sent in range(len(data)):
            if not _ready(self._writable):
                return sent
            self._byte[0] = data[sent]
            sys.stdout.buffer.write(self._byte)
        return len(data)


def _ready(poller):
    for _ in poller.ipoll(0):
        return True
    return False
