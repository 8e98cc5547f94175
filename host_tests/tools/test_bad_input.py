"""Mutated prescription and scenario files: each is accepted, or refused with exit code 2 and one line; nothing else."""

import json
import random
from itertools import islice

import pytest

from thecal_tools import cli, prescription_file, scenario_file
from thecal_tools.files import FileError
from tools.documents import PRESCRIPTIONS, ROOT, SCENARIOS, changed, leaves

NAMES = ("clock_unknown", "link_while_delivering", "occlusion_to_stall", "outage_in_bolus", "prescription_change")
FILES = [*PRESCRIPTIONS, *(path for path in SCENARIOS if path.stem in NAMES)]
MUTANTS_OF_EACH = 100
THROUGH_THE_COMMAND = 5
ODD = (None, True, 0, -1, 2**64, 1e300, "", "\0", "\ud800", "5", "NaN", "5 parsec", [], {}, [[]], {"a": 1}, "x" * 3_000)


def flip_byte(draw, content):
    at = draw.randrange(len(content))
    return content[:at] + bytes([draw.randrange(256)]) + content[at + 1 :]


def truncate(draw, content):
    return content[: draw.randrange(len(content))]


def double_a_part(draw, content):
    start = draw.randrange(len(content))
    return content[: start + draw.randrange(60)] + content[start:]


def in_document(change):
    def mutate(draw, content):
        document = json.loads(content)
        where, value = draw.choice(list(leaves(document)))
        return json.dumps(change(draw, document, where, value)).encode()

    return mutate


def other_type(draw, document, where, _):
    return changed(document, where[: draw.randint(1, len(where))], draw.choice(ODD))


def without_field(draw, document, where, _):
    return changed(document, where[: draw.randint(1, len(where))])


def new_field(draw, document, where, _):
    names = [part for part in where if isinstance(part, str)]
    place = where[: where.index(names[-1])]
    return changed(document, (*place, draw.choice(("extra", "", "rate", "\n"))), draw.choice(ODD))


def mangled_number(draw, document, where, value):
    text = str(value)
    for wrong, right in zip("0123456789", draw.sample("0123456789", 10), strict=True):
        text = text.replace(wrong, draw.choice((wrong, right, "", "-", ".", "e9", "99999")))
    return changed(document, where, text)


def without_unit(draw, document, where, value):
    number = str(value).split(" ")[0]
    return changed(document, where, draw.choice((number, len(number))))


def other_unit(draw, document, where, value):
    number = str(value).split(" ")[0]
    return changed(document, where, f"{number} {draw.choice(('kg', 'mL', 'ug', 'mg/mL', 'ug/day', 'h', 'ng', 'L/h'))}")


MUTATIONS = [
    flip_byte,
    truncate,
    double_a_part,
    *map(in_document, (other_type, without_field, new_field, mangled_number, without_unit, other_unit)),
]


def mutants(path):
    """(name of the mutation, content), the same ones every time."""
    draw = random.Random(path.stem)
    content = path.read_bytes()
    while True:
        mutation = draw.choice(MUTATIONS)
        try:
            yield mutation(draw, content)
        except (TypeError, KeyError, IndexError, ValueError):
            continue  # this mutation does not fit this place


def reader(path):
    return prescription_file if "prescriptions" in path.parts else scenario_file


def beside(path, folder):
    """A folder for mutants of a file where the relative paths in it lead to what they led to."""
    place = folder / path.relative_to(ROOT).parent
    place.mkdir(parents=True)
    (folder / "examples").mkdir(exist_ok=True)
    if not (folder / "examples" / "prescriptions").exists():
        (folder / "examples" / "prescriptions").symlink_to(ROOT / "examples" / "prescriptions")
    return place / "mutant.json"


@pytest.mark.req("SR-14")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_mutants_are_read_or_refused(path, tmp_path):
    mutant = beside(path, tmp_path)
    refused = 0
    for content in islice(mutants(path), MUTANTS_OF_EACH):
        mutant.write_bytes(content)
        try:
            reader(path).load(mutant)
        except FileError as error:
            refused += 1
            assert error.exit_code == 2
            assert len(str(error).splitlines()) == 1
            assert str(error).isprintable()
            assert error.rule
    assert refused > MUTANTS_OF_EACH // 2


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_mutants_through_the_command(path, tmp_path, capsys):
    mutant = beside(path, tmp_path)
    for content in islice(mutants(path), THROUGH_THE_COMMAND):
        mutant.write_bytes(content)
        code = cli.main(["check", str(mutant)])
        out, err = capsys.readouterr()
        assert code in (0, 2)
        if code:
            assert (out, err.count("\n")) == ("", 1)
        code = cli.main(["sim", str(mutant), "--out", str(tmp_path / "out")]) if code else 0
        assert code in (0, 2)
        capsys.readouterr()
        assert list(mutant.parent.iterdir()) == [mutant]
        assert not (tmp_path / "out").exists()
