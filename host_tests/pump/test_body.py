"""What keeps every bolus from starting, whoever asks."""

from typing import Any

from pump.parts import Parts
from thecal.tables import doses, states


def test_nothing_is_given_by_a_pump_that_is_held_or_has_no_programme_that_gives():
    pump = Parts()
    assert pump.body.bolus_block() == doses.GRANTED
    prescription: Any = pump.body.prescription
    prescription.mode = doses.STOPPED
    assert pump.body.bolus_block() == doses.PUMP_STOPPED
    assert Parts(None).body.bolus_block() == doses.PUMP_STOPPED
    held = Parts()
    held.body.hold(states.OPERATOR_STOP)
    assert held.body.bolus_block() == doses.PUMP_STOPPED
