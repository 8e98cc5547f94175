"""Every fake of a hardware module against the type stubs of the real ones: names, parameters, defaults, constants."""

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any, NamedTuple

import pytest

TYPINGS = Path(__file__).resolve().parents[2] / "typings"
# Port and fake module. machine serves both ports.
FAKES = [
    *(("rp2", name) for name in ("machine", "rp2", "micropython", "framebuf")),
    *(("esp32", name) for name in ("machine", "esp32", "micropython", "framebuf")),
]
# What the stubs have and MicroPython has not there, because they describe all ports at once, or what the bench does
# without: shift registers and directions that the modelled programs leave alone.
NOT_OFFERED = {
    "Pin.irq": {"priority", "wake"},
    "RTC.__init__": {"id", "datetime"},
    "StateMachine.__init__": {"kwargs"},
    "StateMachine.init": {"kwargs"},
}
# What the real modules have and the stubs lack. MicroPython's ports/esp32/machine_pin.c: hold. Its ports/rp2 has no
# read_uv(), which the fake has for ESP32, and its ports/esp32 no high() and low(), which the fake has for RP2040; what
# drivers use is checked by pyright against each port's stubs. PIO: the constructor of a singleton.
NOT_IN_STUBS = {
    "Pin.__init__": {"hold"},
    "Pin.init": {"hold"},
    "ADC.read_uv": {"self"},
    "Pin.high": {"self"},
    "Pin.low": {"self"},
    "PIO.__init__": {"self"},
}
IGNORED = {"end"}  # esp32.RMT: how the world tells it of a reset
_THIS = ("self", "cls")


class Parameter(NamedTuple):
    """default: its value, ... where the stub tells none, REQUIRED where there is none."""

    default: Any
    by_keyword_only: bool
    has_name: bool


REQUIRED = object()


class Stub:
    """functions: by name, the parameters of each overload. constants: value, ... where the stub tells none."""

    def __init__(self, path: Path):
        self.functions: dict[str, list[dict[str, Parameter]]] = {}
        self.constants: dict[str, Any] = {}
        self._read(ast.parse(path.read_text(encoding="utf-8")).body, "")

    def _read(self, body, prefix):
        for node in body:
            if isinstance(node, ast.ClassDef):
                self._read(node.body, f"{prefix}{node.name}.")
                # A class that stands on another has its methods.
                for base in node.bases:
                    inherited = f"{ast.unparse(base)}."
                    for name in [name for name in self.functions if name.startswith(inherited)]:
                        inner = f"{prefix}{node.name}.{name.removeprefix(inherited)}"
                        self.functions.setdefault(inner, self.functions[name])
            elif isinstance(node, ast.FunctionDef):
                self.functions.setdefault(prefix + node.name, []).append(dict(_parameters(node.args)))
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                self.constants[prefix + node.target.id] = _value(node.value)


def _parameters(args):
    positional = args.posonlyargs + args.args
    defaults = [REQUIRED] * (len(positional) - len(args.defaults)) + [_value(node) for node in args.defaults]
    for number, (arg, default) in enumerate(zip(positional, defaults, strict=True)):
        yield arg.arg, Parameter(default, False, number >= len(args.posonlyargs))
    for arg, node in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield arg.arg, Parameter(REQUIRED if node is None else _value(node), True, True)
    for arg in (args.vararg, args.kwarg):
        if arg is not None:
            yield arg.arg, Parameter(..., False, False)


def _value(node):
    try:
        return ast.literal_eval(node) if node is not None else ...
    except ValueError:
        return ...


def members(module):
    for name, member in vars(module).items():
        if name.startswith("_") or inspect.ismodule(member):
            continue
        if inspect.isclass(member) and member.__module__ == module.__name__:
            for inner, method in vars(member).items():
                if (not inner.startswith("_") or inner == "__init__") and inner not in IGNORED:
                    yield f"{name}.{inner}", getattr(member, inner) if isinstance(method, classmethod) else method
        elif not inspect.isclass(member):
            yield name, member


