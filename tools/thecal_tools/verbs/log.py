"""`thecal log`: export the pump's journal as JSON Lines, and verify that nothing is missing or changed."""

import sys
from pathlib import Path

import click

from thecal_tools import journal_export
from thecal_tools.files import FileError

TAMPERED = 1

JOURNAL = click.Path(path_type=Path)


@click.group()
def log() -> None:
    """Read the pump's journal: export it, verify it."""


@log.command(epilog="Example: thecal log export build/run/journal.bin --out journal.jsonl")
@click.argument("journal", type=JOURNAL)
@click.option("--out", type=JOURNAL, help="File to write; without it the export goes to the standard output.")
def export(journal: Path, out: Path | None) -> int:
    """Write JOURNAL, a raw journal (40-byte records), as JSON Lines.

    Damaged records are kept in the export and marked. The exit code is 1 where anything is missing or changed.
    """
    raw = _content(journal)
    if journal_export.is_export(raw):
        raise FileError(journal, "", None, "is an export already: give the raw journal, or use `thecal log verify`")
    if out is None:
        sys.stdout.write(journal_export.to_json_lines(raw))
    else:
        _write(raw, out)
    return _report(journal_export.verify(raw), journal)


@log.command(epilog="Example: thecal log verify build/run/journal.jsonl")
@click.argument("journal", type=JOURNAL)
@click.option("--last", metavar="SEQ:CHAIN", help="Last number and link known from elsewhere, as in 512:0f3a9c21d7e4.")
def verify(journal: Path, last: str | None) -> int:
    """Check JOURNAL, a raw journal or an export: checksums, numbers without a gap, and the hash chain.

    A raw journal does not show by itself that its tail was cut off: compare it with --last. The exit code is 1 where
    anything is missing or changed.
    """
    content = _content(journal)
    try:
        is_export = journal_export.is_export(content)
        verdict = journal_export.verify_export(content) if is_export else journal_export.verify(content)
    except journal_export.ExportError as error:
        raise FileError(journal, "", None, f"{error}: give a raw journal or an export of `thecal log export`") from None
    code = _report(verdict, journal)
    found = f"{verdict.last_seq}:{verdict.last_chain}"
    if last is not None and last != found:
        click.echo(f"{journal}: ends with {found}, not with {last}: the tail was cut off or replaced", err=True)
        code = TAMPERED
    if not code:
        click.echo(f"{journal}: {verdict.records} records, sound, last {found}")
    return code


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(path, "", None, f"cannot be read ({reason}): check the name and the permissions") from None


def _write(raw: bytes, out: Path) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(journal_export.to_json_lines(raw), encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(out, "", None, f"cannot be written ({reason}): choose another place with --out") from None


def _report(verdict: journal_export.Verdict, journal: Path) -> int:
    for finding in verdict.findings:
        click.echo(f"{journal}: {finding}", err=True)
    return 0 if verdict.sound else TAMPERED
