"""Commissioning: a pump whose history is known to be empty, or one that is not commissioned and delivers nothing."""

import pytest

from records import book
from rig import SIMPLE, Rig, example
from thecal.app import commission_new
from thecal.records import commission, ledger, mark, resume
from thecal.tables import doses, states
from thecal_tools import prescription_file
from virtual_bench.volume import MemoryVolume

PRESCRIPTION = b"any compiled prescription"
CALIBRATION = b"any calibration"


def commissioned(volume, prescription: bytes | None = PRESCRIPTION, seconds: int = 0) -> None:
    commission.commission(volume, book.Clock(seconds), CALIBRATION, prescription, 18_000_000)


def test_a_new_volume_is_not_commissioned_and_a_commissioned_one_has_an_empty_history():
    volume = MemoryVolume()
    assert commission.commissioned(volume) is False
    commissioned(volume, seconds=9)
    assert commission.commissioned(volume) is True
    assert commission.setting(volume, commission.CALIBRATION).load() == CALIBRATION
    assert commission.setting(volume, commission.PRESCRIPTION).load() == PRESCRIPTION
    book_ = ledger.Ledger(volume)
    reserved = mark.ReserveMark(volume, book.Clock(), book_.counts())
    assert (resume.resume_mark(volume, reserved), reserved.total) == (9, 0)
    assert resume.resume_ledger(volume, book_)
    assert (book_.seconds, book_.sequence, book_.reservoir_set_nl) == (9, 0, 18_000_000)
    assert not any(any(getattr(book_, name)) for name in ledger.ARRAYS) and book_.total() == 0


def test_a_cut_at_any_write_of_commissioning_leaves_a_pump_that_is_not_commissioned():
    volume = book.CutVolume()
    commissioned(volume)
    for cut_at in range(volume.operations):
        volume = book.CutVolume(cut_at)
        with pytest.raises(book.CutHere):
            commissioned(volume)
        assert commission.commissioned(volume) is False


def test_a_damaged_commissioning_mark_is_none():
    volume = MemoryVolume()
    commissioned(volume)
    volume.write("commissioned", (volume.read("commissioned") or b"")[:-1] + b"?")
    assert commission.commissioned(volume) is False


@pytest.mark.parametrize("programmed_before", range(4))
def test_commissioning_anew_replaces_the_settings_however_often_they_were_changed_before(programmed_before):
    volume = MemoryVolume()
    commissioned(volume)
    setting = commission.setting(volume, commission.PRESCRIPTION)
    setting.load()
    for number in range(programmed_before):
        setting.save(b"changed %d times" % (number + 1))
    commissioned(volume, b"the new one")
    assert commission.setting(volume, commission.PRESCRIPTION).load() == b"the new one"


def test_commissioning_anew_without_a_prescription_leaves_none_of_before():
    volume = MemoryVolume()
    commissioned(volume)
    commissioned(volume, None)
    assert commission.setting(volume, commission.PRESCRIPTION).load() is None
    assert commission.setting(volume, commission.CALIBRATION).load() == CALIBRATION
    assert commission.commissioned(volume) is True


def test_a_pump_that_has_delivered_and_is_commissioned_anew_starts_with_an_empty_history():
    rig = Rig()
    rig.press("bolus", 1_100)
    rig.run_for(7_200_000)
    clock, binary = book.Clock(rig.app.clock.seconds), prescription_file.compile_prescription(SIMPLE)
    commission_new(rig.volume, clock, 250_000, binary, 20_000_000)
    rig.power_on()
    assert rig.app.body.gate.day.total == rig.app.body.mark.total == rig.app.ledger.uncertain == 0
    assert rig.app.pump.next_patient_bolus()[0] == doses.GRANTED


def test_a_cut_at_any_write_of_commissioning_anew_leaves_a_pump_that_is_not_commissioned():
    volume = book.CutVolume()
    commissioned(volume)
    before, first = volume.snapshot(), volume.operations
    commissioned(volume)
    for cut_at in range(volume.operations - first):
        volume = book.CutVolume(cut_at)
        volume.restore(before)
        with pytest.raises(book.CutHere):
            commissioned(volume)
        assert commission.commissioned(volume) is (cut_at == 0)


def test_a_pump_that_is_not_commissioned_delivers_nothing_and_says_so():
    volume = MemoryVolume()
    binary = prescription_file.compile_prescription(SIMPLE)
    rig = Rig(volume=volume)
    volume.remove("commissioned")
    commission.setting(volume, commission.PRESCRIPTION).save(binary)
    rig.power_on()
    rig.press("bolus", 1_100)
    rig.run_for(3_600_000)
    assert rig.bench.stepper.edges == 0
    assert rig.app.body.holds & states.NOT_COMMISSIONED
    assert rig.events("bolus_refused")[-1]["reason"] == "the pump is stopped"
    assert rig.events("alarm_raised")[-1]["alarm"] == "not_commissioned"


def test_a_pump_without_a_prescription_waits_for_one_and_then_runs_it():
    rig = Rig(None)
    rig.run_for(3_600_000)
    assert (rig.app.body.holds & states.NO_PRESCRIPTION, rig.bench.stepper.edges) == (states.NO_PRESCRIPTION, 0)
    rig.app.pump.program(prescription_file.compile_prescription(example("morphine_simple")))
    rig.app.pump.acknowledge()
    rig.run_for(3_600_000)
    assert rig.app.body.holds == 0
    assert rig.bench.stepper.edges in (39, 40)
