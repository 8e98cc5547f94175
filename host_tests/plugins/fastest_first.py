"""Pytest plugin for mutants only: the module's own tests, then the quickest, up to a budget; no judgement of time.

A mutant is decided by the first test that fails, so the order is what the run costs; one that no test in the budget
notices counts as survived, which errs on the strict side. Nobody reads the example that fails, so none is shrunk. The
mutation tool leaves the tests' durations in its working folder and names on the command line every test that reaches
the mutant's function; those beyond the budget are taken off before anything of theirs is collected.
On a machine whose every processor is busy a deadline for examples would kill mutants that no test has found, and
examples that differ from run to run would blur the score. A mutant that never ends is ended by the time of the
processor that it has used, which the tool reads as a kill.
"""

import json
import os
import resource
from itertools import accumulate
from pathlib import Path

from hypothesis import Phase, settings

_DURATIONS = "mutmut-stats.json"
_BUDGET_S = 4
# Generous beside the budget: tests take longer under a mutant that makes them walk further.
_ENDS_AFTER_S = 3 * _BUDGET_S

_PHASES = (Phase.explicit, Phase.generate)
# "thecal.safety.gate.x_name__mutmut_1", set by the mutation tool.
_MUTANT = "MUTANT_UNDER_TEST"

settings.register_profile("mutants", deadline=None, derandomize=True, database=None, phases=_PHASES)


def pytest_configure(config):
    settings.load_profile("mutants")
    _, room, module, *_ = [*os.environ.get(_MUTANT, "").split("."), "", "", ""]
    if module and Path(_DURATIONS).exists():
        durations = json.loads(Path(_DURATIONS).read_text(encoding="utf-8"))["duration_by_test"]
        config.args = within_budget(config.args, durations, f"host_tests/{room}/test_{module}.py::")
        used_s = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        _, most_s = resource.getrlimit(resource.RLIMIT_CPU)
        ends_s = int(used_s) + _ENDS_AFTER_S
        resource.setrlimit(resource.RLIMIT_CPU, (ends_s if most_s < 0 else min(ends_s, most_s), most_s))


def within_budget(tests: list[str], durations: dict[str, float], own: str) -> list[str]:
    """The tests whose names begin with own, then the quickest, as many as the budget has room for; one at least."""
    known = [name for name in tests if name in durations]
    known.sort(key=lambda name: (not name.startswith(own), durations[name]))
    spent = accumulate(durations[name] for name in known)
    within = [name for name, end in zip(known, spent, strict=True) if end <= _BUDGET_S]
    return within or known[:1] or tests
