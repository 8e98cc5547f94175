"""The summary of skipped tests, tried on small suites of its own."""

import pytest

SOURCE = """
import pytest
from plugins.skip_summary import skip_for

@pytest.mark.needs("proof")
@pytest.mark.parametrize("board", range(3))
def test_boots(board):
    raise AssertionError

def test_finds_out():
    skip_for("board")

def test_without_class():
    pytest.skip("not on Tuesdays")

def test_runs():
    pass
"""


@pytest.fixture
def suite(pytester, monkeypatch, request):
    """A suite with the plugin, on a machine that has nothing special."""
    for name in ("THECAL_BOARD", "THECAL_PROOF"):
        monkeypatch.delenv(name, raising=False)
    folder = request.config.rootpath / "host_tests"
    pytester.makeini(f"[pytest]\npythonpath = {folder}\naddopts = -p plugins.skip_summary -p no:hypothesispytest\n")
    return pytester


def test_one_line_for_each_class_of_all_workers(suite):
    suite.makepyfile(SOURCE)
    result = suite.runpytest_subprocess("-n", "2")
    result.assert_outcomes(passed=1, skipped=5)
    result.stdout.fnmatch_lines_random(
        [
            "skipped 3: a long proof; to run: THECAL_PROOF=1 make test",
            "skipped 1: no board attached; to run: THECAL_BOARD=*",
            "skipped 1: not on Tuesdays",
        ]
    )


def test_runs_where_what_it_needs_is_there(suite, monkeypatch):
    monkeypatch.setenv("THECAL_PROOF", "1")
    suite.makepyfile(SOURCE)
    suite.runpytest_inprocess("-k", "boots").assert_outcomes(failed=3, deselected=3)


def test_an_unknown_need_is_an_error_and_no_skip(suite):
    suite.makepyfile(SOURCE.replace('"proof"', '"ufo"'))
    result = suite.runpytest_inprocess("-k", "boots")
    result.assert_outcomes(errors=3, deselected=3)
    assert 'unknown need "ufo"; there are uf2, board, proof' in result.stdout.str()


def test_says_nothing_where_nothing_is_skipped(suite):
    suite.makepyfile(SOURCE)
    assert "skipped 0" not in suite.runpytest_inprocess("-k", "runs").stdout.str()
    assert "to run" not in suite.runpytest_inprocess("-k", "runs").stdout.str()
