"""Reverse rotation cannot be commanded in therapy: the direction pin's trace, and every way to ask for it (SR-27)."""

import inspect

import machine
import pytest

from rig import BOARD, SIMPLE, Rig
from thecal.drivers import motor, rotation_rp2, step_train_rp2
from thecal.drivers.rotor_edges import edges_allowed
from thecal.drivers.step_train_rp2 import StepTrain

HOUR_MS = 3_600_000
MACHINES = (BOARD.STEP_TRAIN_MACHINE, BOARD.MOTOR_GUARD_MACHINE)
EDGES = edges_allowed(BOARD)


def public(cls: type) -> set[str]:
    return {name for name in vars(cls) if not name.startswith("_")}


@pytest.mark.req("SR-27")
def test_the_direction_pin_stays_low_over_a_day_of_boluses_stops_resumes_and_a_power_cut():
    rig = Rig(SIMPLE)
    trace = []
    rig.world.lines[BOARD.PUMP_DIR].listen(lambda level: trace.append((rig.world.elapsed_ms, level)))
    positions = []
    step = rig.world.lines[BOARD.PUMP_STEP]
    step.listen(lambda level: positions.append(rig.bench.stepper.position))
    for hour in range(0, 24, 2):
        rig.press("bolus", 1_100, hour * HOUR_MS + 60_000)
        rig.press("stop", 3_100, hour * HOUR_MS + 400_000)
        rig.press("stop", 3_100, hour * HOUR_MS + 900_000)
    rig.world.at_ms(12 * HOUR_MS + 123_456, lambda _: rig.world.cut_power(60_000))
    rig.run_for(24 * HOUR_MS)
    assert len(rig.events("bolus_granted")) == 4
    assert rig.restarts == ["PowerCut"]
    assert trace == []
    assert rig.world.lines[BOARD.PUMP_DIR].level == 0
    assert positions == sorted(positions)
    assert rig.bench.stepper.position == rig.bench.stepper.edges > 500


@pytest.mark.req("SR-27")
def test_the_direction_pin_is_driven_forwards_and_not_left_to_its_resistor():
    rig = Rig(SIMPLE)
    line = rig.world.lines[BOARD.PUMP_DIR]
    line.set_external(1)  # a disturbance that would win over a mere resistor
    rig.press("bolus", 1_100)
    rig.run_for(HOUR_MS)
    assert (line.output, line.level) == (True, 0)
    assert rig.bench.stepper.position == rig.bench.stepper.edges > 40


@pytest.mark.req("SR-27")
def test_no_driver_has_a_word_for_backwards(world):
    assert {name for name, _ in inspect.getmembers(motor, inspect.isfunction)} == {"off", "is_off", "forwards"}
    assert public(StepTrain) == {"arm", "start", "busy", "is_off", "abort"}
    assert list(inspect.signature(StepTrain.start).parameters) == ["self", "steps", "period_us"]
    assert public(rotation_rp2.Rotation) == {"count"}
    motor.forwards(BOARD.PUMP_DIR)
    train = StepTrain(MACHINES, BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N, BOARD.ROTOR, EDGES)
    for steps, period_us in ((-1, 10_000), (-8, 10_000), (1, -10_000)):
        with pytest.raises(ValueError):
            train.start(steps, period_us)


@pytest.mark.req("SR-27")
def test_the_step_trains_machine_owns_no_direction_pin(world):
    assert "out_base" not in inspect.getsource(step_train_rp2)
    StepTrain(MACHINES, BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N, BOARD.ROTOR, EDGES)
    assert BOARD.PUMP_DIR not in (BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N)
    assert world.lines[BOARD.PUMP_DIR].output is False


@pytest.mark.req("SR-27")
def test_the_pin_is_written_once_when_the_pump_is_composed_and_never_again(mocker):
    value = mocker.spy(machine.Pin, "value")
    init = mocker.spy(machine.Pin, "init")
    rig = Rig(SIMPLE)
    line = rig.world.lines[BOARD.PUMP_DIR]
    at_start = [call for call in init.call_args_list if call.args[0]._line is line]
    assert [call.kwargs["value"] for call in at_start] == [0]
    init.reset_mock()
    value.reset_mock()
    rig.press("bolus", 1_100)
    rig.press("stop", 3_100, 600_000)
    rig.run_for(HOUR_MS)
    assert [call for call in init.call_args_list + value.call_args_list if call.args[0]._line is line] == []
