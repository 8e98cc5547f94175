"""Proves that a journal is whole: finds records that are missing, altered, out of order, repeated or cut off.

Each finding names the record by its sequence number, its place in the file, what is wrong and what to do. A journal
whose oldest records are gone is sound: the pump removes its oldest segments.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from thecal.records import record

FIRST_SEQUENCE = 0
READ_AGAIN = "read it from the pump again"
DO_NOT_RELY = "do not rely on this copy"
FIND_THE_REST = "look for the rest in an older export"


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a journal.

    index: of the record in the file, from 0. sequence: its number, None where nobody knows. line: of the file, None in
    a raw journal.
    """

    index: int
    sequence: int | None
    what: str
    todo: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line is not None else f"place {self.index}"
        named = "" if self.sequence is None else f", record {self.sequence}"
        return f"{place}{named}: {self.what}; {self.todo}"


@dataclass(frozen=True)
class Verdict:
    """What verification found. last_seq and last_chain (hex) are those of the last sound record, None without one."""

    records: int
    first_seq: int | None
    last_seq: int | None
    last_chain: str | None
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        return not self.findings


def chunks(raw: bytes) -> Iterator[bytes]:
    """The records of a raw journal; the last may be cut off."""
    for start in range(0, len(raw), record.SIZE):
        yield raw[start : start + record.SIZE]


def verify(raw: bytes) -> Verdict:
    """Check length, CRC-32, sequence numbers and hash chain of a raw journal."""
    return verify_records([(None, chunk) for chunk in chunks(raw)])


def verify_records(entries: Sequence[tuple[int | None, bytes | None]]) -> Verdict:
    """The same for (line of the file, 40 bytes) of each record; None where the line holds no record any more."""
    places: dict[int, int] = {}
    findings: list[Finding] = []
    for index, (line, chunk) in enumerate(entries):
        if chunk is not None and record.sound(chunk):
            sequence = record.sequence_of(chunk)
            if sequence in places:
                is_same = chunk == entries[places[sequence]][1]
                what = "repeated" if is_same else "another record with a number that is there already"
                findings.append(Finding(index, sequence, what, DO_NOT_RELY, line))
            else:
                places[sequence] = index
    findings += _damaged(entries, places)
    findings += _out_of_order(entries, places)
    findings += _missing(entries, places, [finding.sequence for finding in findings])
    findings += _broken_chain(entries, places)
    first, last = min(places, default=None), max(places, default=None)
    chain = None if last is None else record.chain_of(entries[places[last]][1] or b"").hex()
    ordered = tuple(sorted(findings, key=lambda finding: finding.index))
    return Verdict(len(entries), first, last, chain, ordered)


def _damaged(entries: Sequence[tuple[int | None, bytes | None]], places: dict[int, int]) -> Iterator[Finding]:
    """Records that are none any more; each has the number after the sound one before it, or before the one after."""
    by_index = {index: sequence for sequence, index in places.items()}
    expected: int | None = None
    for index, (line, chunk) in enumerate(entries):
        if index in by_index:
            expected = by_index[index] + 1
            continue
        if chunk is not None and record.sound(chunk):
            continue
        if expected is None:
            after = next((i for i in range(index, len(entries)) if i in by_index), None)
            expected = None if after is None else max(by_index[after] - (after - index), 0)
        if chunk is None:
            what = "altered: the line holds no record"
        elif len(chunk) != record.SIZE:
            what = f"cut off after {len(chunk)} of {record.SIZE} bytes"
        else:
            what = "checksum (CRC-32) does not match: altered or damaged"
        yield Finding(index, expected, what, READ_AGAIN, line)
        expected = None if expected is None else expected + 1


def _out_of_order(entries: Sequence[tuple[int | None, bytes | None]], places: dict[int, int]) -> Iterator[Finding]:
    highest = -1
    for sequence, index in sorted(places.items(), key=lambda item: item[1]):
        if sequence < highest:
            yield Finding(
                index, sequence, f"out of order: stands after record {highest}", DO_NOT_RELY, entries[index][0]
            )
        highest = max(highest, sequence)


def _missing(
    entries: Sequence[tuple[int | None, bytes | None]], places: dict[int, int], named: Iterable[int | None]
) -> Iterator[Finding]:
    known = sorted(places.keys() | {sequence for sequence in named if sequence is not None})
    for before, after in pairwise(known):
        if after == before + 1:
            continue
        index = places.get(after, places.get(before, 0))
        many = f"missing: records {before + 1} to {after - 1}" if after - before > 2 else "missing"
        yield Finding(index, before + 1, f"{many}, before this place", FIND_THE_REST, entries[index][0])


def _broken_chain(entries: Sequence[tuple[int | None, bytes | None]], places: dict[int, int]) -> Iterator[Finding]:
    for sequence, index in places.items():
        line, chunk = entries[index]
        assert chunk is not None
        if sequence == FIRST_SEQUENCE:
            if record.chain_of(chunk) != record.link(record.CHAIN_START, chunk):
                what = "hash chain does not start as a pump's first record does: altered"
                yield Finding(index, sequence, what, DO_NOT_RELY, line)
        elif sequence - 1 in places:
            before = entries[places[sequence - 1]][1] or b""
            if record.chain_of(chunk) != record.link(record.chain_of(before), chunk):
                what = f"hash chain is broken: this record or {sequence - 1} was altered"
                yield Finding(index, sequence, what, DO_NOT_RELY, line)
