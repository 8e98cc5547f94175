"""What panel and link are told beyond what the parts themselves say."""

from pump.parts import Parts
from rig import SIMPLE
from thecal.pump.facade import Facade
from thecal.tables import alarms


def facade_of(pump: Parts) -> Facade:
    """Of body and boluses alone."""
    return Facade(pump.body, pump.boluses, None, None, None, None, None, None)


def test_alarms_are_silent_for_two_minutes_and_then_heard():
    pump = Parts(SIMPLE)
    facade = facade_of(pump)
    pump.alarms.set(alarms.RESERVOIR_LOW, True)
    assert (facade.silent_for(), facade.sounding()) == (0, alarms.LOW)
    facade.silence()
    assert (facade.silent_for(), facade.sounding()) == (120_000, 0)
    pump.wait(119_000)
    assert (facade.silent_for(), facade.sounding()) == (1_000, 0)
    pump.wait(1_000)
    assert (facade.silent_for(), facade.sounding()) == (0, alarms.LOW)
    pump.wait(1_000)
    assert facade.silent_for() == 0
