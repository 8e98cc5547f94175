"""USB serial and sleep with a fake poller: bytes one at a time, a stalled host, and who ends a sleep."""

import io
from types import SimpleNamespace
from typing import Any

import pytest

from thecal.drivers import sleep, usb_port

POLLIN, POLLOUT = 1, 4


class Host:
    """The host's side of the serial line, as sys.stdin and sys.stdout with a poller over both.

    to_read: bytes that wait. room: how many bytes the host takes before it stalls. delays: what pollers were asked.
    """

    def __init__(self):
        self.to_read = bytearray()
        self.taken = bytearray()
        self.room = 10_000
        self.delays: list[int] = []
        self.flagged: list[object] = []
        self.stdin = SimpleNamespace(buffer=SimpleNamespace(readinto=self._read_into))
        self.stdout = SimpleNamespace(buffer=SimpleNamespace(write=self._write))

    def poll(self) -> "Poller":
        return Poller(self)

    def is_ready(self, stream: Any, events: int) -> bool:
        if stream is self.stdin:
            return bool(self.to_read)
        if stream is self.stdout:
            return self.room > 0
        return bool(stream.ioctl(3, events))

    def _read_into(self, buffer: bytearray) -> int:
        assert self.to_read, "the driver would block for ever"
        for index in range(len(buffer)):
            buffer[index] = self.to_read.pop(0)
        return len(buffer)

    def _write(self, data: bytearray) -> int:
        assert self.room >= len(data), "the driver would block for 500 ms"
        self.room -= len(data)
        self.taken += data
        return len(data)


class Poller:
    """select.poll as MicroPython has it."""

    def __init__(self, host: Host):
        self._host = host
        self._streams: list[tuple[object, int]] = []

    def register(self, stream: object, events: int) -> None:
        self._streams.append((stream, events))

    def ipoll(self, milliseconds: int):
        self._host.delays.append(milliseconds)
        return iter([(stream, events) for stream, events in self._streams if self._host.is_ready(stream, events)])


@pytest.fixture
def host(mocker):
    host = Host()
    select = SimpleNamespace(poll=host.poll, POLLIN=POLLIN, POLLOUT=POLLOUT)
    streams = SimpleNamespace(stdin=host.stdin, stdout=host.stdout)
    for module in (usb_port, sleep):
        mocker.patch.object(module, "select", select)
        mocker.patch.object(module, "sys", streams)
    return host


def test_what_has_arrived_is_read_in_pieces_of_at_most_64_bytes(host):
    port = usb_port.UsbPort()
    assert port.read() == b""
    host.to_read += bytes(range(100))
    assert port.read() == bytes(range(64))
    assert port.read() == bytes(range(64, 100))
    assert port.read() == b""


def test_nothing_is_ever_waited_for(host):
    port = usb_port.UsbPort()
    host.to_read += b"abc"
    port.read()
    port.write(b"abc")
    assert set(host.delays) == {0}


@pytest.mark.parametrize("room", [0, 1, 63, 64, 65, 200])
def test_a_host_that_stalls_gets_what_it_takes_and_the_driver_says_how_much(host, room):
    port = usb_port.UsbPort()
    data = bytes(range(200))
    host.room = room
    assert port.write(data) == room
    assert host.taken == data[:room]


def test_a_host_that_never_opens_the_port_costs_one_look(host):
    port = usb_port.UsbPort()
    host.room = 0
    assert port.write(bytes(512)) == 0
    assert len(host.delays) == 1


def test_an_interrupt_is_readable_until_it_is_cleared():
    flag = sleep.Interrupt()
    assert isinstance(flag, io.IOBase)
    assert flag.ioctl(3, POLLIN) == 0
    flag.set()
    assert flag.ioctl(3, POLLIN) == POLLIN
    assert flag.ioctl(3, POLLOUT) == 0
    assert flag.ioctl(7, POLLIN) == -1
    flag.clear()
    assert flag.ioctl(3, POLLIN) == 0


def test_a_sleep_waits_for_exactly_the_time_that_was_asked_for_in_one_call(host):
    sleeper = sleep.Sleeper()
    host.delays.clear()
    sleeper.sleep(12_345)
    assert host.delays == [12_345]


def test_an_interrupt_ends_one_sleep_and_not_the_next(mocker, host):
    sleeper = sleep.Sleeper()
    arrived = mocker.stub()
    sleeper.listen(arrived)
    sleeper.interrupt.set()
    sleeper.sleep(1_000)
    assert sleeper.interrupt.ioctl(3, POLLIN) == 0
    arrived.assert_not_called()


def test_bytes_from_the_host_are_announced_and_left_for_the_link_to_read(mocker, host):
    sleeper = sleep.Sleeper()
    host.to_read += b"x"
    sleeper.sleep(1_000)  # nobody listens yet, which is no error
    arrived = mocker.stub()
    sleeper.listen(arrived)
    sleeper.sleep(1_000)
    arrived.assert_called_once_with()
    assert host.to_read == b"x"
