"""A damaged file of the program holds delivery over resets too, until all files were read and are sound (SR-35)."""

from types import SimpleNamespace

import pytest

import rig as rigs
from rig import Rig
from thecal.app import Maintenance, compose
from thecal.drivers.program_files import MANIFEST, ProgramFiles
from thecal.pump import startup
from thecal.tables import alarms, checks, states
from thecal_tools.program_manifest import with_manifest

HOUR_MS = 3_600_000
DAMAGED = "3.mpy"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Six files of firmware, which every boot of a rig is given."""
    for path, content in with_manifest({f"{number}.mpy": bytes([number]) * 700 for number in range(6)}).items():
        (tmp_path / path).write_bytes(content)
    monkeypatch.setattr(rigs, "compose", lambda *given: compose(*given, program=ProgramFiles(f"{tmp_path}/")))
    return tmp_path


@pytest.fixture
def held(folder) -> Rig:
    """A pump that found a damaged file while it ran."""
    rig = Rig()
    rig.run_for(HOUR_MS)
    (folder / DAMAGED).write_bytes(b"?")
    rig.run_for(HOUR_MS)
    assert rig.app.body.holds & states.SELF_TEST
    return rig


def delivers(rig: Rig) -> bool:
    edges = rig.bench.stepper.edges
    rig.run_for(1_200_000)
    return rig.bench.stepper.edges > edges


def is_inhibited(rig: Rig) -> bool:
    """By the self-test and its alarm, before anything else runs and for as long as this takes."""
    body = rig.app.body
    found = rig.app.pump.self_test()[0] == checks.PROGRAM and body.alarms.present(alarms.SELF_TEST_FAILED)
    return found and bool(body.holds & states.SELF_TEST) and body.alarms.response() == alarms.STOP and not delivers(rig)


@pytest.mark.req("SR-35")
def test_a_reset_does_not_lift_the_hold_for_a_damaged_file(held):
    for _ in range(3):
        held.power_on()
        assert is_inhibited(held)
        assert held.events("self_test")[-1]["failures"] == ["program files"]


@pytest.mark.req("SR-35")
def test_a_pump_that_was_flashed_anew_delivers_and_its_alarm_waits_for_an_answer(held, folder):
    (folder / DAMAGED).write_bytes(bytes([3]) * 700)
    held.power_on()
    body, pump = held.app.body, held.app.pump
    failures, unproven = pump.self_test()
    assert (failures, unproven & checks.PROGRAM_FILES, body.holds) == (0, 0, 0)
    assert body.alarms.active(alarms.SELF_TEST_FAILED)
    assert not body.alarms.present(alarms.SELF_TEST_FAILED)
    assert pump.acknowledge() == 1
    assert pump.alarm() == -1
    assert delivers(held)
    held.power_on()
    assert held.app.pump.alarm() == -1


@pytest.mark.req("SR-35")
def test_another_damaged_file_is_found_at_the_boot_after_a_failure_whichever_it_is(held, folder):
    (folder / DAMAGED).write_bytes(bytes([3]) * 700)
    (folder / "5.mpy").unlink()
    held.power_on()
    assert is_inhibited(held)


@pytest.mark.req("SR-35")
def test_a_hold_is_not_lifted_where_the_manifest_cannot_be_read(held, folder):
    (folder / DAMAGED).write_bytes(bytes([3]) * 700)
    (folder / MANIFEST).unlink()
    held.power_on()
    assert is_inhibited(held)


@pytest.mark.req("SR-35", "SR-37")
@pytest.mark.parametrize("at", ["program_failure", "power_on_test"])
@pytest.mark.parametrize("is_stopped", [False, True])
def test_power_that_goes_while_a_boot_looks_for_the_damage_does_not_lift_the_hold(held, monkeypatch, at, is_stopped):
    if is_stopped:
        held.app.pump.stop()

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    for _ in range(2):
        with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
            broken.setattr(startup, at, cut)
            held.power_on()
    held.power_on()
    assert bool(held.app.body.holds & states.OPERATOR_STOP) is is_stopped
    assert is_inhibited(held)


@pytest.mark.req("SR-35")
def test_maintenance_without_new_files_does_not_lift_the_hold(held):
    held.world.at_ms(0, lambda _: held.app.pump.maintenance())
    with pytest.raises(Maintenance):
        held.run_for(1_000)
    held.power_on()
    assert held.events("boot")[-2]["planned"] == "maintenance"
    assert is_inhibited(held)


def test_an_ordinary_boot_has_no_time_for_the_files(folder, mocker):
    look = mocker.spy(ProgramFiles, "check_next")
    rig = Rig()
    rig.power_on()
    assert look.call_count == 0
    assert rig.app.pump.self_test()[1] & checks.PROGRAM_FILES


def test_a_failure_of_another_kind_has_the_files_read_and_holds_nothing_once_it_is_mended(folder):
    rig = Rig()
    rig.bench.faults.set("button_stuck", 1)
    rig.power_on()
    assert rig.app.body.holds & states.SELF_TEST
    rig.bench.faults.clear("button_stuck")
    rig.power_on()
    assert rig.app.body.holds == 0
    assert not rig.app.pump.self_test()[1] & checks.PROGRAM_FILES


class Files:
    """Proven with look number proven_at, and damaged with look number damaged_at."""

    def __init__(self, proven_at: int, damaged_at: int):
        self._proven_at = proven_at
        self._damaged_at = damaged_at
        self.looks = 0

    @property
    def proven(self) -> bool:
        return self.looks >= self._proven_at

    def check_next(self) -> bool:
        self.looks += 1
        return self.looks != self._damaged_at


@pytest.mark.parametrize(
    ("holds", "proven_at", "damaged_at", "failure", "looks"),
    [
        (states.SELF_TEST, 1, 0, 0, 1),
        (states.SELF_TEST, 255, 0, 0, 255),
        (states.SELF_TEST, 256, 0, checks.PROGRAM, 255),
        (states.SELF_TEST, 9, 1, checks.PROGRAM, 1),
        (states.SELF_TEST, 9, 9, checks.PROGRAM, 9),
        (states.SELF_TEST | states.OPERATOR_STOP, 9, 4, checks.PROGRAM, 4),
        (0xFF - states.SELF_TEST, 9, 1, 0, 0),
    ],
)
def test_files_are_read_to_the_first_damaged_one_or_the_last_where_the_self_test_had_failed(
    holds, proven_at, damaged_at, failure, looks
):
    files = Files(proven_at, damaged_at)
    assert startup.program_failure(SimpleNamespace(holds=holds), files) == failure
    assert files.looks == looks


def test_without_files_there_is_nothing_to_find():
    assert startup.program_failure(SimpleNamespace(holds=states.SELF_TEST), None) == 0
