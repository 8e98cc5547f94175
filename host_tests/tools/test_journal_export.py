"""The journal export: what goes in comes out, and whatever is changed, cut or missing is found."""

import json
from binascii import crc32
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thecal.records import record
from thecal.tables import alarms, doses, event_fields, events
from thecal_tools import journal_export
from thecal_tools.files import Source, check_schema

WALL_S = 194_572_800  # 2026-03-02 00:00
PAYLOADS = (
    (events.BOOT, pack("<BBHI", 1, 0, 0, 0)),
    (events.STATE, pack("<BBH", 0, 1, 2)),
    (events.BOLUS_GRANTED, pack("<BBHII", doses.PATIENT, 0, 99, 600, 50_000)),
    (events.REFUSED, pack("<BBHI", doses.PATIENT, doses.LOCKOUT, 99, 5_400)),
    (events.REFUSED, pack("<BBHI", doses.PATIENT, doses.NOT_PRESCRIBED, 0, doses.NEVER)),
    (events.HOUR_TOTALS, pack("<6H", 72, 0, 99, 0, 0, 0)),
    (events.HOUR_WITNESS, pack("<IHHI", 171, 171, 1_785, 17_957_250)),
    (events.ALARM_RAISED, pack("<BBHI", alarms.RESERVOIR_LOW, alarms.LOW, 0, 0)),
    (events.TASK_FAULT, pack("<B11s", 2, b"ValueError")),
    (200, b"abc"),
)


def journal(entries=PAYLOADS, first_sequence=0) -> bytes:
    records, chain = [], record.CHAIN_START
    for index, (event, payload) in enumerate(entries):
        sequence = first_sequence + index
        made = record.write(event, 1, 3, sequence, 3_600 * index, 250, WALL_S + 3_600 * index, payload, chain)
        chain = record.chain_of(made)
        records.append(made)
    return b"".join(records)


def lines(raw: bytes) -> list[dict]:
    return [json.loads(line) for line in journal_export.to_json_lines(raw).splitlines()]


def resealed(entry: bytes) -> bytes:
    """A forged record whose checksum was made to fit again."""
    return entry[:36] + pack("<I", crc32(entry[:36]))


def test_a_sound_journal_is_sound():
    verdict = journal_export.verify(journal())
    assert verdict.sound
    assert (verdict.records, verdict.last_seq) == (len(PAYLOADS), len(PAYLOADS) - 1)
    assert verdict.last_chain == record.chain_of(journal()[-record.SIZE :]).hex()


def test_lines_follow_the_schema_and_lead_back_to_the_raw_journal():
    raw = journal()
    entries = lines(raw)
    for entry in entries:
        check_schema(entry, "journal", Source("export"))
    exported = journal_export.to_json_lines(raw).encode()
    assert journal_export.raw_of_export(exported) == raw
    assert journal_export.verify_export(exported).sound
    assert entries[-1]["end"]["records"] == len(entries) - 1 == len(PAYLOADS)


def test_records_are_decoded_with_names_and_units():
    boot, state, granted, refused, never, totals, witness, raised, fault, unknown, _ = lines(journal())
    assert (boot["seq"], boot["boot"], boot["event"]) == (0, 3, "boot")
    assert (granted["pump_time_ms"], granted["wall"]) == (7_200_250, "2026-03-02T02:00:00")
    assert granted["wall_quality"] == "set"
    assert state["fields"]["before"] == ["stopped by the operator"]
    assert granted["fields"] == {"dose_kind": "patient", "slot": 0, "steps": 99, "duration_s": 600, "dose_ng": 50_000}
    assert refused["fields"]["reason"] == "lockout interval"
    assert refused["fields"]["next_possible_pump_s"] == 5_400
    assert never["fields"]["next_possible_pump_s"] is None
    assert totals["fields"]["background_steps"] == 72
    assert witness["fields"]["measured_ul"] == 17_850
    assert (raised["fields"]["alarm"], raised["fields"]["priority"]) == ("reservoir_low", "low")
    assert fault["fields"]["error"] == "ValueError"
    assert (unknown["event"], unknown["fields"]) == ("event_200", {"payload": "616263" + 9 * "00"})


def test_unknown_wall_time_is_null():
    made = record.write(events.BOOT, 0, 1, 0, 5, 0, 0, b"", record.CHAIN_START)
    assert lines(made)[0]["wall"] is None
    assert lines(made)[0]["wall_quality"] == "unknown"


