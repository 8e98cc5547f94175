"""The firmware on the stock image, on an emulated RP2040: from power-on to counted steps and a sound journal."""

import json

import pytest

from thecal_tools import cli, emulation_report
from thecal_tools.files import Source, check_schema


@pytest.mark.needs("uf2")
@pytest.mark.req("SR-33")
def test_motor_off_self_test_steps_journal_and_link(capsys, tmp_path):
    code = cli.main(["emulate", "--json", "--out", str(tmp_path)])
    shown = capsys.readouterr()
    assert code == 0, shown.err
    document = json.loads(shown.out)
    assert json.loads((tmp_path / "emulated.json").read_text()) == document
    check_schema(document, "emulated", Source("emulated.json"))
    assert document["format"] == emulation_report.FORMAT
    assert document["seen"] == dict.fromkeys(emulation_report.CHECKS, True)
    check_boot(document["boot_ms"])
    check_heap(document["heap_bytes"])
    check_steps(document["steps"])
    assert document["journal"]["events"][0] == "boot"
    assert document["journal"]["findings"] == []
    assert document["link"]["self_test"]["failures"] == 0
    assert document["link"]["status"]["reservoir_counted_nl"] == 20_000_000 - document["steps"]["commanded"] * 250
    # What it waited for was told while it waited.
    assert "waiting for the self-test" in shown.err and "waiting for step 3" in shown.err


def check_boot(boot_ms):
    order = ("stock_image", "motor_off", "self_test", "therapy", "first_step")
    times = [boot_ms[name] for name in order]
    assert times == sorted(times)
    assert boot_ms["motor_off_ours"] < 50


def check_heap(heap_bytes):
    assert heap_bytes["free_composed"] < heap_bytes["free_at_main"] < 264 * 1024
    assert 0 < heap_bytes["since_main"] < heap_bytes["firmware"] < 264 * 1024


def check_steps(steps):
    assert [steps[name] for name in emulation_report.COUNTS] == [3] * 5
    assert steps["trains"] == 3 and steps["unpowered"] == 0
    first = steps["first_train_ms"]
    (edge,) = first["edges"]
    # Half a period of 10 ms before the edge and one after: the coils hold the rotor.
    assert first["powered"] + 4.9 < edge < first["cut"] - 9.9
    assert first["cut"] - first["powered"] < 15.1
