"""The pump's journal as JSON Lines: what each record says in words and units, and what closes an export.

A raw journal is a sequence of 40-byte records (thecal.records.record). Each line of an export is one record, decoded by
thecal.tables.event_fields, with the raw bytes beside it, so that an export is verified and replayed like a raw journal.
The last line ends the export with the number of records, the last sequence number and the last link of the hash chain.
Described in docs/journal_export.md; the schema is schemas/journal.schema.json.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from struct import calcsize, unpack_from
from typing import Any

from thecal.records import record
from thecal.tables import ceilings, doses, event_fields, texts
from thecal_tools.journal_verify import Finding, Verdict, chunks, verify, verify_records

FORMAT = "thecal.journal/1"
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
    "planned": texts.RESTARTS,
}
_ALARM_EVENTS = ("raised", "cleared", "acknowledged", "silenced", "escalated", "cause_gone")
_BIT_NAMES = {
    **{(f"alarm_{event}", "state"): texts.ALARM_STATES for event in _ALARM_EVENTS},
    ("slots_settled", "slots"): tuple(map(str, range(ceilings.SCHEDULED_BOLUSES))),
    ("state", "holds"): texts.HOLDS,
    ("state", "before"): texts.HOLDS,
    ("self_test", "failures"): texts.CHECKS,
    ("self_test", "unproven"): texts.UNPROVEN,
    ("self_test", "confirmed_by_operator"): texts.UNPROVEN,
}


class ExportError(ValueError):
    """A file that is neither a raw journal nor an export; the text says why."""


@dataclass(frozen=True)
class Form:
    """One way to write an export, in lines without their ends.

    header: first line, None where there is none. line: of one record. raw_of: the record's bytes in a line, None
    where there are none. end: closing line of a verdict and the pump's small files by name. files_of: those files in a
    closing line, None where the line is no closing line.
    """

    header: str | None
    line: Callable[[bytes], str]
    raw_of: Callable[[str], bytes | None]
    end: Callable[[Verdict, Mapping[str, bytes]], str]
    files_of: Callable[[str], dict[str, bytes] | None]


@dataclass(frozen=True)
class Export:
    """What an export holds: raw records by line, the pump's small files, and what is wrong with it."""

    entries: tuple[tuple[int | None, bytes | None], ...]
    files: Mapping[str, bytes]
    verdict: Verdict

    @property
    def raw(self) -> bytes:
        return b"".join(chunk or b"" for _, chunk in self.entries)


def wall_text(wall_s: int) -> str | None:
    """ISO date and time of seconds since 2020-01-01 local; None for 0, the unknown wall time."""
    return (WALL_EPOCH + timedelta(seconds=wall_s)).isoformat() if wall_s else None


def read(raw: bytes) -> list[dict[str, Any]]:
    """Every record of a raw journal as the object of its export line; a damaged one as {"damaged", "raw"}."""
    return [decode(chunk) for chunk in chunks(raw)]


def write(raw: bytes, form: Form, files: Mapping[str, bytes]) -> str:
    """The export of a raw journal. files: the pump's small files by name ("ledger"), to replay the journal against."""
    header = [] if form.header is None else [form.header]
    lines = [*header, *map(form.line, chunks(raw)), form.end(verify(raw), files)]
    return "".join(line + "\n" for line in lines)


def take_in(content: bytes, form: Form) -> Export:
    """Read an export and check it: its records, each line against its own raw bytes, and the closing line.

    Raises ExportError where no line is one of an export.
    """
    lines = content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    is_whole = lines[-1] == ""
    if is_whole:
        lines.pop()
    first = 0 if form.header is None else 1
    files = form.files_of(lines[-1]) if lines else None
    body = lines[first:] if files is None else lines[first:-1]
    entries = tuple((first + index + 1, form.raw_of(line)) for index, line in enumerate(body))
    if files is None and not any(chunk for _, chunk in entries):
        raise ExportError("no line of it is a journal record")
    verdict = verify_records(entries)
    findings = list(verdict.findings)
    if form.header is not None and lines[0] != form.header:
        findings.append(Finding(0, None, "altered: the heading is another one", "export it again", 1))
    for (number, chunk), line in zip(entries, body, strict=True):
        if chunk is not None and line != form.line(chunk):
            index = (number or 1) - 1 - first
            named = record.sequence_of(chunk) if record.sound(chunk) else None
            what = "altered: the line does not say what its raw bytes say"
            findings.append(Finding(index, named, what, "the raw bytes count", number))
    raw = b"".join(chunk or b"" for _, chunk in entries)
    if files is None:
        what = "the closing line is missing: the end of the export was cut off"
        findings.append(Finding(len(body), _after(verdict), what, "export it again", len(lines) + 1))
    elif lines[-1] != form.end(verify(raw), files) or not is_whole:
        what = "the closing line does not match the records before it: some were cut off, or it was altered"
        findings.append(Finding(len(body), _after(verdict), what, "export it again", len(lines)))
    whole = Verdict(verdict.records, verdict.first_seq, verdict.last_seq, verdict.last_chain, tuple(findings))
    return Export(entries, files or {}, whole)


def _after(verdict: Verdict) -> int | None:
    return None if verdict.last_seq is None else verdict.last_seq + 1


def end_fields(verdict: Verdict) -> dict[str, Any]:
    """What a closing line says of the records before it."""
    return {
        "format": FORMAT,
        "records": verdict.records,
        "last_seq": verdict.last_seq,
        "last_chain": verdict.last_chain,
        "findings": [str(finding) for finding in verdict.findings],
    }


def to_json_lines(raw: bytes, files: Mapping[str, bytes] | None = None) -> str:
    """The export of a raw journal as JSON Lines."""
    return write(raw, JSON_LINES, files or {})


def raw_of_export(content: bytes) -> bytes:
    """The raw journal inside an export. Raises ExportError where it is none."""
    return take_in(content, JSON_LINES).raw


def verify_export(content: bytes) -> Verdict:
    """What is wrong with an export. Raises ExportError where it is none."""
    return take_in(content, JSON_LINES).verdict


def decode(chunk: bytes) -> dict[str, Any]:
    """One record as the object of its export line."""
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


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def _object(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _raw_of(line: str) -> bytes | None:
    return of_hex(_object(line).get("raw"))


def of_hex(text: object) -> bytes | None:
    """Bytes of lower-case hexadecimal, None where it is none."""
    try:
        data = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return None
    return data if data and data.hex() == text else None


def _end(verdict: Verdict, files: Mapping[str, bytes]) -> str:
    kept = {"files": {name: data.hex() for name, data in files.items()}} if files else {}
    return _line({"end": end_fields(verdict) | kept})


def _files_of(line: str) -> dict[str, bytes] | None:
    end = _object(line).get("end")
    if not isinstance(end, dict):
        return None
    stated = end.get("files", {})
    found = {name: of_hex(text) for name, text in stated.items()} if isinstance(stated, dict) else {}
    return {name: data for name, data in found.items() if data is not None}


JSON_LINES = Form(None, lambda chunk: _line(decode(chunk)), _raw_of, _end, _files_of)
