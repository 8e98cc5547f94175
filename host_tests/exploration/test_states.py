"""The states of the pump in a reduced form: every value of every part of a state is expanded at least once."""

import pytest

from exploration import programmes, stimuli
from exploration.abstract import State
from exploration.explorer import Explored, explore
from exploration.pump_copy import Pump, load
from rig import BOARD
from thecal.tables import alarms, doses, states
from virtual_bench import world as worlds

# Reachable under both drugs.
HOLDS = {value for name, value in vars(states).items() if name.isupper() and not name.startswith("WALL_")}
ANSWERS = {
    doses.GRANTED,
    doses.NOT_PRESCRIBED,
    doses.PUMP_STOPPED,
    doses.BOLUS_RUNNING,
    doses.LOCKOUT,
    doses.COUNT_24H,
    doses.RECORDS_FAILING,
    doses.ALARM_BLOCKS,
}


class NewValues:
    """Says which states bring a value that none before had; holds count bit by bit, and without an alarm's."""

    def __init__(self):
        self.seen = set()

    def __call__(self, state: State) -> bool:
        values = {(name, value) for name, value in zip(state._fields, state, strict=True) if name != "holds"}
        values |= {("holds", bit) for bit in range(8) if state.holds >> bit & 1}
        alone = state.holds & ~states.ALARM
        if alone in HOLDS:
            values.add(("alone", alone))
        is_new = not values <= self.seen
        self.seen |= values
        return is_new

    def of(self, name):
        return {value for field, value in self.seen if field == name}


@pytest.mark.req("SR-29", "SR-30", "SR-31", "SR-07")
@pytest.mark.parametrize("drug", [pytest.param("morphine", marks=pytest.mark.needs("proof")), "baclofen"])
def test_in_each_state_drug_flows_or_its_reason_is_seen_and_therapy_comes_back(drug):
    worth = NewValues()
    explored = explore(Explored.beginning(Pump(drug)), stimuli.STIMULI, worth)
    print(
        f"{drug}: {len(explored.states)} states, {explored.expanded} of them expanded by {explored.transitions} "
        f"stimuli, {explored.recoveries} ways back to therapy"
    )
    assert explored.findings == {}
    assert {1 << bit for bit in worth.of("holds")} == HOLDS
    assert worth.of("mode") == {-1, *programmes.RATES}
    assert worth.of("answer") >= ANSWERS
    assert worth.of("bolus") == {0, doses.SCHEDULED, doses.PATIENT, doses.CLINICIAN}
    assert worth.of("signal") == set(range(len(alarms.SIGNALS)))
    assert explored.tried == {stimulus.name for stimulus in stimuli.STIMULI}


def test_a_copy_of_a_pump_goes_on_as_the_pump_itself_does():
    itself = Pump("morphine")
    stimuli.ask_patient(itself)
    copy = load(itself.dump())
    records = []
    for pump in (itself, copy):
        worlds.use(pump.world)
        while pump.world.lines[BOARD.PUMP_ENABLE_N].level:
            pump.run_for(1)
        # A train in flight is cut, and the state machines take their programs anew.
        pump.facade.stop()
        for stimulus in (stimuli.A_WHILE, stimuli.STOP, stimuli.A_WHILE, stimuli.FAIL):
            stimulus.act(pump)
        records.append((pump.journal(), pump.bench.truth(), pump.restarts))
    assert records[0] == records[1]


def test_every_kind_of_row_has_an_alarm_that_comes_up():
    raised = set(stimuli.injected())
    for row, members in stimuli.row_kinds().items():
        assert raised & set(members) or stimuli.BY_ITSELF & set(members), row
