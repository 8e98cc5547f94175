"""The pump's journal on the host: raw records to JSON Lines, and the proof that nothing is missing or changed.

A raw journal is a sequence of 40-byte records (thecal.records.record). Each line of the export is one record, decoded
by thecal.tables.event_fields, with the raw bytes beside it, so that an export is verified and replayed like a raw
journal. The last line ends the export with the number of records, the last sequence number and the last link of the
hash chain. Described in docs/journal_export.md; the schema is schemas/journal.schema.json.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from struct import calcsize, unpack_from
from typing import Any

from thecal.records import record
from thecal.tables import doses, event_fields, texts

FORMAT = "thecal.journal/1"
FIRST_SEQUENCE = 0
WALL_EPOCH = datetime(2020, 1, 1)
WALL_QUALITIES = ("unknown", "set", "clock chip", "invalid")
_WALL_QUALITY_MASK = 3

_EVENTS = {code: (name, layout, fields) for code, name, layout, fields in event_fields.FIELDS}
_UNIT_SUFFIXES = {"": "", "bits": "_bits", "ng/day": "_ng_per_day", "pump s": "_pump_s"}
_NAMES: dict[str, tuple[str, ...]] = {
    "dose_kind": texts.DOSE_KINDS,
    "by_kind": texts.DOSE_KINDS,
    "mode": texts.MODES,
    "reason": texts.REASONS,
    "outcome": texts.OUTCOMES,
    "alarm": tuple(row[0] for row in texts.ALARMS),
    "priority": texts.PRIORITIES,
    "quality": WALL_QUALITIES,
}
_BIT_NAMES = {
    ("state", "holds"): texts.HOLDS,
    ("state", "before"): texts.HOLDS,
    ("self_test", "failures"): texts.CHECKS,
    ("self_test", "unproven"): texts.UNPROVEN,
}


class ExportError(ValueError):
    """A file that is neither a raw journal nor an export; the text names the place and the rule."""


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a journal: where (record index from 0) and what."""

    index: int
    what: str

    def __str__(self) -> str:
        return f"record {self.index}: {self.what}"


@dataclass(frozen=True)
class Verdict:
    """What verification found. last_seq and last_chain (hex) are those of the last sound record, None without one."""

    records: int
    last_seq: int | None
    last_chain: str | None
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        return not self.findings


def wall_text(wall_s: int) -> str | None:
    """ISO date and time of seconds since 2020-01-01 local; None for 0, the unknown wall time."""
    return (WALL_EPOCH + timedelta(seconds=wall_s)).isoformat() if wall_s else None


def read(raw: bytes) -> list[dict[str, Any]]:
    """Every record of a raw journal as the object of its export line; a damaged one as {"damaged", "raw"}."""
    return [_decode(chunk) for chunk in _chunks(raw)]


def verify(raw: bytes) -> Verdict:
    """Check length, CRC-32, sequence numbers and hash chain of a raw journal.

    A journal whose first record is not the pump's first has lost its oldest segments by design; its chain is checked
    from the second record on.
    """
    findings: list[Finding] = []
    before: bytes | None = None
    count = 0
    for index, chunk in enumerate(_chunks(raw)):
        count += 1
        if len(chunk) != record.SIZE:
            findings.append(Finding(index, f"cut off after {len(chunk)} of {record.SIZE} bytes"))
            continue
        if not record.sound(chunk):
            findings.append(Finding(index, "checksum (CRC-32) does not match"))
            continue
        findings.extend(Finding(index, what) for what in _broken_links(before, chunk))
        before = chunk
    if before is None:
        return Verdict(count, None, None, tuple(findings))
    return Verdict(count, record.sequence_of(before), record.chain_of(before).hex(), tuple(findings))


def to_json_lines(raw: bytes) -> str:
    """The export of a raw journal: one line for each record and the line that ends it."""
    verdict = verify(raw)
    end: dict[str, Any] = {
        "format": FORMAT,
        "records": verdict.records,
        "last_seq": verdict.last_seq,
        "last_chain": verdict.last_chain,
        "findings": [str(finding) for finding in verdict.findings],
    }
    return "".join(_line(entry) for entry in [*read(raw), {"end": end}])


def is_export(content: bytes) -> bool:
    """True where the content is a JSON Lines export, not a raw journal."""
    return content[:1] == b"{"


def raw_of_export(content: bytes) -> bytes:
    """The raw journal inside an export. Raises ExportError where a line is not a record of an export."""
    return b"".join(raw for _, _, raw in _export_records(_entries(content)))


