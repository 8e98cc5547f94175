"""One journal record: its bytes, and how a changed, removed or reordered one shows."""

from binascii import crc32
from hashlib import sha256
from struct import pack, unpack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thecal.records import record

u8, u16, u32 = st.integers(0, 255), st.integers(0, 65_535), st.integers(0, 2**32 - 1)
payloads = st.binary(max_size=record.PAYLOAD)
chains = st.binary(min_size=6, max_size=6)
heads = st.tuples(u8, u8, u16, u32, u32, st.integers(0, 999), u32)


def written(head: tuple, payload: bytes, chain: bytes = record.CHAIN_START) -> bytes:
    fields: tuple[Any, ...] = (*head, payload, chain)
    return record.write(*fields)


def chained(count: int) -> list[bytes]:
    """That many records in a row, as a pump writes them."""
    entries: list[bytes] = []
    chain = record.CHAIN_START
    for sequence in range(count):
        entries.append(record.write(7, 1, 1, sequence, 100 + sequence, 0, 0, bytes([sequence]), chain))
        chain = record.chain_of(entries[-1])
    return entries


def links_hold(entries: list[bytes]) -> bool:
    chain = record.CHAIN_START
    for entry in entries:
        if record.chain_of(entry) != record.link(chain, entry):
            return False
        chain = record.chain_of(entry)
    return True


@pytest.mark.req("SR-39")
@given(heads, payloads, chains)
def test_every_field_stands_where_the_format_says(head, payload, chain):
    entry = written(head, payload, chain)
    assert len(entry) == record.SIZE == 40
    assert unpack("<BBHIIHI", entry[:18]) == head
    assert entry[18:30] == payload.ljust(12, b"\0")
    assert entry[30:36] == sha256(chain + entry[:30]).digest()[:6]
    assert entry[36:] == pack("<I", crc32(entry[:36]))
    assert record.sound(entry)


@given(heads, payloads)
def test_readers_give_back_what_was_written(head, payload):
    entry = written(head, payload)
    _, _, boot, sequence, seconds, _, _ = head
    assert record.boot_of(entry) == boot
    assert record.sequence_of(entry) == sequence
    assert record.pump_seconds_of(entry) == seconds


@given(heads, payloads, st.integers(0, 40 * 8 - 1))
def test_one_wrong_bit_anywhere_makes_a_record_unsound(head, payload, bit):
    damaged = bytearray(written(head, payload))
    damaged[bit // 8] ^= 1 << bit % 8
    assert not record.sound(bytes(damaged))


@pytest.mark.parametrize("length", [0, 1, 39, 41, 80])
def test_a_record_of_another_length_is_unsound(length):
    entry = record.write(1, 0, 1, 0, 0, 0, 0, b"", record.CHAIN_START)
    assert not record.sound((entry * 2)[:length])


def test_a_payload_that_does_not_fit_is_refused_and_not_cut_off():
    assert record.write(1, 0, 1, 0, 0, 0, 0, b"x" * 12, record.CHAIN_START)[18:30] == b"x" * 12
    with pytest.raises(ValueError, match="payload"):
        record.write(1, 0, 1, 0, 0, 0, 0, b"x" * 13, record.CHAIN_START)


@given(st.integers(2, 12), st.data())
def test_a_record_that_was_removed_replaced_or_moved_breaks_the_chain(count, data):
    entries = chained(count)
    assert links_hold(entries)
    index = data.draw(st.integers(0, count - 2))
    assert not links_hold(entries[:index] + entries[index + 1 :])
    swapped = entries.copy()
    swapped[index], swapped[index + 1] = swapped[index + 1], swapped[index]
    assert not links_hold(swapped)
    # A forger who mends CRC and own link still breaks the link of the record that follows.
    chain = record.chain_of(entries[index - 1]) if index else record.CHAIN_START
    forged = record.write(7, 1, 1, index, 999, 0, 0, b"forged", chain)
    assert record.sound(forged)
    assert not links_hold([*entries[:index], forged, *entries[index + 1 :]])
