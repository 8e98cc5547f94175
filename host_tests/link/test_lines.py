"""Lines from a serial port: whole however they arrive, bounded, and never waited for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from link.lines_of import LONGEST, Port
from thecal.link.lines import Lines

texts = st.binary(max_size=LONGEST).map(lambda line: line.replace(b"\n", b" ").replace(b"\r", b" "))
ends = st.sampled_from([b"\n", b"\r\n"])


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data in pieces of these sizes, again and again."""
    pieces = []
    at = 0
    while at < len(data):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(data[at : at + size])
        at += size
    return pieces


def all_lines(lines: Lines) -> list[bytes]:
    """What read() gives until there is nothing more; a port that is empty for a moment is asked again."""
    found = []
    for _ in range(4_000):
        line = lines.read()
        if line is not None:
            found.append(line)
    return found


pieces = st.lists(st.one_of(st.integers(1, 64), st.just(5_000)), min_size=1, max_size=6)


@settings(max_examples=60)
@given(st.lists(st.tuples(texts, ends), max_size=8), pieces)
def test_lines_come_whole_and_in_order_however_the_bytes_arrive(sent, sizes):
    data = b"".join(line + end for line, end in sent)
    lines = Lines(Port(*cut(data, sizes)))
    assert all_lines(lines) == [line for line, _ in sent]


@settings(max_examples=60)
@given(st.integers(LONGEST - 1, LONGEST + 90), texts, ends, pieces)
def test_a_line_over_512_bytes_is_empty_and_the_next_one_whole_however_the_bytes_arrive(length, after, end, sizes):
    data = b"x" * length + end + after + end
    lines = Lines(Port(*cut(data, sizes)))
    assert all_lines(lines) == [b"x" * length if length <= LONGEST else b"", after]


@pytest.mark.parametrize("size", [1, 64, 512, 5_000])
def test_a_host_that_never_ends_its_line_fills_no_memory(size):
    lines = Lines(Port(*cut(b"x" * 50_000, [size])))
    for _ in range(50_000 // size + 1):
        assert lines.read() is None
        assert len(lines._buffer) <= LONGEST + 64
    lines._port.chunks.append(b"\nnext\n")
    assert all_lines(lines) == [b"", b"next"]


def test_half_a_line_waits_for_its_other_half():
    port = Port(b"first ha")
    lines = Lines(port)
    assert lines.read() is None
    port.chunks.append(b"lf\nsec")
    assert lines.read() == b"first half"
    assert lines.read() is None
    port.chunks.append(b"ond\n")
    assert lines.read() == b"second"


def test_a_reply_is_one_line():
    port = Port()
    Lines(port).write("reply")
    assert port.sent == b"reply\n"


@pytest.mark.parametrize("room", range(7))
def test_what_a_stalled_host_does_not_take_is_dropped_and_counted_and_the_next_reply_is_a_line_of_its_own(room):
    port = Port(room=room)
    lines = Lines(port)
    lines.write("first")
    is_whole = room == len(b"first\n")
    assert lines.dropped == (0 if is_whole else 1)
    lines.write("second")
    assert lines.dropped == (1 if is_whole else 2)
    port.room = 100
    lines.write("third")
    assert port.sent.split(b"\n")[-2:] == [b"third", b""]
    assert port.sent.split(b"\n")[0] in (b"third", b"first"[:room])
