"""Verification: whatever is changed, cut, missing, repeated or moved is found, and the record is named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.records import record
from thecal_tools import journal_csv, journal_export
from thecal_tools.journal_verify import verify
from tools.journals import PAYLOADS, journal, records_of, resealed

FORMS = (journal_export.JSON_LINES, journal_csv.CSV)
by_form = pytest.mark.parametrize("form", FORMS, ids=["json lines", "csv"])


def export(form, raw: bytes = b"") -> str:
    return journal_export.write(raw or journal(), form, {"ledger": b"\1\2"})


def findings(content: str, form) -> list[str]:
    return [str(finding) for finding in journal_export.take_in(content.encode(), form).verdict.findings]


@pytest.mark.req("SR-39")
@given(st.integers(0, len(PAYLOADS) * record.SIZE - 1), st.integers(1, 255))
def test_any_changed_byte_of_a_raw_journal_is_found(place, change):
    raw = bytearray(journal())
    raw[place] ^= change
    index = place // record.SIZE
    first = verify(bytes(raw)).findings[0]
    assert (first.index, first.sequence) == (index, index)
    assert "checksum" in str(first)


@pytest.mark.req("SR-39")
@pytest.mark.parametrize("index", range(1, len(PAYLOADS) - 1))
def test_a_missing_repeated_or_moved_record_is_named(index):
    records = records_of(journal())
    missing = verify(b"".join(records[:index] + records[index + 1 :])).findings
    assert [(f.sequence, f.what) for f in missing] == [(index, "missing, before this place")]
    repeated = verify(b"".join([*records[: index + 1], *records[index:]])).findings
    assert [(f.index, f.sequence, f.what) for f in repeated] == [(index + 1, index, "repeated")]
    moved = [*records[:index], records[index + 1], records[index], *records[index + 2 :]]
    found = verify(b"".join(moved)).findings
    assert [(f.sequence, f.what) for f in found] == [(index, f"out of order: stands after record {index + 1}")]


@pytest.mark.req("SR-39")
def test_several_missing_records_are_one_finding():
    records = records_of(journal())
    found = verify(b"".join(records[:3] + records[7:])).findings
    assert [str(finding) for finding in found] == [
        "place 3, record 3: missing: records 3 to 6, before this place; look for the rest in an older export"
    ]


@pytest.mark.req("SR-39")
def test_a_forged_record_with_a_fitting_checksum_breaks_the_chain():
    raw = journal()
    forged = bytearray(raw[80:120])
    forged[20] ^= 1
    verdict = verify(raw[:80] + resealed(bytes(forged)) + raw[120:])
    assert [finding.sequence for finding in verdict.findings] == [2]
    assert "hash chain" in str(verdict.findings[0])


def test_another_record_under_a_number_that_is_there_is_found():
    raw = journal()
    other = journal(PAYLOADS[:3] + PAYLOADS[4:])[3 * record.SIZE : 4 * record.SIZE]
    assert "another record" in str(verify(raw[: 4 * record.SIZE] + other + raw[4 * record.SIZE :]).findings[0])


def test_a_first_record_must_start_the_chain():
    forged = bytearray(journal()[: record.SIZE])
    forged[20] ^= 1
    assert "does not start" in str(verify(resealed(bytes(forged))).findings[0])


def test_a_journal_whose_oldest_segments_are_gone_is_sound():
    assert verify(journal(first_sequence=500)).sound
    assert verify(journal()[2 * record.SIZE :]).sound
    assert verify(b"").sound


@pytest.mark.req("SR-39")
@pytest.mark.parametrize("length", [1, 39, 41, 100])
def test_a_record_that_is_cut_off_is_named(length):
    last = verify(journal()[:length]).findings[-1]
    assert (last.sequence, "cut off" in last.what) == (length // 40 or None, True)


@pytest.mark.req("PR-15", "SR-39")
@by_form
@settings(max_examples=100)
@given(data=st.data())
def test_any_edit_of_an_export_is_found_and_named(form, data):
    whole = export(form)
    lines = whole.splitlines(keepends=True)
    first = 0 if form.header is None else 1
    act = data.draw(st.sampled_from(["replace", "insert", "delete", "drop", "repeat", "swap", "cut"]))
    at = data.draw(st.integers(0, len(whole) - 1))
    number = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(st.integers(0, len(lines) - 1))
    letter = data.draw(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))
    if act == "replace":
        edited = whole[:at] + letter + whole[at + 1 :]
    elif act == "insert":
        edited = whole[:at] + letter + whole[at:]
    elif act == "delete":
        edited = whole[:at] + whole[at + 1 :]
    elif act == "cut":
        edited = whole[:at]
    else:
        if act == "drop":
            lines[number : number + 1 + other // 3] = []
        elif act == "repeat":
            lines.insert(other, lines[number])
        else:
            lines[number], lines[other] = lines[other], lines[number]
        edited = "".join(lines)
    if edited == whole:
        return
    try:
        found = journal_export.take_in(edited.encode(), form).verdict.findings
    except journal_export.ExportError:
        assert not any(line.strip() in edited for line in whole.splitlines()[first:-1])
        return
    assert found
    assert all(finding.todo and finding.line is not None for finding in found)
    line = whole.count("\n", 0, at)
    if act in ("replace", "insert") and "\n" not in (letter, whole[at]) and first <= line < len(lines) - 1:
        # The line's own record is named, or the place where its end is gone.
        assert found[0].line == line + 1 and found[0].sequence in (line - first, None)


@by_form
def test_a_cut_tail_or_head_of_an_export_is_found_however_clean_the_cut(form):
    lines = export(form).splitlines(keepends=True)
    first = 0 if form.header is None else 1
    assert any("cut off" in text for text in findings("".join(lines[:-1]), form))
    assert any("cut off" in text for text in findings("".join(lines[:-3] + lines[-1:]), form))
    assert any("cut off" in text for text in findings("".join(lines[:first] + lines[first + 2 :]), form))


def test_a_line_that_was_rewritten_is_found():
    exported = export(FORMS[0]).replace("lockout interval", "granted")
    assert findings(exported, FORMS[0]) == [
        "line 4, record 3: altered: the line does not say what its raw bytes say; the raw bytes count"
    ]


@by_form
def test_line_ends_of_another_system_are_no_change(form):
    assert findings(export(form).replace("\n", "\r\n"), form) == []


@by_form
def test_an_export_of_a_damaged_journal_says_so_and_no_more(form):
    raw = bytearray(journal())
    raw[50] ^= 1
    found = findings(export(form, bytes(raw)), form)
    assert len(found) == 1 and "checksum" in found[0]


@pytest.mark.parametrize("content", [b"{nonsense", b"{}\n{}", b'{"raw": 5}', b'{"raw": "zz"}', b"{}\n[]", b"words\n"])
@by_form
def test_what_is_no_export_is_refused(content, form):
    with pytest.raises(journal_export.ExportError, match="no line"):
        journal_export.take_in(content, form)
