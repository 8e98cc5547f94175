"""Pytest plugin: which test proves which requirement.

A test says what it proves with `@pytest.mark.req("SR-04")`; the ids stand in host_tests/requirements.json. An unknown
id is a collection error. In a run of the whole suite every id that is due (its stage has been reached) needs a test
that ran, or the run fails; ids not yet due are printed. The outcome of a whole run goes to build/trace/results.json,
from which `make trace` draws the matrix. `--req SR-04` runs only the tests that name the id.
"""

import json
from datetime import UTC, datetime

import pytest

PROPERTY = "requirements"
# How bad each outcome is: a test's outcome is the worst of its phases.
_RANK = {"passed": 0, "skipped": 1, "failed": 2}
# Options of which any one makes a run a selection.
_SELECTIONS = ("req", "keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "stepwise", "collectonly")


def pytest_addoption(parser):
    parser.addoption("--req", metavar="ID", help="run only the tests that name this requirement")
    parser.addini("requirements", "data file with the ids of all requirements", default="host_tests/requirements.json")
    parser.addini("requirements_results", "where a whole run leaves its results", default="build/trace/results.json")


def pytest_configure(config):
    config.addinivalue_line("markers", "req(*ids): requirements that a test proves (host_tests/requirements.json)")
    config.addinivalue_line("markers", "lint: a check of source text")
    table = json.loads((config.rootpath / config.getini("requirements")).read_text(encoding="utf-8"))
    known = {row["id"] for row in table["requirements"]}
    wanted = config.getoption("req")
    if wanted is not None and wanted not in known:
        raise pytest.UsageError(
            f"--req: unknown requirement {wanted}; the ids stand in {config.getini('requirements')}"
        )
    config.pluginmanager.register(Marks(known), "requirements-marks")
    # Workers only mark their reports; the controller, or a run without workers, keeps the account.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Account(config, table), "requirements-account")


def pytest_ignore_collect(collection_path, config):
    """With --req, a file that does not spell the id is not even imported: collecting the whole suite takes seconds."""
    wanted = config.getoption("req")
    if wanted is None or not collection_path.is_file():
        return None
    return True if f'"{wanted}"' not in collection_path.read_text(encoding="utf-8") else None


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("req")
    if wanted is None:
        return
    others = [item for item in items if wanted not in marked(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if wanted in marked(item)]


class Marks:
    """Puts the ids of each test into its reports, and refuses unknown ones."""

    def __init__(self, known):
        self._known = known

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        """A module or class whose tests name an unknown id fails to collect, with one line for each."""
        report = yield
        tests = [node for node in report.result or () if isinstance(node, pytest.Item)]
        unknown = [(test.name, name) for test in tests for name in marked(test) if name not in self._known]
        if unknown:
            report.outcome = "failed"
            report.longrepr = "\n".join(f"{test}: unknown requirement {name}" for test, name in unknown)
            report.result = []
        return report

    def pytest_itemcollected(self, item):
        names = marked(item)
        if names:
            item.user_properties.append((PROPERTY, names))


def marked(item):
    """Ids that a test names, its class's and module's among them, each once."""
    return sorted({name for mark in item.iter_markers("req") for name in mark.args})


class Account:
    """Keeps the outcome of every marked test and judges the whole run at its end."""

    def __init__(self, config, table):
        self._stage = table["current_stage"]
        self._stages = {row["id"]: row["stage"] for row in table["requirements"]}
        self._results = config.rootpath / config.getini("requirements_results")
        self._whole = is_whole_run(config)
        self._tests = {}
        self._lines = []

    def pytest_runtest_logreport(self, report):
        names = dict(report.user_properties).get(PROPERTY)
        if names:
            test = self._tests.setdefault(report.nodeid, {"outcome": "passed", "requirements": list(names)})
            test["outcome"] = max(test["outcome"], report.outcome, key=_RANK.__getitem__)

    def pytest_sessionfinish(self, session, exitstatus):
        finished = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if not (self._whole and finished) or session.shouldstop or session.shouldfail:
            return
        self._write_results()
        missing = list(self._missing())
        self._lines = [*missing, self._standing(len(missing))]
        if missing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        for line in self._lines:
            is_standing = line.startswith("requirements:")
            terminalreporter.write_line(line, red=not is_standing)

    def _missing(self):
        """One line for each id that is due and that no test of this run has tried."""
        tried = {name for test in self._tests.values() if test["outcome"] != "skipped" for name in test["requirements"]}
        named = {name for test in self._tests.values() for name in test["requirements"]}
        for name in self._due():
            due = f"requirement {name} is due (stage {self._stages[name]}), but"
            if name not in named:
                yield f"{due} no test names it"
            elif name not in tried:
                yield f"{due} every test that names it was skipped"

    def _due(self):
        return [name for name, stage in self._stages.items() if stage <= self._stage]

    def _standing(self, missing):
        due = self._due()
        later = [name for name in self._stages if name not in due]
        text = f"requirements: {len(due) - missing} of {len(due)} due at stage {self._stage} tried by a test"
        return f"{text}; not yet due ({len(later)}): {' '.join(later)}" if later else text

    def _write_results(self):
        tests = [{"test": test, **self._tests[test]} for test in sorted(self._tests)]
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        self._results.parent.mkdir(parents=True, exist_ok=True)
        self._results.write_text(json.dumps({"finished": finished, "tests": tests}, indent=1), encoding="utf-8")


def is_whole_run(config):
    """Whether this run was asked for the whole suite: no path, no selection."""
    selected = any(getattr(config.option, name, None) for name in _SELECTIONS)
    return config.args_source is config.ArgsSource.TESTPATHS and not selected
