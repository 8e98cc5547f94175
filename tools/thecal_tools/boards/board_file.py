"""Reads and checks a board's data: board.py as data alone, pins.csv beside it, by the rules that the board has too.

board.py is read, never run: it may hold a docstring and assignments of numbers, texts and tuples of them.
"""

import ast
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from thecal.safety import board_check
from thecal.tables import texts
from thecal_tools.files import FileError

BOARDS = Path(__file__).resolve().parents[3] / "boards"
PHASES = "PUMP_PHASE_"
_PIN = re.compile(r"(EXT_)?GPIO\d+")


@dataclass(frozen=True)
class Fault:
    """One fault: where, the name, its value, what is wrong, what to do. path: relative to the caller's folder."""

    path: str
    line: int
    name: str
    value: Any
    rule: str
    action: str

    def __str__(self) -> str:
        shown = self.name if self.value is None else f"{self.name} = {self.value}"
        return f"{self.path}:{self.line}: {shown}: {self.rule}: {self.action}"


class BoardData(SimpleNamespace):
    """What a board.py says, by name, as the firmware would see the module."""


def names() -> list[str]:
    """Of all boards that there are."""
    return sorted(path.parent.name for path in BOARDS.glob("*/board.py"))


def path_of(board: str) -> Path:
    """The board.py meant by a board's name or by a path to the file or its folder. Raises FileError."""
    named = BOARDS / board / "board.py"
    if named.is_file() and "/" not in board:
        return Path(os.path.relpath(named)) if named.is_relative_to(Path.cwd()) else named
    path = Path(board)
    path = path / "board.py" if path.is_dir() else path
    if not path.is_file():
        rule = f"no such board or file: there is {', '.join(names())}, or give the path of a board.py"
        raise FileError(board, "", None, rule)
    return path


def read(path: Path) -> tuple[BoardData, dict[str, int]]:
    """What a board.py says, and the line of each name. Raises FileError where it is more than data."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(path, "", None, f"cannot be read ({error}): give a text file") from None
    except SyntaxError as error:
        raise FileError(path, f"line {error.lineno}", None, f"is no Python ({error.msg}): mend that line") from None
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        if not isinstance(node, ast.Assign) or not isinstance(target, ast.Name):
            rule = "is not an assignment to one name: a board.py is data only, nothing is run or imported"
            raise FileError(path, f"line {node.lineno}", None, rule)
        if target.id in values:
            raise FileError(path, f"line {node.lineno}", target.id, "is assigned twice: keep one")
        try:
            values[target.id] = ast.literal_eval(node.value)
        except (ValueError, TypeError):
            rule = "is reckoned: write the number, the text or the tuple itself"
            raise FileError(path, f"line {node.lineno}", target.id, rule) from None
        lines[target.id] = node.lineno
    return BoardData(**values), lines


def faults(path: Path) -> list[Fault]:
    """Every fault of a board.py, and of pins.csv where one lies beside it. Raises FileError."""
    data, lines = read(path)
    found = []
    for rule, name in board_check.faults(data):
        base = name.partition("[")[0]
        words, action = texts.BOARD_RULES[rule]
        value = _value(data, name)
        found.append(Fault(str(path), lines.get(base, 1), name, value, words, action))
    if path.with_name("pins.csv").is_file():
        found += _against_pins(path, data, lines)
    return found


def _value(data: BoardData, name: str) -> Any:
    base, _, index = name.partition("[")
    value = getattr(data, base, None)
    if index and isinstance(value, tuple) and len(value) == 4:
        return value[int(index[0])]
    return value


def _against_pins(path: Path, data: BoardData, lines: Mapping[str, int]) -> list[Fault]:
    table = path.with_name("pins.csv")
    listed = pins(table)
    found = []
    for name, _, pin in board_check.pins(data):
        base, _, index = name.partition("[")
        signal = f"{PHASES}{int(index[0]) + 1}" if index else name
        if pin is not None and listed.get(signal) != f"GPIO{pin}":
            rule = f"is {listed.get(signal, 'not there')} as {signal} in {table.name}, which the wiring is drawn from"
            found.append(Fault(str(path), lines.get(base, 1), name, pin, rule, "make them agree"))
    return found


def pins(path: Path) -> dict[str, str]:
    """Upstream's pins.csv: the chip's pin ("GPIO2", "EXT_GPIO0") by name, in the file's order. Raises FileError."""
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        name, comma, pin = line.partition(",")
        if not name or not comma or not _PIN.fullmatch(pin):
            raise FileError(path, f"line {number}", line, "must be NAME,GPIOn: write it so")
        if name in found:
            raise FileError(path, f"line {number}", name, "is there twice: keep one")
        found[name] = pin
    return found
