"""The panel's lights are steady here and its melodies a minute apart: hours of an alarm pass quickly."""

import pytest

from exploration.pump_copy import STEADY
from thecal.tables import alarms


@pytest.fixture(autouse=True)
def steady_lights(monkeypatch):
    monkeypatch.setattr(alarms, "SIGNALS", STEADY)
