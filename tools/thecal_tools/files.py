"""Reading the project's JSON files strictly: one FileError names the file, the field, the value and the rule.

Strict means: UTF-8, at most 1 MB, no duplicate fields, no NaN, a format and version that this program knows, no unknown
fields, and nothing that the format's JSON Schema (thecal_tools/schemas) does not allow.
"""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from thecal_tools import units
from thecal_tools.errors import ThecalError

SCHEMAS = Path(__file__).parent / "schemas"
LARGEST_FILE = 1_000_000
LONGEST_VALUE_SHOWN = 60
TIME_OF_DAY = "time of day"
WALL_TIME = "date and time"

Where = tuple[str | int, ...]
T = TypeVar("T")


class FileError(ThecalError):
    """Bad input: one line "file: field: value: rule", the rule with what to do. Exit code 2.

    field: where in the file, "" for the file as a whole. value: what stands there, None where there is nothing to show.
    """

    exit_code = 2

    def __init__(self, path: str | Path, field: str, value: object, rule: str):
        self.path = str(path)
        self.field = field
        self.value = value
        self.rule = rule
        parts = [self.path, field, "" if value is None else shown(value), rule]
        super().__init__(_one_line(": ".join(part for part in parts if part)))


class Missing:
    """Stands for the value of a field that is not there."""

    def __str__(self) -> str:
        return "missing"


class Source:
    """A file, or an object inside one, for errors that name their place.

    path: of the file. base: fields that lead to the object inside the file.
    """

    def __init__(self, path: str | Path, base: Where = ()):
        self.path = path
        self.base = base

    def inside(self, *where: str | int) -> "Source":
        """The same file, further inside."""
        return Source(self.path, self.base + where)

    def error(self, where: Iterable[str | int], value: object, rule: str) -> FileError:
        """The FileError for a field inside this source."""
        return FileError(self.path, field_name(self.base + tuple(where)), value, rule)

    def read(self, reader: Callable[[object], T], value: object, *where: str | int) -> T:
        """reader(value), with its UnitError told as a FileError of that field."""
        try:
            return reader(value)
        except units.UnitError as error:
            raise self.error(where, value, str(error)) from None


