"""Puts the numbers of the firmware's tables in place of their names, in what is sent to a board.

`doses.PATIENT` costs a board the name, an entry in the module's dictionary and two look-ups each time; the number costs
two bytes. Only whole numbers that a module of thecal.tables gives once at its top level are folded. A table of which
nothing else is used is then not imported at all.
"""

import ast
import re
from collections.abc import Mapping

_TABLES = "thecal/tables/"
_IMPORT = re.compile(r"^(?P<indent>[ ]*)from thecal\.tables import (?P<names>[a-z_, ]+)$", re.MULTILINE)


def folded(sources: Mapping[str, str]) -> dict[str, str]:
    """The firmware's sources with folded constants, by the same keys (paths)."""
    numbers = {
        path[len(_TABLES) : -len(".py")]: _numbers(source)
        for path, source in sources.items()
        if path.startswith(_TABLES)
    }
    return {path: _fold(source, numbers) for path, source in sources.items()}


def _numbers(source: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            target, value = statement.targets[0], statement.value.value
            if isinstance(target, ast.Name) and type(value) is int:
                found[target.id] = value
    return found


def _fold(source: str, numbers: Mapping[str, Mapping[str, int]]) -> str:
    tables = {name.strip() for match in _IMPORT.finditer(source) for name in match["names"].split(",")}
    lines = source.splitlines(keepends=True)
    # From the end, so that the columns before a place stay right.
    places = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
    for node in sorted(places, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        owner = node.value
        if not (isinstance(owner, ast.Name) and owner.id in tables and node.attr in numbers.get(owner.id, {})):
            continue
        line = lines[node.lineno - 1]
        # ast counts columns in bytes; the firmware's code lines are ASCII.
        start, end = node.col_offset, node.end_col_offset or 0
        lines[node.lineno - 1] = line[:start] + str(numbers[owner.id][node.attr]) + line[end:]
    return _drop_unused_imports("".join(lines))


def _drop_unused_imports(source: str) -> str:
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}

    def keep(match: re.Match[str]) -> str:
        names = [name.strip() for name in match["names"].split(",") if name.strip() in used]
        return f"{match['indent']}from thecal.tables import {', '.join(names)}" if names else match["indent"] + "pass"

    return _IMPORT.sub(keep, source)
