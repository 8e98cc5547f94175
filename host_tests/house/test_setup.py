"""Set-up (tools/setup): what can be tried without installing anything."""

import re
import subprocess
import sys
import tomllib

import pytest

import lock
import places
import prepare
import steps


@pytest.fixture
def stamp(monkeypatch, tmp_path):
    """A stamp file of the test's own."""
    monkeypatch.setattr(prepare, "STAMP", tmp_path / "stamp.json")
    return tmp_path / "stamp.json"


@pytest.fixture
def log(monkeypatch, tmp_path):
    """The set-up log in a work tree of the test's own."""
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.setattr(steps, "LOG", tmp_path / "build" / "setup.log")
    return tmp_path / "build" / "setup.log"


@pytest.fixture
def source(tmp_path):
    """An input file of a step."""
    path = tmp_path / "some.lock"
    path.write_text("one")
    return path


def counting(name, runs, **more):
    """A step that notes each run."""
    return steps.Step(name, name, lambda: runs.append(name) or "made", **more)


def quiet(text):
    """Takes progress and says nothing."""


class TestPrepare:
    def test_a_second_call_does_nothing(self, stamp, source):
        runs, shown = [], []
        step_list = [counting("a", runs, inputs=[source]), counting("b", runs)]
        prepare.prepare(step_list, shown.append)
        shown.clear()
        prepare.prepare(step_list, shown.append)
        assert runs == ["a", "b"]
        assert shown == []

    def test_only_the_step_whose_input_changed_runs_again(self, stamp, source):
        runs = []
        step_list = [counting("a", runs, inputs=[source]), counting("b", runs)]
        prepare.prepare(step_list, quiet)
        source.write_text("two")
        prepare.prepare(step_list, quiet)
        assert runs == ["a", "b", "a"]

    def test_a_step_runs_again_when_its_result_is_gone(self, stamp, source):
        runs = []
        step_list = [counting("a", runs, makes=[source])]
        prepare.prepare(step_list, quiet)
        source.unlink()
        prepare.prepare(step_list, quiet)
        assert runs == ["a", "a"]

    def test_goes_on_where_a_failed_call_stopped(self, stamp):
        runs = []

        def fail():
            raise steps.SetupError("no network")

        with pytest.raises(steps.SetupError):
            prepare.prepare([counting("a", runs), steps.Step("b", "b", fail)], quiet)
        prepare.prepare([counting("a", runs), counting("b", runs)], quiet)
        assert runs == ["a", "b"]

    @pytest.mark.parametrize("text", ["", "{", "[]", "3"])
    def test_a_damaged_stamp_counts_as_none(self, stamp, text):
        stamp.write_text(text)
        assert prepare.read_stamp() == {}

    def test_an_old_python_is_told_what_to_do(self):
        with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, this is 3\.9; .*make PYTHON="):
            prepare.refuse_old_python((3, 9, 18))

    def test_a_failure_is_one_line_without_traceback(self, stamp, monkeypatch):
        def fail():
            raise steps.SetupError("installing x failed: no network; try again")

        monkeypatch.setattr(steps, "all_steps", lambda: [steps.Step("x", "x", fail)])
        with pytest.raises(SystemExit) as stop:
            prepare.main()
        assert stop.value.code == "set-up: installing x failed: no network; try again"


class TestCall:
    def test_a_failing_command_names_its_telling_line_and_the_log(self, log):
        script = "print('some'); print('ERROR: no such thing'); print('bye'); raise SystemExit(3)"
        with pytest.raises(steps.SetupError) as failure:
            steps.call("installing x", [sys.executable, "-c", script], "try again")
        assert str(failure.value) == "installing x failed: ERROR: no such thing; try again (all of it: build/setup.log)"
        assert "bye" in log.read_text()

    def test_a_missing_command_is_a_set_up_error(self, log):
        with pytest.raises(steps.SetupError, match=r"installing x failed: .*No such file"):
            steps.call("installing x", ["./not-there"], "try again")

    @pytest.mark.parametrize(
        ("output", "line"),
        [
            ("", "no output"),
            ("a\nb\n", "b"),
            ("npm error FetchError: no way\nnpm error   at x\nnpm error }", "npm error FetchError: no way"),
            ("npm error code X\nnpm error A complete log of this run is y", "npm error code X"),
            ("ERROR: one\nERROR: two\nhint", "ERROR: two"),
        ],
    )
    def test_telling_line(self, output, line):
        assert steps.telling_line(output) == line


@pytest.mark.parametrize(("version", "will_do"), [("20.0.0", True), ("24.19.0", True), ("18.20.1", False), ("", False)])
def test_node_must_be_new_enough(version, will_do):
    assert steps.new_enough(version) is will_do


def test_the_venvs_own_node_is_not_taken_for_the_machines():
    assert steps.outside_venv(f"/usr/bin:{places.VENV_BIN}:/bin") == "/usr/bin:/bin"


class TestLocks:
    @pytest.mark.parametrize("path", lock.lock_files(), ids=lambda path: path.name)
    def test_names_no_registry(self, path):
        text = path.read_text()
        assert lock.hosts_named(text) == []
        assert "--index-url" not in text
        assert "--find-links" not in text

    @pytest.mark.parametrize("path", [p for p in lock.lock_files() if p.suffix == ".lock"], ids=lambda path: path.name)
    def test_every_package_is_pinned_with_hashes(self, path):
        packages = re.findall(r"^([a-z][^\s]*)(.*(?:\n    --hash.*)*)", path.read_text(), re.MULTILINE)
        assert packages
        for name, rest in packages:
            assert "==" in name, name
            assert "--hash=sha256:" in rest, name


class TestPythonPath:
    def test_the_tests_have_the_trees_path(self):
        table = tomllib.loads((places.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        assert tuple(table["tool"]["pytest"]["ini_options"]["pythonpath"][:4]) == places.PYTHONPATH

    def test_the_launcher_has_the_trees_path(self):
        line = "PYTHONPATH=" + ":".join(f"$root/{entry}" for entry in places.PYTHONPATH)
        assert line in (places.ROOT / "thecal").read_text().splitlines()

    def test_the_launcher_without_set_up_says_what_to_do(self, tmp_path):
        launcher = tmp_path / "thecal"
        launcher.write_bytes((places.ROOT / "thecal").read_bytes())
        done = subprocess.run(["sh", launcher], capture_output=True, encoding="utf-8", check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "thecal: not set up yet: run `make run` first\n"
