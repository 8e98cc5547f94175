"""Shortens the firmware's own names in what is sent to a board; the source keeps its words.

A board holds every name once in RAM and every .mpy file holds the names that it uses: together a third of the firmware.
The renaming is by token, the same for all modules, and touches only names that the firmware itself defines and nobody
else can mean: not those of the language, of libraries, of modules, of boards and of the virtual bench, nor any that
stands in a string. A name that only one module uses is shortened in that module's own way, so that the short ones serve
again in every module. That the shortened firmware does the same is shown by the scenarios, whose journals must be equal
to the byte, and by the emulated chip.
"""

import ast
import builtins
import io
import keyword
import re
import string
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, islice, product

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BUILT_IN = (
    str,
    bytes,
    bytearray,
    list,
    dict,
    tuple,
    set,
    int,
    float,
    bool,
    object,
    Exception,
    OSError,
    io.IOBase,
    range,
)
# Library names that CPython has under other names or not at all.
_MICROPYTHON = (
    "const kbd_intr ipoll ioctl mem_alloc mem_free native viper ticks_ms ticks_us ticks_diff ticks_add sleep_ms "
    "implementation POLLIN POLLOUT poll register read_u16 datetime irq duty_u16 buffer update digest read write "
    "close flush readinto"
)


def shortened(sources: Mapping[str, str], others: Iterable[str]) -> dict[str, str]:
    """The firmware's sources with short names, by the same keys (paths).

    others: sources that use firmware names and stay as they are (virtual bench, boards).
    """
    reserved = _reserved(sources, others)
    trees = [ast.parse(source) for source in sources.values()]
    numbers = _local_names(trees, sources, others)
    ours = Counter(name for tree in trees for name in _defined(tree) if name not in reserved and name not in numbers)
    words = {path: Counter(_WORD.findall(source)) for path, source in sources.items()}
    taken = reserved.union(*words.values())
    short = list(islice(_short_names("", taken), max(numbers.values(), default=-1) + 1))
    taken.update(short)
    local = {name: short[number] for name, number in numbers.items()}
    shared = [name for name, _ in ours.most_common() if sum(name in found for found in words.values()) > 1]
    public = dict(zip((n for n in shared if not n.startswith("_")), _short_names("", taken), strict=False))
    taken.update(public.values())
    public |= local
    return {path: _rename(source, words[path], public, ours, taken) for path, source in sources.items()}


def _rename(source: str, words: Counter[str], public: Mapping[str, str], ours: Counter[str], taken: set[str]) -> str:
    tokens = [(token.type, token.string) for token in tokenize.generate_tokens(io.StringIO(source).readline)]
    own = [name for name, _ in words.most_common() if name in ours and name not in public]
    names = dict(public)
    # Two pools, so that a name which a module gives to another's object never meets one that is private there.
    for prefix, in_pool in (("_", [n for n in own if n.startswith("_")]), ("", [n for n in own if n[0] != "_"])):
        names.update(zip(in_pool, _short_names(prefix, taken), strict=False))
    return tokenize.untokenize(
        (kind, names.get(text, text) if kind == tokenize.NAME else text) for kind, text in tokens
    )


def _local_names(trees: Sequence[ast.Module], paths: Iterable[str], others: Iterable[str]) -> dict[str, int]:
    """Names that are arguments somewhere and nothing but arguments and variables of functions anywhere, each numbered.

    A board keeps the name of every argument. Names with the same number never meet in one function, so they can share
    one short name.
    """
    elsewhere = {word for path in paths for word in _WORD.findall(path)}
    # Keyword arguments of callers outside.
    elsewhere |= {word for other in others for word in re.findall(r"(\w+)=(?!=)", other)}
    arguments: set[str] = set()
    functions: list[set[str]] = []
    for tree in trees:
        elsewhere |= {name for node in ast.walk(tree) for name in _fixed_names(node)}
        outermost = list(_outermost_functions(tree))
        inside = {id(node) for function in outermost for node in ast.walk(function)}
        elsewhere |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in inside}
        for function in outermost:
            nodes = list(ast.walk(function))
            own = {node.arg for node in nodes if isinstance(node, ast.arg)}
            names = [node for node in nodes if isinstance(node, ast.Name)]
            local = own | {node.id for node in names if isinstance(node.ctx, ast.Store)}
            elsewhere |= {node.id for node in names} - local
            arguments |= own
            functions.append(local)
    numbers: dict[str, int] = {}
    for name in sorted(arguments - elsewhere):
        near = {numbers.get(other) for function in functions if name in function for other in function}
        numbers[name] = next(number for number in count() if number not in near)
    return numbers


def _fixed_names(node: ast.AST) -> Iterator[str]:
    """Names that a node uses for something else than an argument or a variable."""
    if isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler):
        yield node.name or ""
    elif isinstance(node, ast.keyword):
        yield node.arg or ""
    elif isinstance(node, ast.alias):
        yield from (node.name, node.asname or "")
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names


def _outermost_functions(node: ast.AST) -> Iterator[ast.FunctionDef]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child
        else:
            yield from _outermost_functions(child)


def _defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def _reserved(sources: Mapping[str, str], others: Iterable[str]) -> set[str]:
    names = set(keyword.kwlist) | set(dir(builtins)) | set(_MICROPYTHON.split())
    for kind in _BUILT_IN:
        names.update(dir(kind))
    for other in others:
        names.update(_WORD.findall(other))
    for path, source in sources.items():
        names.update(_WORD.findall(path))
        tree = ast.parse(source)
        libraries = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and _root(node) in libraries:
                names.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _WORD.fullmatch(node.value):
                names.add(node.value)
            elif isinstance(node, ast.keyword) and node.arg:
                names.add(node.arg)
            elif isinstance(node, ast.FunctionDef) and node.decorator_list:
                # A PIO program is Python in form only: its words are the assembler's.
                names.update(_WORD.findall(ast.unparse(node)))
            elif isinstance(node, ast.Import) or (
                isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("thecal")
            ):
                names.update(alias.name for alias in node.names)
    return names | set(_dunders(sources))


def _root(node: ast.expr) -> str:
    """The name that a chain of attributes begins with, "" where it begins with something else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _dunders(sources: Mapping[str, str]) -> Iterator[str]:
    for source in sources.values():
        for name in _WORD.findall(source):
            if name.startswith("__"):
                yield name
    yield "_"


def _short_names(prefix: str, taken: set[str]) -> Iterator[str]:
    for length in (1, 2, 3):
        for letters in product(string.ascii_lowercase + string.ascii_uppercase, repeat=length):
            name = prefix + "".join(letters)
            if name not in taken:
                yield name
