"""Pytest plugin for mutants only: the module's own tests, then the quickest, up to a budget; no judgement of time.

A mutant is decided by the first test that fails, so the order is what the run costs; one that no test in the budget
notices counts as survived, which errs on the strict side. Nobody reads the example that fails, so none is shrunk. The
mutation tool leaves the tests' durations in its working folder.
On a machine whose every processor is busy a deadline for examples would kill mutants that no test has found, and
examples that differ from run to run would blur the score.
"""

import json
import os
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path

from hypothesis import Phase, settings

_DURATIONS = "mutmut-stats.json"
_BUDGET_S = 15

_PHASES = (Phase.explicit, Phase.generate)
# "thecal.safety.gate.x_name__mutmut_1", set by the mutation tool.
_MUTANT = "MUTANT_UNDER_TEST"

settings.register_profile("mutants", deadline=None, derandomize=True, database=None, phases=_PHASES)


def pytest_configure(config):
    settings.load_profile("mutants")


def pytest_collection_modifyitems(config, items):
    try:
        durations = json.loads(Path(_DURATIONS).read_text(encoding="utf-8"))["duration_by_test"]
    except (OSError, ValueError, KeyError):
        return
    _, room, module, *_ = [*os.environ.get(_MUTANT, "").split("."), "", "", ""]
    own = f"host_tests/{room}/test_{module}.py::"
    items.sort(key=lambda item: (not item.nodeid.startswith(own), durations.get(item.nodeid, 0)))
    spent = list(accumulate(durations.get(item.nodeid, 0) for item in items))
    within = max(bisect_right(spent, _BUDGET_S), 1)
    config.hook.pytest_deselected(items=items[within:])
    del items[within:]