def differences(name, function, overloads):
    """What one function of a fake has otherwise than every overload of the real one."""
    mine = {p.name: p for p in inspect.signature(function).parameters.values() if p.name not in _THIS}
    if any("kwargs" in overload for overload in overloads) and all(p.kind == p.VAR_KEYWORD for p in mine.values()):
        return
    exempt = NOT_OFFERED.get(name, set()) | NOT_IN_STUBS.get(name, set())
    real = {}
    for overload in overloads:
        for position, (key, parameter) in enumerate(p for p in overload.items() if p[0] not in _THIS):
            # Without a name that a caller could use, its place counts.
            real.setdefault(key if parameter.has_name else f"#{position}", []).append(parameter)
    for position, (key, parameter) in enumerate(mine.items()):
        found = real.get(key) or real.get(f"#{position}")
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or key in exempt:
            continue
        if found is None:
            if not any("args" in overload or "kwargs" in overload for overload in overloads):
                yield f"{name} invents {key}"
            continue
        by_keyword_only = parameter.kind == parameter.KEYWORD_ONLY
        if all(p.by_keyword_only != by_keyword_only for p in found):
            yield f"{name}: {key} is {'' if by_keyword_only else 'not '}by keyword only"
        told = [p.default for p in found if p.default is not ...]
        is_optional = any(d is not REQUIRED for d in told) or len(found) < len(overloads) or not told
        mine_default = REQUIRED if parameter.default is parameter.empty else parameter.default
        values = [d for d in told if d is not REQUIRED]
        if (mine_default is REQUIRED) == is_optional and (values or mine_default is not REQUIRED):
            yield f"{name}: {key} is {'required' if mine_default is REQUIRED else 'optional'}"
        elif values and mine_default not in values:
            yield f"{name}: {key} is {mine_default!r} by default, really {values}"
    for key, parameters in real.items():
        has_it = len(mine) > int(key[1:]) if key.startswith("#") else key in mine
        is_exempt = key in exempt or any(p.kind == p.VAR_KEYWORD for p in mine.values())
        # The rest of the arguments, in the stubs, is no parameter.
        if not has_it and not is_exempt and not all(p.default is ... and not p.has_name for p in parameters):
            yield f"{name} lacks {key}"


@pytest.mark.parametrize(("port", "name"), FAKES)
def test_fakes_have_the_names_parameters_and_defaults_of_the_real_modules(port, name):
    path = TYPINGS / port / f"{name}.pyi"
    real = Stub(path if path.exists() else TYPINGS / port / name / "__init__.pyi")
    wrong = []
    for member, value in members(importlib.import_module(name)):
        if isinstance(value, int):
            # Firmware knows constants by name; the one fake of machine has RP2040's numbers.
            told = real.constants.get(member)
            if told is None or (told not in (value, ...) and not (port == "esp32" and name == "machine")):
                wrong.append(f"{member} is {value}, really {told}")
        elif callable(value):
            if member in real.functions:
                wrong += differences(member, value, real.functions[member])
            elif "self" not in NOT_IN_STUBS.get(member, ()):
                wrong.append(f"{member} is not in the stubs")
    assert not wrong, "\n".join(wrong)


def test_a_difference_is_seen():
    def real(a, *, b=5, c=None): ...

    def other(a, b=5, *, c=3, d=None): ...

    stub = ast.parse(inspect.getsource(real).strip()).body[0]
    assert isinstance(stub, ast.FunctionDef)
    overloads = [dict(_parameters(stub.args))]
    assert list(differences("real", real, overloads)) == []
    assert list(differences("real", other, overloads)) == [
        "real: b is not by keyword only",
        "real: c is 3 by default, really [None]",
        "real invents d",
    ]
    assert list(differences("real", lambda a, *, b=5: None, overloads)) == ["real lacks c"]
