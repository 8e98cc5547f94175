"""Strict JSON: what is no file of ours is refused before anybody looks at its fields."""

import json

import pytest
from jsonschema import Draft202012Validator

from thecal_tools import prescription_file
from thecal_tools.files import SCHEMAS, FileError, parse_json


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_schemas_are_themselves_legal(path):
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("content", "place", "rule"),
    [
        (b'{"a": 1, "a": 2}', "a", "stands twice"),
        (b'{"a": NaN}', "", "NaN is no JSON number"),
        (b'{"a": 1,}', "line 1", "not JSON"),
        (b"", "line 1", "not JSON"),
        (b"\xff{}", "byte 0", "not UTF-8"),
        (b'{"a": "\\ud800"}', "", "half a character"),
        (b"[" * 100_000, "", "nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "", "not readable JSON"),
    ],
)
def test_what_is_no_strict_json_is_refused(content, place, rule):
    with pytest.raises(FileError) as caught:
        parse_json(content, "rx.json")
    assert caught.value.field.startswith(place)
    assert rule in caught.value.rule


def test_a_file_too_large_missing_or_a_folder_is_refused(tmp_path):
    large = tmp_path / "large.json"
    large.write_bytes(b" " * 1_000_001)
    for path, rule in ((large, "larger than 1 MB"), (tmp_path / "none.json", "No such file"), (tmp_path, "directory")):
        with pytest.raises(FileError, match=rule):
            prescription_file.load(path)
