"""The optional parts on the other chip: the same drivers on its pins, from the self-test to three hours of therapy."""

from types import SimpleNamespace

import pytest

from drivers.boards import AS5600, DS3231, HX711, MPR, SSD1306
from rig import Rig
from thecal.tables import states
from thecal_tools.scenario_file import board_module

OWN = {name: value for name, value in vars(board_module("ESP32_GENERIC")).items() if name.isupper()}
WEIGHT = HX711 | {"LEVEL_DATA": 13, "LEVEL_CLOCK": 14}
ON_BUS = MPR | AS5600 | DS3231 | SSD1306 | {"I2C_SDA": 22, "I2C_SCL": 23}


@pytest.mark.req("PR-18")
@pytest.mark.parametrize("parts", [WEIGHT, ON_BUS], ids=["weight", "bus"])
def test_three_hours_on_an_esp32(parts):
    rig = Rig(board=SimpleNamespace(**OWN | parts))
    rig.run_for(3 * 3_600_000)
    assert rig.events("self_test")[-1]["failures"] == []
    assert rig.events("alarm_raised") == []
    assert sum(rig.app.ledger.commanded) == 120
    assert sum(rig.app.ledger.confirmed) >= 116
    assert rig.app.pump.status()["reservoir_measured_nl"] > 19_800_000
    assert rig.app.clock.quality == states.WALL_CLOCK_CHIP
    screen = rig.bench.parts.screen
    assert screen is None or (screen.text() or [])[1] == "Running"
