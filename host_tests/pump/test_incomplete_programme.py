"""A pump that lacks a setting says so, and takes none that it could not run."""

import pytest

from rig import Rig, example
from thecal.tables import alarms, checks, states
from thecal.therapy.prescription_check import PrescriptionError
from thecal_tools import prescription_file

HOUR_MS = 3_600_000
BINARY = prescription_file.compile_prescription(example("morphine_simple"))


@pytest.mark.req("SR-29", "SR-37")
def test_without_a_calibration_no_prescription_is_taken_and_the_alarm_stays():
    rig = Rig()
    for copy in ("calibration.a", "calibration.b"):
        rig.volume.remove(copy)
    rig.power_on()
    with pytest.raises(PrescriptionError, match="calibrate first"):
        rig.app.pump.program(BINARY)
    rig.app.pump.acknowledge()
    rig.run_for(HOUR_MS)
    body = rig.app.body
    assert body.holds & states.NO_CALIBRATION
    assert body.alarms.present(alarms.PROGRAMME_INCOMPLETE)
    assert rig.bench.stepper.edges == 0


def test_a_prescription_that_was_missing_at_power_on_passes_once_it_is_there():
    rig = Rig(None)
    assert rig.app.pump.self_test()[0] == checks.PRESCRIPTION
    rig.app.pump.program(BINARY)
    rig.app.pump.acknowledge()
    rig.run_for(3 * HOUR_MS)
    assert (rig.app.pump.self_test()[0], rig.app.body.holds, rig.app.pump.alarm()) == (0, 0, -1)
