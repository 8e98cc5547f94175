"""Puts the numbers of the firmware's tables in place of their names, in what is sent to a board.

`doses.PATIENT` costs a board the name, an entry in the module's dictionary and two look-ups each time; the number costs
two bytes. Only whole numbers that a module of thecal.tables gives once at its top level are folded. A table of which
nothing else is used is then not imported at all.
"""

import ast
import re
from collections.abc import Iterator, Mapping

_TABLES = "thecal/tables/"
_IMPORT = re.compile(r"^(?P<indent>[ ]*)from thecal\.tables import (?P<names>[a-z_, ]+)$", re.MULTILINE)

Numbers = Mapping[str, Mapping[str, int]]


def folded(sources: Mapping[str, str], *, drops_names: bool) -> dict[str, str]:
    """The firmware's sources with folded constants, by the same keys (paths).

    drops_names: nobody outside reads the tables, so that the folded names go from them as well.
    """
    numbers = {
        path[len(_TABLES) : -len(".py")]: _numbers(sources[path]) for path in sources if path.startswith(_TABLES)
    }
    made = {path: _drop_unused_imports(_replace(text, _uses(text, numbers))) for path, text in sources.items()}
    if drops_names:
        for table, own in numbers.items():
            path = f"{_TABLES}{table}.py"
            made[path] = _without_definitions(_replace(made[path], _own_uses(made[path], own)), own)
    return made


def _numbers(source: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, value, _ in _definitions(source):
        found[name] = value
    return found


def _definitions(source: str) -> Iterator[tuple[str, int, int]]:
    """(name, value, line) of each whole number that is given a name at the top level, on a line of its own."""
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            target, value = statement.targets[0], statement.value.value
            if isinstance(target, ast.Name) and type(value) is int and statement.lineno == statement.end_lineno:
                yield target.id, value, statement.lineno


def _uses(source: str, numbers: Numbers) -> list[tuple[ast.expr, int]]:
    tables = {name.strip() for match in _IMPORT.finditer(source) for name in match["names"].split(",")}
    found: list[tuple[ast.expr, int]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in tables:
            own = numbers.get(node.value.id, {})
            if node.attr in own:
                found.append((node, own[node.attr]))
    return found


def _own_uses(source: str, own: Mapping[str, int]) -> list[tuple[ast.expr, int]]:
    return [
        (node, own[node.id])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in own
    ]


def _replace(source: str, uses: list[tuple[ast.expr, int]]) -> str:
    lines = source.splitlines(keepends=True)
    # From the end, so that the columns before a place stay right. ast counts them in bytes; code lines are ASCII.
    for node, value in sorted(uses, key=lambda use: (use[0].lineno, use[0].col_offset), reverse=True):
        line = lines[node.lineno - 1]
        lines[node.lineno - 1] = line[: node.col_offset] + str(value) + line[node.end_col_offset or 0 :]
    return "".join(lines)


def _without_definitions(source: str, own: Mapping[str, int]) -> str:
    gone = {line for name, _, line in _definitions(source) if name in own}
    return "".join(line for number, line in enumerate(source.splitlines(keepends=True), 1) if number not in gone)


def _drop_unused_imports(source: str) -> str:
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}

    def keep(match: re.Match[str]) -> str:
        names = [name.strip() for name in match["names"].split(",") if name.strip() in used]
        return f"{match['indent']}from thecal.tables import {', '.join(names)}" if names else match["indent"] + "pass"

    return _IMPORT.sub(keep, source)
