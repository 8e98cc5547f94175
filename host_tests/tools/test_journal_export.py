"""The journal export: what goes in comes out, in words and units, as JSON Lines and as CSV for a spreadsheet."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thecal.records import record
from thecal.tables import event_fields, events
from thecal_tools import journal_csv, journal_export
from thecal_tools.files import SCHEMAS, Source, check_schema
from tools.journals import PAYLOADS, WALL_S, journal


def lines(raw: bytes) -> list[dict]:
    return [json.loads(line) for line in journal_export.to_json_lines(raw).splitlines()]


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


def test_damaged_records_are_kept_in_the_export():
    raw = bytearray(journal())
    raw[50] ^= 1
    entries = lines(bytes(raw) + b"tail")
    assert entries[1] == {"damaged": "checksum", "raw": bytes(raw[40:80]).hex()}
    assert entries[-2] == {"damaged": "cut off", "raw": b"tail".hex()}
    assert len(entries[-1]["end"]["findings"]) >= 2
    for entry in entries:
        check_schema(entry, "journal", Source("export"))


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw):
    verdict = journal_export.verify(raw)
    assert verdict.records == -(-len(raw) // record.SIZE)
    assert len(lines(raw)) == verdict.records + 1


def rows(raw: bytes) -> list[list[str]]:
    return list(csv.reader(journal_export.write(raw, journal_csv.CSV, {}).splitlines()))


@pytest.mark.req("PR-15")
def test_a_spreadsheet_gets_the_columns_of_the_schema_and_numbers_that_can_be_summed():
    schema = json.loads((SCHEMAS / "journal_csv.schema.json").read_text(encoding="utf-8"))
    heading, *records, end = rows(journal())
    assert heading == [field["name"] for field in schema["fields"]] == list(journal_csv.COLUMNS)
    granted = dict(zip(heading, records[2], strict=True))
    assert (granted["event"], granted["field_3"], granted["value_3"]) == ("bolus_granted", "steps", "99")
    assert dict(zip(heading, end, strict=True))["value_2"] == str(len(PAYLOADS))
    assert [row[0] for row in records] == [str(sequence) for sequence in range(len(PAYLOADS))]


def test_csv_and_json_lines_say_the_same():
    for entry, row in zip(lines(journal())[:-1], rows(journal())[1:-1], strict=True):
        cells = dict(zip(journal_csv.COLUMNS, row, strict=True))
        assert cells["raw"] == entry["raw"]
        assert [cells[name] for name in ("seq", "boot", "event")] == [
            str(entry["seq"]),
            str(entry["boot"]),
            entry["event"],
        ]
        names = [cells[f"field_{number}"] for number in range(1, 7)]
        assert [name for name in names if name] == list(entry["fields"])


@pytest.mark.parametrize("row", event_fields.FIELDS, ids=lambda row: row[1])
def test_every_event_fits_the_columns(row):
    made = record.write(row[0], 2, 1, 0, 5, 0, WALL_S, b"", record.CHAIN_START)
    names = list(lines(made)[0]["fields"])
    assert len(names) <= journal_csv.FIELDS
    assert [name for name in rows(made)[1][6:-1:2] if name] == names


def test_the_small_files_of_the_pump_come_back_from_both_forms():
    files = {"ledger": b"\1\2\3", "reserve/mark": b"\0"}
    for form in (journal_export.JSON_LINES, journal_csv.CSV):
        export = journal_export.take_in(journal_export.write(journal(), form, files).encode(), form)
        assert (export.verdict.findings, dict(export.files), export.raw) == ((), files, journal())
    end = json.loads(journal_export.write(journal(), journal_export.JSON_LINES, files).splitlines()[-1])
    check_schema(end, "journal", Source("export"))
