"""Sleep that ends early when an interrupt or a byte on the link comes, without polling: the processor waits in WFE."""

import io
import select
import sys

_MP_STREAM_POLL = 3
_MP_STREAM_POLL_RD = 1


def _nobody():
    pass


class Interrupt(io.IOBase):
    """A flag that a poller waits for, as asyncio's ThreadSafeFlag does it. set() is safe in interrupt context."""

    def __init__(self):
        self._set = False

    def set(self):
        self._set = True

    def clear(self):
        self._set = False

    def ioctl(self, request, argument):
        """Stream protocol: readable while the flag is set."""
        if request == _MP_STREAM_POLL:
            return self._set * _MP_STREAM_POLL_RD & argument
        return -1


class Sleeper:
    """Ends a sleep for its own interrupt or for bytes on standard input."""

    def __init__(self):
        self.interrupt = Interrupt()
        self._poller = select.poll()
        self._poller.register(self.interrupt, select.POLLIN)
        self._poller.register(sys.stdin, select.POLLIN)
        self._serial_arrived = _nobody
        # The poller makes the tuple here that every later call reuses, so that a sleep allocates nothing.
        self._poller.ipoll(0)

    def listen(self, serial_arrived):
        """serial_arrived: callable, called when bytes wait on standard input."""
        self._serial_arrived = serial_arrived

    def sleep(self, ms):
        """Wait for at most that many ms."""
        for stream, _ in self._poller.ipoll(ms):
            if stream is self.interrupt:
                self.interrupt.clear()
            else:
                self._serial_arrived()
