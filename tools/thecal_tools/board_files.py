"""The files of the firmware that one board gets: all modules as .mpy, and the two that MicroPython starts as source.

MicroPython starts boot.py and main.py by these names and nothing else, so these two stay their compact source.
"""

from thecal_tools import mpy_build
from thecal_tools.scenario_file import BOARDS

BOOT, MAIN, BOARD = "boot.py", "main.py", "board.mpy"


def files(board: str) -> dict[str, bytes]:
    """Path on the board to content, the board's data among them; no manifest. Raises BuildError."""
    modules = mpy_build.board_sources(board) | {BOARD: BOARDS / board / "board.py"}
    started = {name: modules.pop(f"{name.removesuffix('.py')}.mpy") for name in (BOOT, MAIN)}
    built = mpy_build.build(modules, mpy_build.BUILD_FOR_BOARD / board)
    found = {path: made.read_bytes() for path, made in built.items()}
    return found | {name: source.read_bytes() for name, source in started.items()}
