"""The status that a reader gets: each number under its name."""

from datetime import datetime
from types import SimpleNamespace

from pump.parts import STARTED_S, Parts, reservoir
from rig import MONDAY, Rig
from thecal.pump import status as pump_status
from thecal.tables import doses, states

BEFORE_BOLUS_S = 7_200
IN_BOLUS_S = 150


def test_each_number_stands_under_its_name():
    rig = Rig()
    status = rig.app.pump.status()
    assert status["bolus_kind"] == status["bolus_given_steps"] == status["bolus_granted_steps"] == 0
    assert status["alarm"] == -1
    rig.run_for(BEFORE_BOLUS_S * 1_000)
    rig.press("bolus", 1_100)
    rig.run_for(IN_BOLUS_S * 1_000)
    status = rig.app.pump.status()
    granted = rig.events("bolus_granted")[-1]
    now = BEFORE_BOLUS_S + IN_BOLUS_S
    turned = rig.bench.stepper.edges
    given = rig.app.ledger.commanded[doses.PATIENT]
    assert 0 < given < granted["steps"]
    measured_nl = status.pop("reservoir_measured_nl")
    assert abs(measured_nl - status["reservoir_counted_nl"]) < 200_000 and measured_nl % 10_000 == 0
    assert 0 <= status.pop("parked_s") <= IN_BOLUS_S
    next_s = status.pop("patient_next_pump_s")
    assert next_s >= now + rig.app.body.prescription.lockout_s
    assert status == {
        "pump_s": now,
        "wall_s": int((MONDAY - datetime(2020, 1, 1)).total_seconds()) + now,
        "wall_quality": states.WALL_CLOCK_CHIP,
        "holds": 0,
        "alarm": -1,
        "bolus_kind": doses.PATIENT,
        "bolus_given_steps": given,
        "bolus_granted_steps": granted["steps"],
        "patient_answer": doses.BOLUS_RUNNING,
        "commanded_steps": turned,
        "confirmed_steps": turned,
        "reserved_steps": turned,
        "reservoir_counted_nl": 20_000_000 - turned * rig.app.body.volume_per_step // 1_000,
        "tube_steps": turned,
    }


def test_a_pump_without_a_programme_has_a_status_too():
    pump = Parts(None)
    monitor = SimpleNamespace(**vars(reservoir(20_000_000, 1_950)), parked_s=lambda: 60)
    found = pump_status.status(pump.body, pump.boluses, monitor)
    assert (found["pump_s"], found["reservoir_measured_nl"], found["parked_s"]) == (STARTED_S, 19_500_000, 60)
    assert found["bolus_kind"] == found["bolus_given_steps"] == found["bolus_granted_steps"] == 0
    assert (found["patient_answer"], found["patient_next_pump_s"]) == (doses.PUMP_STOPPED, doses.NEVER)
