"""The journal as CSV for a spreadsheet: fixed columns, and each field of an event as a name beside its value.

Of one event a field always stands in the same column, so filtering by event gives columns that can be sorted and
summed. Described in docs/journal_export.md and, column by column, in schemas/journal_csv.schema.json.
"""

import csv
import io
from collections.abc import Mapping
from typing import Any

from thecal_tools.journal_export import Form, decode, end_fields, of_hex
from thecal_tools.journal_verify import Verdict

FIXED = ("seq", "boot", "pump_time_ms", "wall", "wall_quality", "event")
FIELDS = 6
COLUMNS = (*FIXED, *(f"{what}_{n}" for n in range(1, FIELDS + 1) for what in ("field", "value")), "raw")
DAMAGED = "damaged"
END = "end"
# Words of one field are joined, and files in the closing row separated, by this.
AND = " + "


def _row(fixed: Mapping[str, Any], fields: Mapping[str, Any], raw: str) -> str:
    pairs = [text for name, value in fields.items() for text in (name, _cell(value))]
    pairs += [""] * (2 * FIELDS - len(pairs))
    return _joined([*(_cell(fixed.get(name)) for name in FIXED), *pairs, raw])


def _cell(value: object) -> str:
    if value is None:
        return ""
    return AND.join(map(str, value)) if isinstance(value, list) else str(value)


def _joined(cells: list[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(cells)
    return stream.getvalue()


def _cells(line: str) -> dict[str, str]:
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        return {}
    return dict(zip(COLUMNS, rows[0], strict=True)) if len(rows) == 1 and len(rows[0]) == len(COLUMNS) else {}


def _line(chunk: bytes) -> str:
    entry = decode(chunk)
    if DAMAGED in entry:
        return _row({"event": DAMAGED}, {"reason": entry[DAMAGED]}, entry["raw"])
    return _row(entry, entry["fields"], entry["raw"])


def _raw_of(line: str) -> bytes | None:
    return of_hex(_cells(line).get("raw"))


def _end(verdict: Verdict, files: Mapping[str, bytes]) -> str:
    fields = end_fields(verdict)
    sequence = fields.pop("last_seq")
    fields["files"] = [f"{name}={data.hex()}" for name, data in files.items()]
    return _row({"seq": sequence, "event": END}, fields, "")


def _files_of(line: str) -> dict[str, bytes] | None:
    cells = _cells(line)
    if cells.get("event") != END:
        return None
    pairs = (text.partition("=") for text in cells["value_5"].split(AND) if text)
    return {name: data for name, _, text in pairs if (data := of_hex(text)) is not None}


CSV = Form(",".join(COLUMNS), _line, _raw_of, _end, _files_of)
