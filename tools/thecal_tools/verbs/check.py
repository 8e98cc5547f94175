"""`thecal check`: read prescription and scenario files strictly, and show what follows from them."""

import json
from pathlib import Path
from typing import Any

import click

from thecal_tools.errors import ThecalError
from thecal_tools.files import Missing, Source, read_json


@click.command(epilog="Example: thecal check examples/prescriptions/*.json")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list in place of tables.")
def check(files: tuple[Path, ...], as_json: bool) -> int:
    """Check prescription and scenario FILES and show their derived values: daily totals, worst windows, limits.

    Each bad file gets one line that names field, value and rule; the exit code is then 2.
    """
    from thecal_tools import overview

    code = 0
    found: list[dict[str, Any]] = []
    for path in files:
        try:
            item = _checked(path)
        except ThecalError as error:
            code = max(code, error.exit_code)
            click.echo(str(error), err=True)
            continue
        found.append(overview.as_document(path, item))
        if not as_json:
            overview.show(path, item)
    if as_json:
        click.echo(json.dumps(found, indent=1))
    return code


def _checked(path: Path) -> Any:
    from thecal_tools import prescription_file, scenario_file

    document = read_json(path)
    kind = document.get("format", Missing()) if isinstance(document, dict) else document
    for module in (prescription_file, scenario_file):
        if isinstance(kind, str) and kind.partition("/")[0] == module.FORMAT.partition("/")[0]:
            return module.read(document, Source(path))
    rule = f"must be {prescription_file.FORMAT} or {scenario_file.FORMAT}: set it, or give a file of that kind"
    raise Source(path).error(("format",) if isinstance(document, dict) else (), kind, rule)
