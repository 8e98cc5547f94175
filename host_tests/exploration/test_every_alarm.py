"""Each alarm of the table once, from the running pump to its end, for each drug that it answers differently."""

import pytest

from exploration import programmes, rules, stimuli
from exploration.explorer import step
from exploration.pump_copy import Pump, load
from thecal.tables import alarms, texts

WALK = ("3 min", "silence", "3 min", "patient asks", "acknowledge", "33 min", "causes gone", "11 min", "power cut")
BY_NAME = {stimulus.name: stimulus for stimulus in stimuli.STIMULI}


DRUG_OF_COLUMN = {column: drug for drug, (_, column) in programmes.DRUGS.items()}
CASES = [
    (alarm, column)
    for alarm, row in enumerate(alarms.ALARMS)
    for column in range(len(DRUG_OF_COLUMN))
    if column == 0 or row[1 + column] != row[1]
]


@pytest.fixture(scope="module")
def running():
    """A running pump by column, to be copied."""
    return {column: Pump(drug).dump() for column, drug in DRUG_OF_COLUMN.items()}


@pytest.mark.req("SR-30", "SR-31")
@pytest.mark.parametrize(
    ("alarm", "column"), CASES, ids=[f"{texts.ALARMS[alarm][0]}-{column}" for alarm, column in CASES]
)
def test_each_alarm_is_shown_responds_and_is_over(running, alarm, column):
    pump = load(running[column])
    findings = step(pump, stimuli.cause(alarm))
    assert alarm in pump.active()
    for name in WALK:
        if BY_NAME[name].possible(pump):
            findings += step(pump, BY_NAME[name])
    findings += rules.recover(pump)
    assert findings == []
    assert alarm not in pump.active()
