"""What a host can do over USB while the pump runs on the stock image, and what it cannot."""

from itertools import pairwise

import pytest

from thecal_tools import emulation, emulator_image

CTRL_C, CTRL_D = b"\x03", b"\x04"
# 250 nL a step at 24 mL/day.
INTERVAL_NS = 900_000_000
PARSE_ERROR = -32700


@pytest.mark.needs("uf2")
@pytest.mark.req("SR-33")
def test_control_characters_and_a_host_that_stalls():
    pump = emulation.EmulatedPump(emulator_image.find_image(download=False))
    pump.boot()
    pump.steps(1)
    control_characters(pump)
    a_host_that_stalls(pump)
    steady(pump)
    assert pump.pico.resets == []


def control_characters(pump):
    """Ctrl-C and its kin are bytes of a line that makes no sense, and nothing more."""
    said = len(pump.pico.output_lines)
    pump.pico.send(CTRL_C)
    pump.pico.run_for(0.05)
    assert len(pump.pico.output_lines) == said
    pump.pico.send(CTRL_C * 2 + CTRL_D + b"\x01\x02\r\n")
    pump.pico.run_for(0.1)
    assert [f'"code": {PARSE_ERROR}'.encode() in line for _, line in pump.pico.output_lines[said:]] == [True]
    assert b"Traceback" not in pump.pico.output and b">>>" not in pump.pico.output
    assert pump.ask("status")["holds"] == 0


def a_host_that_stalls(pump):
    """The host asks and asks and takes no answer: steps go on, and answers do when it reads again."""
    given = pump.rotor_counts()
    pump.pico.usb.stall()
    for number in range(8):
        pump.pico.send(b'{"jsonrpc":"2.0","id":"unread %d","method":"status"}\n' % number)
    pump.pico.run_for(2.9)
    assert pump.rotor_counts() - given == 3
    pump.pico.usb.stall(False)
    pump.pico.run_for(0.1)
    # Whole again, although the last answer of before was cut off in the middle.
    status = pump.ask("status")
    assert status["commanded_steps"] == status["confirmed_steps"] == pump.rotor_counts()


def steady(pump):
    """No step came late for all that, and every one was inside a train."""
    edges = [edge for train in pump.trains() for edge in train.edges]
    intervals = [after - before for before, after in pairwise(edges)]
    assert all(abs(interval - INTERVAL_NS) < 60_000_000 for interval in intervals), intervals
    assert pump.unpowered_steps() == 0
