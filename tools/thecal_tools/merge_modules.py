"""Merges the firmware's modules into a few, in what is sent to a board.

Each module costs a board 15 ms of its start, for finding and opening a file, and some 200 bytes of heap, for its own
dictionary and tables; the firmware has eighty. What stays in memory becomes one module, and what only the start needs
another. On their own stay: modules that are loaded when first needed, those that such a module needs after the start's
were unloaded, modules that are passed as values, and PIO programs, whose assembler empties its module's names for a
while.

Every name at the top of a merged module gets its module's name as well, so that no two can meet.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

RESIDENT = "thecal.resident"
START = "thecal.start"
_PACKAGE = "thecal"
_STARTS_WITH = ("main", "thecal.app")
_START_ONLY = "_START_ONLY"
_PLAIN = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef, ast.Pass)


def merged(sources: Mapping[str, str]) -> dict[str, str]:
    """The firmware's sources, merged: by path below firmware/, as the argument."""
    modules = {module_name(path): Module(path, text) for path, text in sources.items()}
    groups = _groups(modules)
    made = {m.path: _standing_alone(m, modules, groups) for name, m in modules.items() if name not in groups}
    for group in (RESIDENT, START):
        made[group.replace(".", "/") + ".py"] = _together(group, modules, groups)
    return made


def module_name(path: str) -> str:
    """ "thecal/pump/body.py" is thecal.pump.body, and "thecal/__init__.py" is thecal."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass
class Module:
    """One source: its tree without docstrings, what its names at the top mean, and what it imports where."""

    path: str
    text: str
    tree: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.text)
        self.name = module_name(self.path)
        self.body = [node for node in self.tree.body if not _is_text(node)]
        self.tops = {name for node in self.body for name in _bound(node)}

    def imports(self, *, deep: bool = False) -> Iterator[tuple[str, str | None]]:
        """(module, name or None) of our own that are imported at the top; deep: in functions as well."""
        for node in ast.walk(self.tree) if deep else self.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == _PACKAGE:
                yield from ((node.module or "", alias.name) for alias in node.names)

    def is_plain(self) -> bool:
        """True where the top holds nothing but imports and definitions, and no PIO program."""
        return all(isinstance(node, _PLAIN) for node in self.body) and "asm_pio" not in self.text


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            yield from (part.id for part in ast.walk(target) if isinstance(part, ast.Name))


def _needed(module: str, name: str | None, modules: Mapping[str, Module]) -> str:
    """The module that an import of a name needs: "from thecal.tables import ticks" needs thecal.tables.ticks."""
    inner = f"{module}.{name}"
    return inner if inner in modules else module


def reachable(names: set[str], modules: Mapping[str, Module], *, deep: bool) -> set[str]:
    """Those modules and all that they import at their top; deep: in functions as well."""
    found: set[str] = set()
    waiting = [name for name in names if name in modules]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            needed = {_needed(*imported, modules) for imported in modules[name].imports(deep=deep)}
            waiting += [other for other in needed if other in modules]
    return found


def _groups(modules: Mapping[str, Module]) -> dict[str, str]:
    """The merged module of each one that does not stay on its own."""
    eager = reachable(set(_STARTS_WITH), modules, deep=False)
    lazy = reachable(set(_STARTS_WITH), modules, deep=True) - eager
    start_only = set(_start_only(modules["thecal.app"]))
    alone = {name for name in modules if not modules[name].is_plain() or "." not in name}
    alone |= {name for module in modules.values() for name in _used_as_values(module, modules)}
    alone |= reachable(lazy, modules, deep=True) & start_only
    return {name: START if name in start_only else RESIDENT for name in eager - alone if modules[name].body}


def _start_only(app: Module) -> Iterator[str]:
    for node in app.body:
        if isinstance(node, ast.Assign) and _START_ONLY in _bound(node):
            yield from ast.literal_eval(node.value)


def _modules_bound(module: Module, modules: Mapping[str, Module]) -> dict[str, str]:
    """What names at the top of a module are modules of ours."""
    return {name: f"{where}.{name}" for where, name in module.imports() if name and f"{where}.{name}" in modules}


def _used_as_values(module: Module, modules: Mapping[str, Module]) -> set[str]:
    bound = _modules_bound(module, modules)
    attributes = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    uses = _Uses(set(bound))
    uses.visit(module.tree)
    return {bound[node.id] for node in uses.found if id(node) not in attributes}


def _unique(module: str, name: str) -> str:
    return f"{name}_of_{module.replace('.', '_')}"


class _Uses(ast.NodeTransformer):
    """Finds the uses of names at a module's top, wherever no function or class has a name of its own in their place."""

    def __init__(self, names: set[str]):
        self.names = names
        self.found: list[ast.Name] = []
        self._hidden: list[set[str]] = []
        self._classes: list[set[str]] = []

    def is_meant(self, name: str) -> bool:
        return name in self.names and not any(name in names for names in (*self._hidden, *self._classes[-1:]))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list = [self.visit(part) for part in node.decorator_list]
        node.args.defaults = [self.visit(part) for part in node.args.defaults]
        outer, self._classes = self._classes, [set()]
        self._hidden.append(_own_names(node))
        node.body = [self.visit(part) for part in node.body]
        self._hidden.pop()
        self._classes = outer
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._hidden.append({argument.arg for argument in node.args.args})
        node.body = self.visit(node.body)
        self._hidden.pop()
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.bases = [self.visit(part) for part in node.bases]
        outer, self._classes = self._classes, [{name for part in node.body for name in _bound(part)}]
        node.body = [self.visit(part) for part in node.body]
        self._classes = outer
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if self.is_meant(node.id):
            self.found.append(node)
        return node


