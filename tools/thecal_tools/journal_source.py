"""Where a journal comes from: a raw journal, an export, or a folder with the pump's files as they lie on its flash."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from thecal.records import journal, ledger, mark, record
from thecal_tools.files import FileError
from thecal_tools.journal_csv import CSV
from thecal_tools.journal_export import JSON_LINES, Export, ExportError, take_in
from thecal_tools.journal_verify import chunks, verify

RAW = "raw journal"
EXPORT = "export"
FOLDER = "folder"
# The pump's small files that a journal is replayed against.
SMALL_FILES = (ledger.PATH, mark.PATH)


@dataclass(frozen=True)
class Source:
    """kind: RAW, EXPORT or FOLDER. export: its records, small files and findings."""

    kind: str
    export: Export


def load(path: Path) -> Source:
    """Read a journal. Raises FileError where there is none."""
    if path.is_dir():
        return Source(FOLDER, _of_raw(raw_of_folder(path), small_files(path)))
    content = _read(path)
    # No record is without a zero byte, and no text has one.
    if not content or b"\0" in content[: record.SIZE]:
        return Source(RAW, _of_raw(content, {}))
    try:
        return Source(EXPORT, take_in(content, JSON_LINES if b'{"' in content else CSV))
    except ExportError as error:
        rule = f"{error}: give a raw journal, an export of `thecal log export` or the pump's folder"
        raise FileError(path, "", None, rule) from None


def raw_of_folder(folder: Path) -> bytes:
    """All records in order: segments, then the head where a power cut has not left it in the last segment too."""
    names = sorted(path.name for path in (folder / journal.FOLDER).glob("*") if _is_segment(path.name))
    data = b"".join(_read(folder / journal.FOLDER / name) for name in names)
    head_file = folder / journal.HEAD
    head = _read(head_file) if head_file.is_file() else b""
    if not names and not head_file.is_file():
        rule = f"holds neither {journal.FOLDER}/ nor {journal.HEAD}: give the folder with the files of the pump's flash"
        raise FileError(folder, "", None, rule)
    last = max((record.sequence_of(chunk) for chunk in chunks(data) if record.sound(chunk)), default=-1)
    return data + b"".join(c for c in chunks(head) if not record.sound(c) or record.sequence_of(c) > last)


def small_files(folder: Path) -> dict[str, bytes]:
    """Those of SMALL_FILES that are there."""
    return {name: _read(folder / name) for name in SMALL_FILES if (folder / name).is_file()}


def _is_segment(name: str) -> bool:
    return len(name) == 8 and name.isdigit()


def _of_raw(raw: bytes, files: Mapping[str, bytes]) -> Export:
    return Export(tuple((None, chunk) for chunk in chunks(raw)), files, verify(raw))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(path, "", None, f"cannot be read ({reason}): check the name and the permissions") from None
