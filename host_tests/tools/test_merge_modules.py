"""Merging the firmware's modules: names keep their meaning, and the merged firmware gives the same journal."""

import json
import os
import subprocess
import sys
from pathlib import Path

from thecal_tools import merge_modules, simulate
from thecal_tools.compact_firmware import FIRMWARE, HOST_ONLY
from thecal_tools.fold_board import for_board
from thecal_tools.fold_constants import folded
from thecal_tools.mpy_build import ROOT
from thecal_tools.scenario_file import board_module, load

START_ONLY = '_START_ONLY = ("thecal.app", "thecal.first")\n'
APP = (
    "from thecal import first, twins\n"
    "from thecal.other import Thing, twice\n"
    f"{START_ONLY}"
    "def compose():\n"
    "    return first.begin(), twins.size(), Thing().size(), twice(2), later(), shadow(3)\n"
    "def shadow(twins):\n"
    "    return twins + 1\n"
    "def later():\n"
    "    from thecal import lazy\n"
    "    return lazy.value()\n"
)
SOURCES = {
    "main.py": "from thecal.app import compose\nresult = compose()\n",
    "thecal/__init__.py": 'VERSION = "1"\n',
    "thecal/app.py": APP,
    "thecal/first.py": "from thecal import other\n_size = 1\ndef begin():\n    return _size + len(other.NAMES)\n",
    "thecal/twins.py": "_size = 20\ndef size():\n    return _size\n",
    "thecal/other.py": (
        '"""Words."""\nNAMES = ("a", "b")\n_size = 300\n'
        "class Thing:\n    _size = 4000\n    def size(self):\n        return self._size + _size\n"
        "def twice(_size):\n    return 2 * _size\n"
    ),
    "thecal/lazy.py": (
        "from thecal import other\nfrom thecal.twins import size\ndef value():\n    return size() + len(other.NAMES)\n"
    ),
}
RESULT = (3, 20, 4300, 4, 22, 4)


def run(sources: dict[str, str], folder: Path) -> str:
    for path, text in sources.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    script = "import main, sys; print(main.result, *sorted(name for name in sys.modules if name.startswith('thecal.')))"
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, encoding="utf-8", check=True)
    return done.stdout.strip()


def test_merged_modules_do_the_same_in_fewer_files(tmp_path):
    assert run(SOURCES, tmp_path / "before").startswith(f"{RESULT} thecal.app")
    merged = merge_modules.merged(SOURCES)
    assert set(merged) == {
        "main.py",
        "thecal/__init__.py",
        "thecal/lazy.py",
        "thecal/resident.py",
        "thecal/start.py",
    }
    assert run(merged, tmp_path / "after") == f"{RESULT} thecal.lazy thecal.resident thecal.start"
    assert "'thecal.start', 'thecal.start'" in merged["thecal/start.py"]


def test_a_module_that_is_passed_as_a_value_stays_on_its_own(tmp_path):
    sources = {
        **SOURCES,
        "thecal/twins.py": "from thecal import other\ndef size():\n    return len(vars(other)['NAMES'])\n",
    }
    merged = merge_modules.merged(sources)
    assert "thecal/other.py" in merged
    assert run(merged, tmp_path).startswith("(3, 2, 4300, 4, 4, 4)")


def test_what_a_later_module_needs_of_the_start_stays_on_its_own(tmp_path):
    app = APP.replace(START_ONLY, '_START_ONLY = ("thecal.app", "thecal.first", "thecal.twins")\n')
    merged = merge_modules.merged({**SOURCES, "thecal/app.py": app})
    assert "thecal/twins.py" in merged
    assert run(merged, tmp_path).startswith(str(RESULT))


def test_a_pio_program_stays_on_its_own():
    sources = {path.relative_to(FIRMWARE).as_posix(): path.read_text("utf-8") for path in FIRMWARE.rglob("*.py")}
    merged = merge_modules.merged(for_board(sources, board_module("RPI_PICO")))
    alone = {path for path, text in merged.items() if "asm_pio" in text}
    assert alone == {"thecal/drivers/rotation_rp2.py", "thecal/drivers/step_train_rp2.py"}


SHIM = "".join(
    f"from thecal.start import {name}_of_thecal_app as {name}\n" for name in ("commission_new", "compose", "motor_off")
)
CHILD = """
import json, sys
from virtual_bench import scenario_run
import board
with open(sys.argv[1], encoding="utf-8") as stream:
    raw = scenario_run.run(json.load(stream), board, None)
print(raw["journal"].hex())
"""


def test_the_merged_firmware_writes_the_same_journal(tmp_path):
    sources = {path.relative_to(FIRMWARE).as_posix(): path.read_text("utf-8") for path in FIRMWARE.rglob("*.py")}
    own = for_board(sources, board_module("RPI_PICO"))
    texts = {path: text for path, text in folded(own, drops_names=False).items() if path not in HOST_ONLY}
    tables = {path: text for path, text in sources.items() if path.startswith("thecal/tables/")}
    hosts = {path: sources[path] for path in HOST_ONLY}
    merged = tables | merge_modules.merged(texts) | hosts | {"thecal/app.py": SHIM}
    firmware = tmp_path / "firmware"
    for path, text in merged.items():
        (firmware / path).parent.mkdir(parents=True, exist_ok=True)
        (firmware / path).write_text(text, encoding="utf-8")
    scenario = load(ROOT / "host_tests" / "scenarios" / "simple_day.json")
    (tmp_path / "compiled.json").write_text(json.dumps(scenario.compiled), encoding="utf-8")
    bench = [ROOT / "tools", *(ROOT / "tools" / "virtual_bench" / name for name in ("modules", "cpython"))]
    path = os.pathsep.join(map(str, [firmware, ROOT / "boards" / "RPI_PICO", *bench]))
    command = [sys.executable, "-c", CHILD, str(tmp_path / "compiled.json")]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == simulate.simulate(scenario).journal.hex()
