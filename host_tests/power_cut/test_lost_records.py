"""Ledger, mark, windows and commissioning mark lost on real LittleFS: no dose that nobody can account for."""

import pytest

from power_cut import lost
from power_cut.aftermath import booted
from thecal.records import dose_history, files, ledger, mark, windows
from thecal.tables import alarms, doses, states
from thecal_tools.littlefs_flash import BLOCK_BYTES, NorFlash
from thecal_tools.littlefs_volume import LittlefsVolume


@pytest.mark.req("SR-37")
@pytest.mark.parametrize("how", lost.WAYS)
@pytest.mark.parametrize("path", [ledger.PATH, mark.PATH])
def test_a_pump_whose_ledger_or_mark_is_lost_delivers_nothing_at_this_boot_or_any_later_one(path, how):
    volume = lost.lived()
    lost.spoil(volume, path, how)
    for _ in range(3):
        rig = lost.lives_on(volume)
        assert rig.bench.stepper.edges == 0
        assert rig.app.body.holds & states.RECORDS
        assert alarms.ALARMS[rig.app.pump.alarm()][1] == alarms.STOP
        assert rig.app.pump.next_patient_bolus()[0] == doses.PUMP_STOPPED


@pytest.mark.req("SR-37")
@pytest.mark.parametrize("path", [ledger.PATH, mark.PATH])
def test_a_lost_ledger_or_mark_is_not_written_over(path):
    volume = lost.lived()
    lost.spoil(volume, path, "one bit")
    before = [volume.read(name) for name in (ledger.PATH, mark.PATH, windows.PATH)]
    rig = lost.lives_on(volume)
    rig.app.pump.acknowledge()
    rig.app.pump.resume()
    rig.run_for(3_600_000)
    assert [volume.read(name) for name in (ledger.PATH, mark.PATH, windows.PATH)] == before


@pytest.mark.req("SR-04")
@pytest.mark.parametrize("how", [*lost.WAYS, "another length"])
def test_without_its_windows_the_gate_takes_the_programmes_past_and_boluses_are_locked_for_a_day(how):
    volume = lost.lived()
    if how == "another length":
        volume.write(windows.PATH, files.seal(windows.MAGIC, bytes(40)))
    else:
        lost.spoil(volume, windows.PATH, how)
    rig = booted(volume)
    body = rig.app.body
    assert 0 < body.gate.hour.total < body.gate.day.total <= body.mark.total
    assert rig.app.pump.next_patient_bolus() == (doses.HISTORY_UNKNOWN, rig.app.clock.seconds + 86_400)
    rig.run_for(3_600_000)
    assert rig.events("gate_refused") == []


@pytest.mark.req("SR-04", "SR-37")
@pytest.mark.parametrize("how", lost.WAYS)
def test_without_its_history_of_doses_boluses_are_locked_for_a_day_and_the_background_goes_on(how):
    volume = lost.lived()
    lost.spoil(volume, dose_history.PATH, how)
    rig = booted(volume)
    assert rig.app.pump.next_patient_bolus() == (doses.HISTORY_UNKNOWN, rig.app.clock.seconds + 86_400)
    rig.run_for(3_600_000)
    assert rig.bench.stepper.edges > 0
    assert rig.app.body.holds == 0


@pytest.mark.req("SR-37")
@pytest.mark.parametrize("how", lost.WAYS)
def test_without_its_commissioning_mark_a_pump_delivers_nothing_and_says_so(how):
    volume = lost.lived()
    lost.spoil(volume, "commissioned", how)
    for _ in range(2):
        rig = lost.lives_on(volume)
        assert rig.bench.stepper.edges == 0
        assert rig.app.body.holds & states.NOT_COMMISSIONED
        assert rig.app.pump.alarm() >= 0
        assert rig.events("bolus_refused")[-1]["reason"] == "the pump is stopped"


@pytest.mark.req("SR-37")
def test_a_flash_that_was_formatted_is_a_pump_that_is_not_commissioned():
    volume = lost.blank()
    for _ in range(2):
        rig = lost.lives_on(volume)
        assert rig.bench.stepper.edges == 0
        assert rig.app.body.holds & states.NOT_COMMISSIONED
        assert rig.app.pump.alarm() >= 0
    assert volume.read(ledger.PATH) is None


@pytest.mark.req("SR-37")
@pytest.mark.parametrize("is_one_bit", [False, True], ids=["a whole block", "one bit"])
def test_whatever_block_goes_bad_the_pump_boots_and_delivers_only_what_it_can_account_for(is_one_bit):
    pump = lost.scenario.small()
    good, given = pump.flash.blocks, len(pump.history.steps)
    used = [number for number, block in enumerate(good) if block.rstrip(b"\xff")]
    mounted = 0
    for number in used:
        blocks = list(good)
        block = bytearray(blocks[number])
        if is_one_bit:
            block[len(block.rstrip(b"\xff")) // 2] ^= 4
        else:
            block[:] = bytes(range(256)) * (BLOCK_BYTES // 256)
        blocks[number] = bytes(block)
        try:
            volume = LittlefsVolume(NorFlash(blocks))
        except OSError:
            continue  # a stock image formats it: see the test before
        mounted += 1
        body = booted(volume).app.body
        assert body.holds or body.mark.total >= given
    assert mounted > len(used) // 2
