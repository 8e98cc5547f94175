"""`thecal log`: export the pump's journal, prove that it is whole, and rebuild the pump's state from it."""

import json
import sys
from collections import Counter
from pathlib import Path

import click

from thecal_tools import journal_export, journal_source
from thecal_tools.files import FileError

UNSOUND = 1
# A damaged journal may have as many findings as records.
SHOWN = 20

JOURNAL = click.Path(path_type=Path)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def log() -> None:
    """Read the pump's journal: export it, verify it, replay it.

    A journal is a raw journal (40-byte records), an export, or a folder with the files of the pump's flash.
    """


@log.command(epilog="Example: thecal log export pump_files --format csv --out journal.csv")
@click.argument("journal", type=JOURNAL)
@click.option("--format", "form", type=click.Choice(("jsonl", "csv")), default="jsonl", show_default=True)
@click.option("--out", type=JOURNAL, help="File to write; without it the export goes to the standard output.")
def export(journal: Path, form: str, out: Path | None) -> int:
    """Write JOURNAL as JSON Lines or CSV.

    From the pump's folder the ledger and the reserve mark go into the closing line, so that the export can be replayed.
    Damaged records are kept and marked. The exit code is 1 where anything is missing or changed.
    """
    from thecal_tools.journal_csv import CSV

    source = journal_source.load(journal)
    found = source.export
    if source.kind == journal_source.EXPORT and not found.verdict.sound:
        # A new closing line would hide what is missing.
        rule = "is an export that is not sound: see `thecal log verify`, and export the pump's own files"
        raise FileError(journal, "", None, rule)
    text = journal_export.write(found.raw, CSV if form == "csv" else journal_export.JSON_LINES, found.files)
    if out is None:
        sys.stdout.write(text)
    else:
        _write(text, out)
        click.echo(f"{out}: {found.verdict.records} records, last {_last(found.verdict)}")
    return _report(found.verdict, journal)


@log.command(epilog="Example: thecal log verify build/run/journal.jsonl")
@click.argument("journal", type=JOURNAL)
@click.option("--last", metavar="SEQ:CHAIN", help="Last number and link known from elsewhere, as in 512:0f3a9c21d7e4.")
@AS_JSON
def verify(journal: Path, last: str | None, as_json: bool) -> int:
    """Check JOURNAL: checksums, numbers without a gap, and the hash chain; an export also word by word.

    A raw journal does not show by itself that its tail was cut off: compare it with --last. The exit code is 1 where
    anything is missing or changed, with one line for each finding.
    """
    source = journal_source.load(journal)
    verdict = source.export.verdict
    is_last = last is None or last == _last(verdict)
    if as_json:
        findings = [vars(finding) for finding in verdict.findings]
        result = {
            "records": verdict.records,
            "first_seq": verdict.first_seq,
            "last": _last(verdict),
            "is_last_as_known": is_last,
            "findings": findings,
        }
        click.echo(json.dumps(result, ensure_ascii=False, indent=1))
        return 0 if verdict.sound and is_last else UNSOUND
    code = _report(verdict, journal)
    if not is_last:
        click.echo(
            f"{journal}: ends with {_last(verdict)}, not with {last}: the tail was cut off or replaced", err=True
        )
        code = UNSOUND
    if not code:
        click.echo(f"{journal}: {source.kind}, {verdict.records} records, sound, last {_last(verdict)}")
        for line in _summary(source.export.raw):
            click.echo("  " + line)
    return code


@log.command(epilog="Example: thecal log replay pump_files")
@click.argument("journal", type=JOURNAL)
@AS_JSON
def replay(journal: Path, as_json: bool) -> int:
    """Rebuild the ledger, lockouts, holds and alarms from JOURNAL and compare them with the ledger on flash.

    JOURNAL is the folder with the pump's files, or an export made of it. The exit code is 1 where a byte differs or the
    journal is not sound.
    """
    from rich.console import Console

    from thecal.records import record
    from thecal_tools import journal_replay, replay_table

    source = journal_source.load(journal)
    found = source.export
    if not found.files:
        rule = "holds no ledger to compare with: give the folder with the pump's files, or an export of it"
        raise FileError(journal, "", None, rule)
    code = _report(found.verdict, journal)
    sound = [chunk for _, chunk in found.entries if chunk is not None and record.sound(chunk)]
    ledger_file, mark_file = (found.files.get(name) for name in journal_source.SMALL_FILES)
    try:
        comparison = journal_replay.compare(sound, ledger_file, mark_file)
    except journal_replay.ReplayError as error:
        raise FileError(journal, "", None, str(error)) from None
    if as_json:
        click.echo(json.dumps(replay_table.document(comparison), ensure_ascii=False, indent=1))
    else:
        replay_table.show(comparison, Console(highlight=False))
    return code if comparison.is_equal else UNSOUND


def _last(verdict: journal_export.Verdict) -> str:
    return f"{verdict.last_seq}:{verdict.last_chain}"


def _summary(raw: bytes) -> list[str]:
    """What a sound journal tells at a glance."""
    entries = journal_export.read(raw)
    if not entries:
        return []
    first, last = entries[0], entries[-1]
    lines = [f"records {first['seq']} to {last['seq']}, pump time {_days(first)} to {_days(last)}"]
    counts = Counter(entry["event"] for entry in entries)
    lines.append(", ".join(f"{event} {count}" for event, count in counts.most_common()))
    return lines


def _days(entry: dict) -> str:
    minutes = entry["pump_time_ms"] // 60_000
    moment = "" if entry["wall"] is None else f" ({entry['wall'].replace('T', ' ')})"
    return f"{minutes // 1440} d {minutes // 60 % 24:02d}:{minutes % 60:02d}{moment}"


def _write(text: str, out: Path) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(out, "", None, f"cannot be written ({reason}): choose another place with --out") from None


def _report(verdict: journal_export.Verdict, journal: Path) -> int:
    for finding in verdict.findings[:SHOWN]:
        click.echo(f"{journal}: {finding}", err=True)
    hidden = len(verdict.findings) - SHOWN
    if hidden > 0:
        click.echo(f"{journal}: and {hidden} more; `thecal log verify --json` lists them all", err=True)
    return 0 if verdict.sound else UNSOUND
