"""What the line's pressure sensor raises, and what an acknowledgement takes back (SR-23)."""

from types import SimpleNamespace
from typing import Any

import pytest

from pump.parts import Parts
from thecal.pump.line import Line
from thecal.safety.occlusion_check import OcclusionCheck
from thecal.tables import alarms

# 1,000 units of the ADC are 10 kPa.
ZERO, FULL, FULL_KPA = 5_000, 45_000, 400
FREE, BLOCKED, TORN_OFF = 5_200, 11_900, 100


def line_at(reading: int) -> tuple[Parts, Any, Line]:
    pump, sensor = Parts(), SimpleNamespace()
    sensor.read = lambda: sensor.reading
    sensor.reading = reading
    return pump, sensor, Line(pump.body, sensor, ZERO, FULL, FULL_KPA, OcclusionCheck())


@pytest.mark.req("SR-23")
@pytest.mark.parametrize(("reading", "is_blocked"), [(ZERO, False), (BLOCKED - 1, False), (BLOCKED, True)])
def test_69_kpa_after_a_step_is_an_occlusion(reading, is_blocked):
    pump, _, line = line_at(reading)
    line.step_over()
    assert pump.alarms.present(alarms.OCCLUSION) is is_blocked


def test_an_acknowledgement_frees_a_line_whose_sensor_is_not_believed_and_no_other():
    pump, sensor, line = line_at(BLOCKED)
    line.step_over()
    line.acknowledged()
    assert pump.alarms.present(alarms.OCCLUSION)
    sensor.reading = TORN_OFF
    for _ in range(3):
        line.update()
    assert pump.alarms.present(alarms.PRESSURE_INVALID)
    assert pump.alarms.present(alarms.OCCLUSION)
    line.acknowledged()
    assert not pump.alarms.present(alarms.OCCLUSION)


def test_without_a_sensor_there_is_nothing_to_raise():
    pump = Parts()
    line = Line(pump.body, None, ZERO, FULL, FULL_KPA, OcclusionCheck())
    line.step_over()
    line.update()
    assert not any(pump.ledger.alarms)
