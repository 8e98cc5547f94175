"""Documents that the tests of the file formats change, and how."""

import copy
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRESCRIPTIONS = sorted((ROOT / "examples" / "prescriptions").glob("*.json"))
SCENARIOS = sorted((ROOT / "host_tests" / "scenarios").glob("*.json"))
FLEX = ROOT / "examples" / "prescriptions" / "baclofen_flex.json"
_REMOVED = object()


def document(path):
    """The JSON value of a file, fresh each time."""
    return json.loads(path.read_text(encoding="utf-8"))


def changed(original, where, value=_REMOVED):
    """A copy with the field at the end of a path replaced, added or (without value) removed."""
    made = copy.deepcopy(original)
    place = made
    for part in where[:-1]:
        place = place[part]
    if value is _REMOVED:
        del place[where[-1]]
    else:
        place[where[-1]] = value
    return made


def leaves(value, where=()):
    """(path, value) of every plain value in a JSON value."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from leaves(inside, (*where, name))
    elif isinstance(value, list):
        for index, inside in enumerate(value):
            yield from leaves(inside, (*where, index))
    else:
        yield where, value


def quantities(original):
    """Paths of all values that are a number with a unit."""
    for where, value in leaves(original):
        if (
            isinstance(value, str)
            and re.fullmatch(r"[0-9.]+ ?[a-zA-Z].{0,20}", value)
            and where[-1] not in ("note", "what")
        ):
            yield where


def json_of_document_page(name):
    """The first JSON example of docs/<name>."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return json.loads(text.partition("```json\n")[2].partition("```")[0])
