"""Since when the tube has not moved."""

from typing import Any

from pump.parts import STARTED_S, Parts
from thecal.pump.monitor import Monitor
from thecal.tables import doses


def monitor_of(pump: Parts, mocker: Any) -> Monitor:
    delivery = mocker.Mock(in_flight=False)
    return Monitor(pump.body, delivery, mocker.Mock(), mocker.Mock(), mocker.Mock(), mocker.Mock())


def test_the_tube_is_parked_since_the_last_hour_with_a_step_and_then_since_the_last_look_that_saw_one(mocker):
    pump = Parts()
    pump.ledger.moved_s = STARTED_S - 1_800
    monitor = monitor_of(pump, mocker)
    monitor.run(pump.now)
    assert monitor.parked_s() == 1_800
    pump.wait(60_000)
    pump.ledger.commanded[doses.BACKGROUND] += 1
    monitor.run(pump.now)
    assert monitor.parked_s() == 0
    pump.wait(60_000)
    monitor.run(pump.now)
    assert monitor.parked_s() == 60