def verify_export(content: bytes) -> Verdict:
    """Check an export: the raw records, each line against its own raw bytes, and the closing line against the rest."""
    entries = _entries(content)
    lines = list(_export_records(entries))
    verdict = verify(b"".join(raw for _, _, raw in lines))
    findings = list(verdict.findings)
    for index, entry, raw in lines:
        if entry != _decode(raw):
            findings.append(Finding(index, "the line does not say what its raw bytes say"))
    end = entries[-1].get("end") if entries else None
    if not isinstance(end, dict):
        findings.append(Finding(verdict.records, "the closing line is missing: the end of the export was cut off"))
    else:
        stated = (end.get("records"), end.get("last_seq"), end.get("last_chain"))
        if stated != (verdict.records, verdict.last_seq, verdict.last_chain):
            findings.append(Finding(verdict.records, "the closing line does not match the records before it"))
    return Verdict(verdict.records, verdict.last_seq, verdict.last_chain, tuple(findings))


def _chunks(raw: bytes) -> Iterator[bytes]:
    for start in range(0, len(raw), record.SIZE):
        yield raw[start : start + record.SIZE]


def _broken_links(before: bytes | None, after: bytes) -> Iterator[str]:
    sequence = record.sequence_of(after)
    if before is None:
        if sequence == FIRST_SEQUENCE and record.chain_of(after) != record.link(record.CHAIN_START, after):
            yield "hash chain does not start as a pump's first record does"
        return
    expected = record.sequence_of(before) + 1
    if sequence != expected:
        yield f"sequence number {sequence} where {expected} was due"
    elif record.chain_of(after) != record.link(record.chain_of(before), after):
        yield "hash chain is broken: this record or the one before was changed"


def _decode(chunk: bytes) -> dict[str, Any]:
    if not record.sound(chunk):
        reason = "checksum" if len(chunk) == record.SIZE else "cut off"
        return {"damaged": reason, "raw": chunk.hex()}
    code, flags, boot, sequence, seconds, millis, wall = unpack_from("<BBHIIHI", chunk)
    name, layout, fields = _EVENTS.get(code, (f"event_{code}", f"<{record.PAYLOAD}s", (("payload", ""),)))
    payload = chunk[calcsize("<BBHIIHI") :][: record.PAYLOAD]
    return {
        "seq": sequence,
        "boot": boot,
        "pump_time_ms": seconds * 1000 + millis,
        "wall": wall_text(wall),
        "wall_quality": WALL_QUALITIES[flags & _WALL_QUALITY_MASK],
        "event": name,
        "fields": dict(_fields(name, fields, unpack_from(layout, payload))),
        "raw": chunk.hex(),
    }


def _fields(event: str, fields: Iterable[tuple[str, str]], values: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for (name, unit), value in zip(fields, values, strict=True):
        if name.startswith("unused"):
            continue
        factor, _, base = unit.partition(" ")
        if factor.isdigit():
            yield name + _suffix(name, base), value * int(factor)
        elif (event, name) in _BIT_NAMES:
            yield name, [text for bit, text in enumerate(_BIT_NAMES[event, name]) if value >> bit & 1]
        elif unit == "pump s":
            yield name + _suffix(name, unit), None if value == doses.NEVER else value
        else:
            yield name + _suffix(name, unit), _plain(name, value)


def _suffix(name: str, unit: str) -> str:
    if name == unit or name.endswith("_" + unit):
        return ""
    return _UNIT_SUFFIXES.get(unit, "_" + unit.lower().replace("/", "_per_").replace(" ", "_"))


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        text = value.rstrip(b"\0")
        return text.decode() if name == "error" and text.isascii() else value.hex()
    names = _NAMES.get(name, ())
    return names[value] if value < len(names) else value


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"


def _entries(content: bytes) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            entry = json.loads(line)
        except ValueError:
            raise ExportError(f"line {number}: not JSON") from None
        if not isinstance(entry, dict):
            raise ExportError(f"line {number}: not an object")
        entries.append(entry)
    return entries


def _export_records(entries: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    for index, entry in enumerate(entries):
        if "end" in entry and index == len(entries) - 1:
            return
        try:
            yield index, entry, bytes.fromhex(entry["raw"])
        except (KeyError, TypeError, ValueError):
            raise ExportError(f"line {index + 1}: no raw record in hexadecimal") from None