@pytest.mark.parametrize("row", event_fields.FIELDS, ids=lambda row: row[1])
def test_every_event_can_be_exported(row):
    made = record.write(row[0], 2, 1, 0, 5, 0, WALL_S, b"", record.CHAIN_START)
    entry = lines(made)[0]
    assert entry["event"] == row[1]
    assert not any(name.startswith("unused") for name in entry["fields"])
    check_schema(entry, "journal", Source("export"))


@pytest.mark.req("SR-39")
@given(st.integers(0, len(PAYLOADS) * record.SIZE - 1), st.integers(1, 255))
def test_any_changed_byte_is_found(place, change):
    raw = bytearray(journal())
    raw[place] ^= change
    verdict = journal_export.verify(bytes(raw))
    assert verdict.findings[0].index == place // record.SIZE


@pytest.mark.req("SR-39")
@given(st.integers(1, len(PAYLOADS) * record.SIZE - 1))
def test_a_cut_tail_of_an_export_is_found(length):
    exported = journal_export.to_json_lines(journal()).encode()
    kept = exported.splitlines(keepends=True)
    assert not journal_export.verify_export(b"".join(kept[:-1])).sound
    if length % record.SIZE:
        assert "cut off" in str(journal_export.verify(journal()[:length]).findings[-1])


@pytest.mark.req("SR-39")
@pytest.mark.parametrize("index", range(1, len(PAYLOADS) - 1))
def test_a_removed_repeated_or_moved_record_is_found(index):
    raw = journal()
    records = [raw[at : at + record.SIZE] for at in range(0, len(raw), record.SIZE)]
    without = b"".join(records[:index] + records[index + 1 :])
    repeated = b"".join([*records[: index + 1], *records[index:]])
    moved = b"".join([*records[:index], records[index + 1], records[index], *records[index + 2 :]])
    for tampered in (without, repeated, moved):
        assert "sequence number" in str(journal_export.verify(tampered).findings[0])


@pytest.mark.req("SR-39")
def test_a_forged_record_with_a_fitting_checksum_breaks_the_chain():
    raw = journal()
    forged = bytearray(raw[80:120])
    forged[20] ^= 1
    verdict = journal_export.verify(raw[:80] + resealed(bytes(forged)) + raw[120:])
    assert [finding.index for finding in verdict.findings] == [2]
    assert "hash chain" in str(verdict.findings[0])


def test_a_first_record_must_start_the_chain():
    forged = bytearray(journal()[: record.SIZE])
    forged[20] ^= 1
    assert "does not start" in str(journal_export.verify(resealed(bytes(forged))).findings[0])


def test_a_journal_whose_oldest_segments_are_gone_is_sound():
    assert journal_export.verify(journal(first_sequence=500)).sound
    assert journal_export.verify(journal()[2 * record.SIZE :]).sound


def test_damaged_records_are_kept_in_the_export():
    raw = bytearray(journal())
    raw[50] ^= 1
    entries = lines(bytes(raw) + b"tail")
    assert entries[1] == {"damaged": "checksum", "raw": bytes(raw[40:80]).hex()}
    assert entries[-2] == {"damaged": "cut off", "raw": b"tail".hex()}
    assert len(entries[-1]["end"]["findings"]) >= 2
    for entry in entries:
        check_schema(entry, "journal", Source("export"))


def test_a_line_that_was_rewritten_is_found():
    exported = journal_export.to_json_lines(journal())
    verdict = journal_export.verify_export(exported.replace("lockout interval", "granted").encode())
    assert [str(finding) for finding in verdict.findings] == ["record 3: the line does not say what its raw bytes say"]


def test_a_changed_closing_line_is_found():
    exported = journal_export.to_json_lines(journal())
    verdict = journal_export.verify_export(exported.replace('"records":10', '"records":9').encode())
    assert "closing line" in str(verdict.findings[0])


@pytest.mark.parametrize(
    "content", [b"{nonsense", b"{}\n{}", b'{"raw": 5}', b'{"raw": "zz"}', b"{}\n[]", b'{"raw": "\xff"}']
)
def test_what_is_no_export_is_refused(content):
    with pytest.raises(journal_export.ExportError, match="line"):
        journal_export.verify_export(content)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw):
    verdict = journal_export.verify(raw)
    assert verdict.records == -(-len(raw) // record.SIZE)
    assert len(lines(raw)) == verdict.records + 1


def test_an_empty_journal_is_sound():
    assert journal_export.verify(b"").sound
    assert lines(b"")[-1]["end"]["last_seq"] is None