def _own_names(function: ast.FunctionDef) -> set[str]:
    """Arguments and variables of a function, of functions inside it as well."""
    nodes = list(ast.walk(function))
    names = {node.arg for node in nodes if isinstance(node, ast.arg)}
    names |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    return names - {name for node in nodes if isinstance(node, ast.Global) for name in node.names}


class _Renaming(_Uses):
    """Puts the unique names in place of a module's own, of those it imports, and of what it takes from modules."""

    def __init__(self, module: Module, modules: Mapping[str, Module], groups: Mapping[str, str]):
        self._module, self._modules, self._groups = module, modules, groups
        self.taken: set[tuple[str, str]] = set()
        self._as_modules = {
            name: target for name, target in _modules_bound(module, modules).items() if target in groups
        }
        self._as_names = {name: where for where, name in module.imports() if name is not None and where in groups}
        own = module.tops if module.name in groups else set()
        super().__init__(own | set(self._as_modules) | set(self._as_names))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        super().visit_FunctionDef(node)
        return self._named(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        super().visit_ClassDef(node)
        return self._named(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if self.is_meant(node.id):
            node.id = self._unique(self._as_names.get(node.id, self._module.name), node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self._as_modules and self.is_meant(node.value.id):
            return ast.Name(self._unique(self._as_modules[node.value.id], node.attr), node.ctx)
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """One inside a function; those at the top are written anew."""
        where = node.module or ""
        if where in self._groups:
            names = [ast.alias(_unique(where, alias.name), alias.asname or alias.name) for alias in node.names]
            return ast.ImportFrom(self._groups[where], names, 0)
        inner = {f"{where}.{alias.name}" for alias in node.names} & set(self._groups)
        if inner:
            raise ValueError(f"{self._module.path}: {inner} is loaded later, but is merged")
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        # What is unloaded by name.
        value = node.value
        is_module = self._module.name == "thecal.app" and isinstance(value, str) and value in self._groups
        return ast.Constant(self._groups[str(value)]) if is_module else node

    def _unique(self, module: str, name: str) -> str:
        self.taken.add((module, name))
        return _unique(module, name)

    def _named(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        if not self._hidden and not self._classes and self.is_meant(node.name):
            node.name = _unique(self._module.name, node.name)
        return node


def _renamed(
    module: Module, modules: Mapping[str, Module], groups: Mapping[str, str]
) -> tuple[list[ast.stmt], _Renaming]:
    """A module's body without imports of ours from merged modules, and what it takes from those."""
    renaming = _Renaming(module, modules, groups)
    kept: list[ast.stmt] = []
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == _PACKAGE:
            if node.module in groups:
                continue
            names = [alias for alias in node.names if f"{node.module}.{alias.name}" not in groups]
            if names:
                kept.append(ast.ImportFrom(node.module, names, 0))
        else:
            kept.append(renaming.visit(node))
    return kept, renaming


def _standing_alone(module: Module, modules: Mapping[str, Module], groups: Mapping[str, str]) -> str:
    if not any(_needed(*imported, modules) in groups for imported in module.imports(deep=True)):
        return module.text
    body, renaming = _renamed(module, modules, groups)
    # Behind the last import, as main.py does something before it imports from the file system.
    at = max((i for i, node in enumerate(body) if isinstance(node, ast.Import | ast.ImportFrom)), default=-1) + 1
    return _written([*body[:at], *_taken(renaming, groups), *body[at:]])


def _taken(renaming: _Renaming, groups: Mapping[str, str], own: str = "") -> list[ast.stmt]:
    """The imports of what a module takes from merged modules, other than its own."""
    names: dict[str, list[ast.alias]] = {}
    for where, name in sorted(renaming.taken):
        if groups[where] != own:
            names.setdefault(groups[where], []).append(ast.alias(_unique(where, name)))
    return [ast.ImportFrom(group, names[group], 0) for group in sorted(names)]


def _together(group: str, modules: Mapping[str, Module], groups: Mapping[str, str]) -> str:
    imports: dict[str, ast.stmt] = {}
    definitions: list[ast.stmt] = []
    for name in _in_order({name for name in groups if groups[name] == group}, modules):
        body, renaming = _renamed(modules[name], modules, groups)
        for node in [*_taken(renaming, groups, group), *body]:
            if isinstance(node, ast.Import | ast.ImportFrom):
                imports[ast.unparse(node)] = node
            elif not isinstance(node, ast.Pass):
                definitions.append(node)
    return _written([*imports.values(), *definitions])


def _in_order(names: set[str], modules: Mapping[str, Module]) -> list[str]:
    """Each after those that it imports at its top."""
    done: list[str] = []

    def visit(name: str) -> None:
        if name in names and name not in done:
            for imported in modules[name].imports():
                visit(_needed(*imported, modules))
            done.append(name)

    for name in sorted(names):
        visit(name)
    return done


def _written(body: list[ast.stmt]) -> str:
    return ast.unparse(ast.fix_missing_locations(ast.Module(body, []))) + "\n"
