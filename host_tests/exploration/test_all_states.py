"""Every reachable state of the pump, by every stimulus, for a drug of each column of the table of alarms, in two views.

A part that is through with these very sources is not explored again, and one that was stopped goes on; its result lies
in build/proof/states.
"""

import json
import pickle

import pytest

from exploration import programmes, stimuli
from exploration.abstract import VIEWS
from exploration.explorer import Explored, explore
from exploration.pump_copy import Pump
from thecal_tools.proof import tree

RESULTS = tree.RESULTS / "states"
SOURCES = ("firmware", "boards", "tools/virtual_bench", "host_tests/exploration", "host_tests/rig.py")
KEPT_EVERY = 500  # expanded states
pytestmark = pytest.mark.needs("proof")


@pytest.mark.req("SR-29", "SR-30", "SR-31", "SR-07")
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("drug", programmes.DRUGS)
def test_every_reachable_state_shows_its_reason_and_leads_back_to_therapy(drug, view, record_property):
    path = RESULTS / f"{view}-{drug}.json"
    sources = tree.fingerprint(SOURCES)
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if known.get("sources") != sources or known.get("findings"):
        known = {"sources": sources, **_explored(drug, view, sources).figures()}
        path.write_text(json.dumps(known, indent=1), encoding="utf-8")
    counts = f"{known['states']} states, {known['transitions']} transitions, {known['recoveries']} ways back"
    print(f"{drug}, {view}: {counts}")
    record_property("states", known["states"])
    assert known["findings"] == {}


def _explored(drug: str, view: str, sources: str) -> Explored:
    half_done = RESULTS / f"{view}-{drug}-{sources}.pickle"
    if half_done.exists():
        explored = pickle.loads(half_done.read_bytes())
    else:
        explored = Explored.beginning(Pump(drug), view)
        RESULTS.mkdir(parents=True, exist_ok=True)
        for stale in RESULTS.glob(f"{view}-{drug}-*.pickle"):
            stale.unlink()

    def keep() -> None:
        if explored.expanded % KEPT_EVERY == 0:
            part = half_done.with_suffix(".part")
            part.write_bytes(pickle.dumps(explored))
            part.replace(half_done)

    explore(explored, stimuli.STIMULI, keep=keep)
    half_done.unlink(missing_ok=True)
    return explored
