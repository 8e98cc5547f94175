"""`thecal bench`: what it measures on real MicroPython, and how it shows and keeps it."""

import io
import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from rich.console import Console

from thecal_tools import micropython_host, mpy_build
from thecal_tools.bench_figures import figure, measure, mpy_files, speed, table
from thecal_tools.errors import ThecalError
from thecal_tools.files import FileError, Source, check_schema
from thecal_tools.verbs import bench as verb

SMALL = measure.Extent(
    hours=2, runs_cpython=1, runs_micropython=1, growth_hours=2, settled_hours=1, wakes=100, step_hours=1
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A document of a short measurement, and the progress that was told."""
    try:
        micropython_host.find_node()
    except micropython_host.HostError as error:
        pytest.skip(f"real MicroPython: {error}")
    told = []
    document = measure.document(SMALL, tmp_path_factory.mktemp("bench"), lambda what, done: told.append((what, done)))
    return SimpleNamespace(document=document, told=told)


@pytest.fixture
def document():
    """A made-up document in which one figure keeps its budget, one is over, one is under and one has none."""
    figures = [
        figure.Figure("speed_cpython", "speed", 49_999, "s/s"),
        figure.Figure("heap_composed", "heap", 73_729, "bytes"),
        figure.Figure("mpy_bytes", "size", 65_536, "bytes"),
        figure.Figure("wake_us", "wake", 27.5, "us"),
    ]
    machine = {"python": "P", "node": "N", "micropython": "M", "system": "S", "processor": "C", "cpus": 2}
    return {
        "format": measure.FORMAT,
        "firmware_version": "0.1.0",
        "commit": "abc",
        "changed_since": False,
        "date": "2026-11-22T00:00:00+00:00",
        "machine": machine,
        "figures": [one.document() for one in figures],
        "rooms": {"pump": {"files": 2, "mpy_bytes": 4_321, "names": 17, "heap_bytes": 7_654}},
        "heap": {
            "code": 1,
            "merging_saves": 6,
            "names": 2,
            "name_count": 3,
            "objects": 4,
            "board_data": 5,
            "by_hour": [0, 16],
        },
        "wakes": {"simulated_s": 86_400, "passes": 38_540, "by_task": {"supervisor": 14_399}},
        "emulated": None,
    }


def shown(document):
    stream = io.StringIO()
    table.show(document, Console(file=stream, width=200, highlight=False))
    return stream.getvalue().splitlines()


def line_of(lines, word):
    return next(line for line in lines if word in line.split())


# What is measured


def test_a_measurement_is_a_valid_document(measured):
    check_schema(measured.document, "bench", Source("bench.json"))
    assert json.loads(json.dumps(measured.document)) == measured.document


def test_figures_are_plausible(measured):
    values = {one["name"]: one["value"] for one in measured.document["figures"]}
    # Speeds are figures and no tests: another program on the machine may slow either of them down at any time.
    assert values["speed_cpython"] > 0 and values["speed_micropython"] > 0
    assert 30_000 < values["heap_composed"] < 120_000
    assert 20_000 < values["mpy_bytes"] < 120_000
    assert 0 < values["wake_us"] < 10_000
    assert 0 < values["step_us"] < 100_000
    assert values["wake_bytes"] == 0


def test_heap_is_the_sum_of_what_it_consists_of(measured):
    heap = measured.document["heap"]
    values = {one["name"]: one["value"] for one in measured.document["figures"]}
    assert values["heap_composed"] == heap["code"] + heap["names"] + heap["objects"]
    rooms = measured.document["rooms"].values()
    assert sum(room["heap_bytes"] for room in rooms) == heap["code"] + heap["merging_saves"]
    assert heap["merging_saves"] > 0
    # The pool's entries alone are 7 bytes; a crossing of its size would make 9 KB of it.
    assert 9 < heap["names"] / heap["name_count"] < 25
    assert 2_000 < heap["objects"] < 12_000
    assert len(heap["by_hour"]) == SMALL.growth_hours + 1


def test_rooms_are_those_of_the_firmware(measured):
    assert {"drivers", "link", "panel", "pump", "records", "runtime", "safety", "tables", "therapy", "top"} == set(
        measured.document["rooms"]
    )
    total = next(one["value"] for one in measured.document["figures"] if one["name"] == "mpy_bytes")
    assert 0.7 < total / sum(room["mpy_bytes"] for room in measured.document["rooms"].values()) < 1


def test_watchdog_wakes_are_counted(measured):
    wakes = measured.document["wakes"]
    assert wakes["simulated_s"] == SMALL.hours * 3600
    # One every six seconds.
    assert wakes["by_task"]["supervisor"] in (1199, 1200)
    assert wakes["passes"] > sum(wakes["by_task"].values())


def test_a_day_without_presses_is_measured():
    assert speed.wakes(1).by_task["panel"] < 5


def test_progress_goes_from_nothing_to_all(measured):
    done = [part for _, part in measured.told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0.0, 1.0)


# Names in .mpy files


def test_names_of_a_module_are_read_from_its_file(tmp_path):
    source = tmp_path / "room" / "thing.py"
    source.parent.mkdir()
    source.write_text(
        "class Kettle:\n    def boil(self, litres):\n        self.hot = len('lukewarm')\n        print(litres)\n"
    )
    made = mpy_build.build({"room/thing.mpy": source}, tmp_path / "made")["room/thing.mpy"]
    found = mpy_files.names(made.read_bytes(), "room/thing.mpy")
    assert {"Kettle", "boil", "litres", "hot", "lukewarm", "room", "thing", "room.thing"} <= found
    # Every interpreter has these.
    assert not {"len", "print", "__init__"} & found


@pytest.mark.parametrize("content", [b"", b"M", b"X\x06\x00\x1f"])
def test_what_is_no_mpy_file_is_refused(content):
    with pytest.raises(ThecalError, match=r"thecal/app.mpy: is no .mpy file"):
        mpy_files.names(content, "thecal/app.mpy")


@pytest.mark.parametrize(
    ("target", "module", "room"),
    [
        ("thecal/pump/delivery.mpy", "thecal.pump.delivery", "pump"),
        ("thecal/pump/__init__.mpy", "thecal.pump", "pump"),
        ("thecal/app.mpy", "thecal.app", "top"),
        ("main.mpy", "main", "top"),
    ],
)
def test_modules_and_rooms_of_targets(target, module, room):
    assert mpy_files.module_name(target) == module
    assert mpy_files.room_of(target) == room


def test_a_module_comes_after_those_that_it_imports():
    wanted = {"thecal.pump.delivery", "thecal.tables", "thecal.tables.ticks", "thecal", "thecal.pump"}
    order = list(mpy_files.in_import_order(wanted))
    assert sorted(order) == sorted(wanted)
    assert order.index("thecal.tables.ticks") < order.index("thecal.pump.delivery")
    assert order.index("thecal.pump") < order.index("thecal.pump.delivery")


# How it is shown


@pytest.mark.parametrize(
    ("name", "value", "ok"),
    [
        ("speed_cpython", 50_000, True),
        ("speed_cpython", 49_999, False),
        ("heap_composed", 73_728, True),
        ("heap_composed", 73_729, False),
        ("heap_growth", 0, True),
        ("heap_growth", 16, False),
        ("wake_us", 1e9, None),
    ],
)
def test_budgets(name, value, ok):
    assert figure.Figure(name, "", value, "").is_ok is ok


def test_each_figure_stands_beside_its_budget_with_a_mark(document):
    lines = shown(document)
    expected = (
        "speed 49,999 s/s at least 50,000 s/s under",
        "heap 73,729 B at most 73,728 B over",
        "size 65,536 B at most 65,536 B ok",
        "wake 27.5 µs",
        "pump 2 4,321 17 7,654",
    )
    for line in expected:
        assert " ".join(line_of(lines, line.split()[0]).split()) == line
    assert any("supervisor 14,399" in line for line in lines)


def test_figures_of_the_emulated_chip_are_shown_with_their_budgets(document, tmp_path):
    left = {
        "format": "thecal.emulated/1",
        "image": "RPI_PICO.uf2",
        "firmware": "0.1.0",
        "boot_ms": {"motor_off_ours": 41.5, "self_test": 1200.0, "therapy": 1300, "new": 1},
        "heap_bytes": {"since_main": 54_352, "free_composed": 187_184},
        "steps": {},
    }
    (tmp_path / "emulated.json").write_text(json.dumps(left), encoding="utf-8")
    document["emulated"] = measure.emulated(tmp_path)
    check_schema(document, "bench", Source("bench.json"))
    lines = shown(document)
    assert any("RPI_PICO.uf2" in line for line in lines)
    marks = {value: next(line.split()[-1] for line in lines if f"{value} " in line) for value in ("41.5", "1,200.0")}
    assert marks == {"41.5": "ok", "1,200.0": "over"}
    assert any("54,352 B" in line and line.rstrip().endswith("ok") for line in lines)
    assert any("187,184 B" in line for line in lines)


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"image": 1}'])
def test_missing_or_damaged_figures_of_the_chip_are_left_out(tmp_path, content):
    if content is not None:
        (tmp_path / "emulated.json").write_text(content, encoding="utf-8")
    assert measure.emulated(tmp_path) is None


# The verb


def call(monkeypatch, document, *arguments):
    seen = []

    def made(extent, folder, progress):
        progress("something", 0.5)
        seen.append((extent, folder))
        return document

    monkeypatch.setattr(measure, "document", made)
    return CliRunner().invoke(verb.bench, [*map(str, arguments)], standalone_mode=False), seen


def test_figures_over_budget_are_shown_and_fail_nothing(monkeypatch, document, tmp_path):
    result, seen = call(monkeypatch, document, "--out", tmp_path / "new")
    assert (result.exception, result.exit_code) == (None, 0)
    assert seen == [(measure.Extent(), tmp_path / "new")]
    assert "over" in result.stdout
    assert "bench.json" in result.stdout
    assert "measuring, 50% done: something" in result.stderr
    assert json.loads((tmp_path / "new/bench.json").read_text(encoding="utf-8")) == document


def test_json_is_all_that_it_prints_then(monkeypatch, document, tmp_path):
    result, _ = call(monkeypatch, document, "--out", tmp_path, "--json")
    assert json.loads(result.stdout) == document


def test_a_file_in_place_of_the_folder_is_refused_before_measuring(monkeypatch, document, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("x", encoding="utf-8")
    result, seen = call(monkeypatch, document, "--out", taken)
    assert isinstance(result.exception, ThecalError)
    assert seen == []


def test_the_schema_knows_every_field(document):
    check_schema(document, "bench", Source("bench.json"))
    with pytest.raises(FileError, match="unexpected"):
        check_schema({**document, "unexpected": 1}, "bench", Source("bench.json"))
    del document["heap"]
    with pytest.raises(FileError, match="heap"):
        check_schema(document, "bench", Source("bench.json"))
