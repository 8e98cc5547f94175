"""The traceability plugin, tried on small suites of its own."""

import json

import pytest

TABLE = {
    "current_stage": 1,
    "requirements": [
        {"id": "PR-01", "stage": 1, "text": "runs"},
        {"id": "SR-01", "stage": 1, "text": "counts"},
        {"id": "SR-04", "stage": 2, "text": "looks ahead"},
    ],
}
INI = """
[pytest]
pythonpath = {}
addopts = -p plugins.requirements_mark -p no:hypothesispytest
testpaths = tests
requirements = requirements.json
"""
PASSING = """
import pytest

@pytest.mark.req("PR-01")
def test_runs():
    pass

@pytest.mark.req("SR-01")
class TestCounts:
    def test_once(self):
        pass

    @pytest.mark.req("SR-04")
    def test_twice(self):
        pass
"""


@pytest.fixture
def suite(pytester, request):
    """A suite in tests/ with the plugin and three requirements."""
    (pytester.path / "requirements.json").write_text(json.dumps(TABLE))
    pytester.makeini(INI.format(request.config.rootpath / "host_tests"))
    pytester.mkdir("tests")
    return pytester


def run(suite, source, *options):
    """Run the suite with this source: (exit code, what it says). In a process of its own where it has workers."""
    (suite.path / "tests" / "test_it.py").write_text(source)
    result = suite.runpytest_subprocess(*options) if "-n" in options else suite.runpytest_inprocess(*options)
    return result.ret, result.stdout.str()


def results(suite):
    """What the run left for the matrix: {test: (outcome, requirements)}."""
    found = json.loads((suite.path / "build" / "trace" / "results.json").read_text())
    return {row["test"].partition("::")[2]: (row["outcome"], row["requirements"]) for row in found["tests"]}


def instead_of_running(statement):
    """The passing suite with another body for the only test of PR-01."""
    return PASSING.replace("test_runs():\n    pass", f"test_runs():\n    {statement}")


WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])


@WORKERS
def test_a_whole_run_lists_what_is_not_yet_due_and_leaves_results(suite, workers):
    code, output = run(suite, PASSING, *workers)
    assert code == 0
    assert "requirements: 2 of 2 due at stage 1 tried by a test; not yet due (1): SR-04" in output
    assert results(suite) == {
        "TestCounts::test_once": ("passed", ["SR-01"]),
        "TestCounts::test_twice": ("passed", ["SR-01", "SR-04"]),
        "test_runs": ("passed", ["PR-01"]),
    }


@WORKERS
def test_a_due_id_without_a_test_fails_the_run(suite, workers):
    code, output = run(suite, PASSING.replace('"PR-01"', '"SR-04"'), *workers)
    assert code == 1
    assert "requirement PR-01 is due (stage 1), but no test names it" in output
    assert "requirements: 1 of 2 due" in output


@WORKERS
def test_an_unknown_id_is_an_error_in_one_line(suite, workers):
    code, output = run(suite, PASSING.replace('"PR-01"', '"SR-99"'), *workers)
    assert code != 0
    assert "test_runs: unknown requirement SR-99" in output
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output


@pytest.mark.parametrize("statement", ["pytest.skip('later')", "pytest.xfail('known')"])
def test_a_due_id_whose_tests_were_all_skipped_fails_the_run(suite, statement):
    code, output = run(suite, instead_of_running(statement))
    assert code == 1
    assert "requirement PR-01 is due (stage 1), but every test that names it was skipped" in output


def test_a_failure_is_a_failure_in_the_results(suite):
    code, _ = run(suite, instead_of_running("assert 0"))
    assert code == 1
    assert results(suite)["test_runs"] == ("failed", ["PR-01"])


@pytest.mark.parametrize("selection", [("-k", "once"), ("tests/test_it.py::TestCounts",), ("--ignore", "tests/other")])
def test_a_selection_is_not_judged(suite, selection):
    code, output = run(suite, PASSING.replace('"PR-01"', '"SR-04"'), *selection)
    assert code == 0
    assert "requirement PR-01" not in output
    assert "requirements:" not in output
    assert not (suite.path / "build").exists()


def test_one_requirement_can_be_run_alone_without_importing_files_that_do_not_name_it(suite):
    (suite.path / "tests" / "test_other.py").write_text("raise SystemError")
    code, output = run(suite, PASSING, "--req", "SR-04")
    assert code == 0
    assert "1 passed, 2 deselected" in output
    assert not (suite.path / "build").exists()


def test_an_unknown_id_to_run_alone_is_refused(suite):
    result = suite.runpytest_inprocess("--req", "SR-99")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "unknown requirement SR-99" in result.stderr.str()


def test_the_table_has_every_id_with_what_the_matrix_shows(request):
    table = json.loads((request.config.rootpath / "host_tests" / "requirements.json").read_text(encoding="utf-8"))
    rows = table["requirements"]
    assert [row["id"] for row in rows] == [f"PR-{n:02}" for n in range(1, 19)] + [f"SR-{n:02}" for n in range(1, 43)]
    for row in rows:
        assert row["stage"] in range(1, 7), row["id"]
        assert row["text"].endswith("."), row["id"]
        if row["id"].startswith("SR"):
            assert row["hazard"], row["id"]
            assert row["how_to_try"], row["id"]
