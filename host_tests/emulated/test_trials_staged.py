"""What the trials on the emulated chip start from, without an image."""

import ast
import json

import pytest

import places
from thecal.tables import ceilings
from thecal_tools import prescription_file
from thecal_tools.emulated_trials import cuts, disturbed, summary, trial, worst
from thecal_tools.errors import ThecalError
from thecal_tools.files import FileError, Source, check_schema

ROWS = ("busy_train", "hang", "answer_granted", "answer_refused", "awake")


def test_disturbances_stand_before_the_firmware_and_change_none_of_it():
    files = disturbed.files()
    tree = ast.parse(files["main.py"])
    names = [ast.unparse(node) for node in tree.body]
    assert names.index("rp2.StateMachine = Staged.machine") < names.index("import board")
    assert [path for path in files if path.endswith(".py")] == ["boot.py", "main.py"]


def test_the_worst_prescription_is_at_every_ceiling():
    therapy = prescription_file.read(worst.prescription())
    assert len(therapy.patterns) == ceilings.FLEX_PATTERNS
    assert {len(steps) for steps in therapy.patterns.values()} == {ceilings.FLEX_STEPS}
    assert len(therapy.scheduled) == ceilings.SCHEDULED_BOLUSES
    assert prescription_file.read(worst.tight()).limit_24h is not None


@pytest.mark.parametrize("count", [2, 6, 7])
def test_cuts_are_spread_over_both_kinds_of_operation(count):
    kinds = ("erase", "program", "program", "program")
    all_cuts = [cuts.Cut(number, 0, kinds[number % 4], b"", 0) for number in range(1, 49)]
    chosen = cuts.spread(all_cuts, count)
    assert len({cut.number for cut in chosen}) == count
    assert sum(cut.what == "erase" for cut in chosen) == count // 2
    assert {47, 48} <= {cut.number for cut in chosen}


def test_a_copy_gives_its_result_and_its_error():
    def fail():
        raise ThecalError("why")

    changed = [0]
    assert trial.aside(lambda: changed.append(1) or len(changed)) == 2
    assert changed == [0]
    with pytest.raises(ThecalError, match="why"):
        trial.aside(fail)


def row(name, ok=True):
    """A row as a document has it."""
    names = ("worst_system_clocks", "bitten_after_s", "light_ms", "answer_ms", "step_ms", "beside")
    return {"name": name, "what": name, "seen": "", "ok": ok, "figures": dict.fromkeys(names, 1)}


def test_evidence_names_how_many_trials_failed():
    found = summary.figures({"rows": [row(name, name != "hang") for name in ROWS]})
    assert found["trials"] == len(ROWS) and found["not as they should be"] == 1


def test_the_schema_knows_the_document_that_is_kept():
    document = json.loads((places.ROOT / "docs/evidence/emulated.json").read_text())["details"]
    check_schema(document, "emulated", Source("emulated.json"))
    document["trials"]["rows"][0]["other"] = 1
    with pytest.raises(FileError, match="other"):
        check_schema(document, "emulated", Source("emulated.json"))