def read_json(path: Path) -> Any:
    """The JSON value in a file. Raises FileError where it cannot be read as strict JSON."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(path, "", None, f"cannot be read ({reason}): check the name and the permissions") from None
    if len(content) > LARGEST_FILE:
        raise FileError(path, "", None, "is larger than 1 MB: this is not one of Thecal's files")
    return parse_json(content, path)


def parse_json(content: bytes, path: str | Path) -> Any:
    """The JSON value in bytes. Raises FileError. Fractions are read as Decimal, never as float."""
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=lambda pairs: _without_duplicates(pairs, path),
            parse_constant=_refuse_constant,
            parse_float=Decimal,
        )
        _refuse_half_characters(value)
        return value
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise FileError(path, place, None, f"not JSON ({error.msg}): mend the text there") from None
    except UnicodeDecodeError as error:
        raise FileError(path, f"byte {error.start}", None, "not UTF-8 text: save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise FileError(path, "", None, f"not readable JSON ({why}): mend the file") from None


def check_format(document: Any, expected: str, source: Source) -> None:
    """Raises FileError unless the document is an object of exactly that format, "name/version"."""
    if not isinstance(document, dict):
        raise source.error((), document, f'must be an object in braces with "format": "{expected}"')
    found = document.get("format", Missing())
    if found == expected:
        return
    name = expected.partition("/")[0]
    if isinstance(found, str) and found.partition("/")[0] == name:
        raise source.error(("format",), found, f"unknown version: this program reads {expected}; use that version")
    raise source.error(("format",), found, f'must be "{expected}": set it, or give a file of that kind')


def check_schema(document: Any, name: str, source: Source) -> None:
    """Check a document against schemas/<name>.schema.json. Raises FileError for the first violation in field order."""
    errors = sorted(_validator(name).iter_errors(document), key=lambda error: [str(part) for part in error.path])
    if errors:
        raise _schema_error(errors[0], _schema(name), source)


def field_name(where: Where) -> str:
    """A field's place as text: ("week", "steps", 2, "rate") is week.steps[2].rate."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """A value as short JSON on one line, ASCII only."""
    if isinstance(value, Missing):
        return str(value)
    try:
        text = json.dumps(value, default=str)
    except (ValueError, RecursionError):
        text = "(a value that cannot be shown)"
    return text if len(text) <= LONGEST_VALUE_SHOWN else text[: LONGEST_VALUE_SHOWN - 3] + "..."


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _without_duplicates(pairs: list[tuple[str, Any]], path: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise FileError(path, name, value, "stands twice in the same object: remove one of them")
        found[name] = value
    return found


def _refuse_half_characters(value: Any) -> None:
    # An escape such as \\ud800 alone stands for no character, and no terminal or file takes it.
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("an escape that is half a character") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


@cache
def _schema(name: str) -> dict[str, Any]:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator  # takes 0.1 s: only where a file is checked

    return Draft202012Validator(_schema(name))


def _schema_error(error: Any, root: dict[str, Any], source: Source) -> FileError:
    where, value, keyword = tuple(error.absolute_path), error.instance, error.validator
    if keyword == "required":
        name = next(name for name in error.validator_value if name not in value)
        return source.error((*where, name), Missing(), f"is required{_condition(error, root)}: add it")
    if keyword == "additionalProperties":
        known = error.schema.get("properties", {})
        name = next(name for name in value if name not in known)
        return source.error((*where, name), value[name], f"unknown field: known here are {', '.join(known)}")
    if keyword == "not":  # {"not": {}}: nothing may stand here
        return source.error(where, value, f"does not belong here{_condition(error, root)}: remove it")
    return source.error(where, value, _unit_rule(error) or _rule(error))


def _unit_rule(error: Any) -> str | None:
    """The rule of a quantity, time of day or date, from the module that reads them."""
    title = error.schema.get("title")
    try:
        if title in units.EXAMPLES:
            units.quantity(error.instance, title)
        elif title == TIME_OF_DAY:
            units.minute_of_day(error.instance)
        elif title == WALL_TIME:
            units.wall_time_s(error.instance)
    except units.UnitError as unit_error:
        return str(unit_error)
    return None


_KINDS = {"object": "an object in braces", "array": "a list in brackets", "string": "text", "integer": "a whole number"}
_RULES = {
    "enum": lambda choices: "must be one of " + ", ".join(str(choice) for choice in choices),
    "const": lambda value: f"must be {shown(value)}",
    "minimum": lambda least: f"must be at least {least}",
    "maximum": lambda most: f"must be at most {most}",
    "minItems": lambda least: f"needs at least {least}",
    "maxItems": lambda most: f"may have at most {most} entries",
    "minProperties": lambda least: f"needs at least {least}",
    "maxProperties": lambda most: f"may have at most {most} entries",
    "uniqueItems": lambda _: "names something twice: remove one of them",
    "maxLength": lambda most: f"may have at most {most} characters",
    "type": lambda kind: f"must be {_KINDS.get(str(kind), kind)}",
}


def _rule(error: Any) -> str:
    if "description" in error.schema and error.validator in ("type", "pattern", "maxLength", "minimum", "maximum"):
        return f"must be {error.schema['description']}"
    rule = _RULES.get(error.validator)
    return rule(error.validator_value) if rule else f"breaks the rule {error.validator} of its schema: compare the two"


def _condition(error: Any, root: dict[str, Any]) -> str:
    """Words such as " in mode flex" for a rule that holds under a condition: the $comment beside the schema's "if"."""
    node: Any = root
    text = ""
    for part in error.absolute_schema_path:
        if isinstance(node, dict) and part not in node and "$ref" in node:
            node = root["$defs"][node["$ref"].rpartition("/")[2]]
        if part == "then":
            text = f" {node['$comment']}"
        node = node[part]
    return text
