"""The whole pump on every board: the same steps as on the Pico, at the same times."""

import pytest

from drivers.boards import FOUR_PHASE, QUADRATURE, board
from rig import SIMPLE, Rig
from thecal_tools.scenario_file import board_module

HOUR_MS = 3_600_000
# The end of a train: on ESP32 the power lasts half a period and 2 ms longer.
APART_MS = 8


def pump(data):
    """A pump on that board after six hours: background, boluses, a stop, a power cut and a stalled flash."""
    rig = Rig(SIMPLE, board=data)
    stepper = rig.bench.stepper
    steps = []

    def note(level):
        if level == 1 and stepper.edges > (steps[-1][1] if steps else 0):
            steps.append((rig.world.elapsed_ms, stepper.edges))

    # At the end of each train, whatever moves the motor.
    rig.world.lines[data.PUMP_ENABLE_N].listen(note)
    for minute, button in ((1, "bolus"), (65, "stop"), (75, "stop"), (180, "bolus")):
        rig.press(button, 1_100 if button == "bolus" else 3_100, minute * 60_000)
    rig.world.at_ms(4 * HOUR_MS + 123_456, lambda _: rig.world.cut_power(60_000))
    rig.bench.schedule_fault(5 * HOUR_MS, "flash_busy", 80, HOUR_MS)
    rig.run_for(6 * HOUR_MS)
    return rig, steps


@pytest.fixture(scope="module")
def pico():
    return pump(board_module("RPI_PICO"))


@pytest.mark.req("PR-18")
@pytest.mark.parametrize(
    "data",
    [
        board_module("RPI_PICO_W"),
        board_module("ESP32_GENERIC"),
        board_module("ESP32_GENERIC_S3"),
        board(QUADRATURE),
        board(FOUR_PHASE, {"STEPS_PER_REVOLUTION": 200, "MICROLITRES_PER_REVOLUTION": 50, "STEP_PERIOD_US": 10_000}),
        board(FOUR_PHASE, {"ROTOR_COUNTS_PER_REVOLUTION": 2048, "STEP_PERIOD_US": 10_000}),
    ],
    ids=["Pico W", "ESP32", "ESP32-S3", "encoder", "four phases", "28BYJ-48"],
)
def test_every_board_gives_the_same_steps(pico, data):
    rig, steps = pump(data)
    assert rig.restarts == pico[0].restarts == ["PowerCut"]
    assert [edges for _, edges in steps] == [edges for _, edges in pico[1]]
    assert len(steps) > 200
    assert rig.bench.pump.true_pl_per_step() == pytest.approx(pico[0].bench.pump.true_pl_per_step(), rel=0.001)
    assert max(abs(mine - theirs) for (mine, _), (theirs, _) in zip(steps, pico[1], strict=True)) <= APART_MS
    # After the power cut a four-phase motor does not know its phase: up to two full steps go by in finding it.
    lost = rig.bench.stepper.edges - rig.bench.stepper.position
    assert 0 <= lost <= (2 if data.MOTOR == "FOUR_PHASE" else 0)
    for event in ("bolus_granted", "bolus_ended", "gate_refused", "steps_dropped"):
        assert rig.events(event) == pico[0].events(event)
    rows = [row for row in rig.events("alarm_raised") if row not in pico[0].events("alarm_raised")]
    assert rows == []
    assert 0 <= sum(pico[0].app.ledger.confirmed) - sum(rig.app.ledger.confirmed) <= lost


@pytest.mark.req("SR-34")
@pytest.mark.parametrize("name", ["RPI_PICO", "ESP32_GENERIC"])
def test_a_planned_restart_is_known_as_one_though_the_chips_name_it_differently(name):
    rig = Rig(SIMPLE, board=board_module(name))
    rig.run_for(60_000)
    rig.world.at_ms(0, lambda _: rig.app.pump.restart())
    rig.run_for(60_000)
    assert rig.restarts == ["PlannedReset"]
    assert rig.world.reset_cause == (3 if name == "RPI_PICO" else 2)
    assert [boot["planned"] for boot in rig.events("boot")] == ["unplanned", "restart"]
    assert rig.app.body.holds == 0
