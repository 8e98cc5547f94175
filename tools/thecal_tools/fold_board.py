"""Decides in the build what board.py decides at run time, in what is sent to one board.

Source asks `if board.MOTOR == "STEP_DIR"` and imports a driver there, so that one source serves all boards. The answer
is known when a board's firmware is built: the branch that is never taken goes, an import in the other one moves to the
module's top, where it can be merged, and modules that nothing imports any more are left out.
"""

import ast
from collections.abc import Mapping
from types import ModuleType

from thecal_tools.merge_modules import Module, module_name, reachable

_BOARD = "board"
_STARTED = ("boot", "main", "thecal.app")
_START_ONLY = "_START_ONLY"


def for_board(sources: Mapping[str, str], board: ModuleType) -> dict[str, str]:
    """The firmware's sources for that board alone: by path below firmware/, as the argument."""
    made = {path: _decided(text, board) for path, text in sources.items()}
    modules = {module_name(path): Module(path, text) for path, text in made.items()}
    needed = reachable(set(_STARTED), modules, deep=True)
    packages = {name for name, module in modules.items() if module.path.endswith("__init__.py")}
    made = {modules[name].path: modules[name].text for name in modules if name in needed | packages}
    app = modules["thecal.app"].path
    made[app] = _without_strings(made[app], set(modules) - needed)
    return made


def _decided(text: str, board: ModuleType) -> str:
    tree = ast.parse(text)
    deciding = _Deciding(board)
    tree = deciding.visit(tree)
    if not deciding.decided:
        return text
    tree.body = _after_docstring(tree.body, deciding.imports)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _after_docstring(body: list[ast.stmt], imports: list[ast.stmt]) -> list[ast.stmt]:
    at = 1 if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) else 0
    return [*body[:at], *imports, *body[at:]]


class _Deciding(ast.NodeTransformer):
    """decided: something was. imports: what stood in the branches that are taken."""

    def __init__(self, board: ModuleType):
        self._board = board
        self.decided = False
        self.imports: list[ast.stmt] = []

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        answer = self._answer(node.test)
        if answer is None:
            return self.generic_visit(node)
        self.decided = True
        kept: list[ast.stmt] = []
        for part in node.body if answer else node.orelse:
            found = self.visit(part)
            for statement in found if isinstance(found, list) else [found]:
                is_import = isinstance(statement, ast.Import | ast.ImportFrom)
                (self.imports if is_import else kept).append(statement)
        return kept or [ast.Pass()]

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        answer = self._answer(node.test)
        if answer is None:
            return self.generic_visit(node)
        self.decided = True
        return self.visit(node.body if answer else node.orelse)

    def _answer(self, test: ast.expr) -> bool | None:
        """What a question of the form hasattr(board, "NAME"), board.NAME == "..." or != gives; None for any other."""
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "hasattr":
            thing, name = test.args
            if isinstance(thing, ast.Name) and thing.id == _BOARD and isinstance(name, ast.Constant):
                return hasattr(self._board, str(name.value))
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.NotEq):
            left, right = test.left, test.comparators[0]
            is_kind = isinstance(right, ast.Constant)
            if is_kind and isinstance(left, ast.Attribute) and ast.unparse(left.value) == _BOARD:
                equal = getattr(self._board, left.attr) == right.value
                return equal == isinstance(test.ops[0], ast.Eq)
        return None


def _without_strings(text: str, gone: set[str]) -> str:
    """app.py whose list of modules to unload has only those that are there."""
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == _START_ONLY:
            names = [name for name in ast.literal_eval(node.value) if name not in gone]
            node.value = ast.Tuple([ast.Constant(name) for name in names], ast.Load())
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
