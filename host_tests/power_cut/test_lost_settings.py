"""Prescription and calibration in two copies on real LittleFS: never a default, never one that was replaced."""

import pytest

from power_cut import lost, scenario
from power_cut.aftermath import booted
from thecal.tables import alarms, states
from thecal_tools import prescription_file

SETTINGS = {"prescription": states.NO_PRESCRIPTION, "calibration": states.NO_CALIBRATION}
CHANGED = prescription_file.compile_prescription(scenario.SECOND)


@pytest.mark.req("SR-37")
@pytest.mark.parametrize("how", lost.WAYS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_with_both_copies_of_a_setting_lost_the_pump_stops_with_an_alarm(setting, how):
    volume = lost.lived()
    for ending in (".a", ".b"):
        # Unreadable is one path at a time: the other copy is damaged then.
        lost.spoil(volume, setting + ending, "one bit" if how == "unreadable" and ending == ".a" else how)
    for _ in range(2):
        rig = lost.lives_on(volume)
        assert rig.bench.stepper.edges == 0
        assert rig.app.body.holds & SETTINGS[setting]
        assert rig.app.body.alarms.active(alarms.PROGRAMME_INCOMPLETE)
        assert rig.events("bolus_refused")[-1]["reason"] == "the pump is stopped"


@pytest.mark.req("SR-37")
@pytest.mark.parametrize("how", lost.WAYS)
@pytest.mark.parametrize("ending", [".a", ".b"])
@pytest.mark.parametrize("changes", [1, 2])
def test_one_lost_copy_never_brings_back_a_prescription_that_was_replaced(changes, ending, how):
    volume = lost.lived()
    rig = booted(volume)
    if changes == 2:
        rig.app.pump.program(prescription_file.compile_prescription(scenario.FIRST | {"id": "BETWEEN"}))
    rig.app.pump.program(CHANGED)
    lost.spoil(volume, "prescription" + ending, how)
    rig = booted(volume)
    assert rig.app.body.prescription.binary == CHANGED
    assert rig.app.body.holds == 0


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_lost_copy_is_made_anew_at_the_next_boot_so_that_the_other_one_may_go_bad_later(setting, order):
    volume = lost.lived()
    for ending in order:
        lost.spoil(volume, f"{setting}.{ending}", "one bit")
        assert booted(volume).app.body.holds == 0
