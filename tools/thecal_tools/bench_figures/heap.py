"""Heap that the firmware has in use after composing, what it consists of, and its growth (docs/bench_figures.md)."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from thecal_tools import merge_modules, micropython_host, mpy_build
from thecal_tools.bench_figures import mpy_files, scenarios
from thecal_tools.micropython_host import HostError

# What a name costs in the interpreter's pool beside its text: pointer, hash and length.
POOL_ENTRY_BYTES = 7
# Drivers that main.py needs on a board and that the virtual bench has no use for.
_BOARD_ONLY = ("thecal.drivers.flash_volume", "thecal.drivers.sleep", "thecal.drivers.usb_port")
# In ROM on a board, or the bench's.
_LIBRARIES = "import array, binascii, hashlib, io, json, micropython, os, select, struct, sys, time, machine, rp2"
_ON_CHIP = ("machine.mpy", "rp2.mpy")

_START = f"""
{_LIBRARIES}
import gc
import heap_in_use
import hours
from heap_in_use import intern, load, loaded, sample
gc.collect()
"""
_BOARD = "import board\ngc.collect()"
_RUN = """
with open("/in/scenario.json") as stream:
    run = hours.Hours(json.load(stream), board, None)
heap_in_use.make_room()
gc.collect()
"""
_VOLUME = "run.run.bench.volume = hours.flash_volume('/records')\ngc.collect()"
_INTERN = """
with open("/in/names.json") as stream:
    for name in json.load(stream):
        intern(name)
gc.collect()
"""


@dataclass(frozen=True)
class Sample:
    """bytes: in use after a collection. names, text: of the pool of names, without what the interpreter has in ROM."""

    bytes: int
    names: int
    text: int

    def __sub__(self, other: "Sample") -> "Sample":
        return Sample(self.bytes - other.bytes, self.names - other.names, self.text - other.text)


@dataclass
class Heap:
    """In bytes. code: by room, without names, before a board's modules are merged. merging_saves: of that, on a board.

    names: their pool entries and texts; name_count: how many. board_data: of the board's own data module, which is not
    in the total. by_hour: against the first hour's beginning.
    """

    code: dict[str, int] = field(default_factory=dict)
    merging_saves: int = 0
    names: int = 0
    name_count: int = 0
    objects: int = 0
    board_data: int = 0
    by_hour: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.code.values()) - self.merging_saves + self.names + self.objects


def measured(hours: int, settled: int) -> tuple[Heap, int]:
    """The heap after composing, and its growth from hour `settled` to hour `hours` of therapy. Raises HostError."""
    samples, modules, by_hour = _composed(hours)
    composed = samples["composed"] - samples["bench"]
    code = _code(list(mpy_files.in_import_order(modules)))
    merged = _code(_merged(modules), mpy_files.by_target())
    board_names = _names_on_a_board(modules)
    heap = Heap(
        names=POOL_ENTRY_BYTES * board_names.names + board_names.text,
        name_count=board_names.names,
        board_data=(samples["board"] - samples["start"]).bytes,
        by_hour=by_hour,
    )
    for module, part in code.items():
        room = mpy_files.room_of(module.replace(".", "/"))
        heap.code[room] = heap.code.get(room, 0) + part.bytes - part.text
    heap.merging_saves = sum(heap.code.values()) - sum(part.bytes - part.text for part in merged.values())
    heap.objects = composed.bytes - composed.text - sum(heap.code.values())
    return heap, by_hour[hours] - by_hour[settled]


def _composed(hours: int) -> tuple[dict[str, Sample], set[str], list[int]]:
    parts = [
        *(_START, "sample('start')", _BOARD, "sample('board')", _RUN, "sample('bench')", _VOLUME),
        *(f"load({name!r})" for name in _BOARD_ONLY),
        *("again = run.power_on()", "gc.collect()", "sample('composed')", "loaded()"),
        "print('@hour', gc.mem_alloc())\nagain = run.hour()",
    ]
    # The last hour is there for its beginning.
    compiled = scenarios.over_the_wrap(hours + 1)
    printed = micropython_host.run_script(parts, scenarios.files(compiled, "heap_in_use", "hours")).stdout
    by_hour = [int(line.split()[1]) for line in printed.splitlines() if line.startswith("@hour")]
    modules = {name for line in printed.splitlines() if line.startswith("@modules") for name in line.split()[1:]}
    return _samples(printed), modules, [count - by_hour[0] for count in by_hour]


def _merged(modules: set[str]) -> list[str]:
    """What a board keeps loaded in place of these modules."""
    staged = {mpy_files.module_name(target) for target in mpy_files.by_target()}
    return [merge_modules.RESIDENT, *sorted(modules & staged)]


def _code(order: list[str], on_board: dict[str, Path] | None = None) -> dict[str, Sample]:
    """What each module brings, imported one by one beside the same bench. on_board: as compiled for a board."""
    files = scenarios.files(scenarios.over_the_wrap(1), "heap_in_use", "hours")
    parts = [_START, _BOARD, _RUN]
    if on_board is not None:
        files |= {f"/staged/{target}": path.read_bytes() for target, path in on_board.items()}
        parts.append("sys.path.insert(0, '/staged')\ngc.collect()")
    parts.append("sample('bench')")
    for module in order:
        parts += [f"load({module!r})", f"sample({module!r})"]
    printed = micropython_host.run_script(parts, files).stdout
    samples = _samples(printed)
    return {module: samples[module] - samples[before] for before, module in zip(["bench", *order], order, strict=False)}


def _names_on_a_board(modules: set[str]) -> Sample:
    """Names that the firmware needs in RAM where no virtual bench has them already, but the chip's modules do.

    Those of modules that were unloaded stay.
    """
    needed: set[str] = set()
    for target, path in mpy_files.by_target().items():
        if mpy_files.module_name(target) in modules | _start_only() | {merge_modules.RESIDENT, merge_modules.START}:
            needed |= mpy_files.names(path.read_bytes(), target)
    fakes = {target: path for target, path in mpy_build.bench_sources("RPI_PICO").items() if target in _ON_CHIP}
    for target, path in mpy_build.build(fakes).items():
        needed -= mpy_files.names(path.read_bytes(), target)
    files = {**scenarios.script_files("heap_in_use"), "/in/names.json": json.dumps(sorted(needed)).encode()}
    start = "import gc, json\nfrom heap_in_use import intern, sample\ngc.collect()"
    printed = micropython_host.run_script([start, "sample('none')", _INTERN, "sample('all')"], files).stdout
    samples = _samples(printed)
    return samples["all"] - samples["none"]


def _start_only() -> set[str]:
    """Modules that app loads and unloads again."""
    source = mpy_build.firmware_sources()["thecal/app.mpy"].read_text(encoding="utf-8")
    return set(re.findall(r'"(thecal\.[a-z0-9_.]+)"', source))


def _samples(printed: str) -> dict[str, Sample]:
    """The samples of heap_in_use by their labels."""
    found: dict[str, Sample] = {}
    label, count = "", 0
    for line in printed.splitlines():
        words: list[Any] = line.split()
        if words[:1] == ["@"]:
            label, count = words[1], int(words[2])
        elif line.startswith("qstr pool:"):
            numbers = dict(re.findall(r"(\w+)=(\d+)", line))
            found[label] = Sample(count, int(numbers["n_qstr"]), int(numbers["n_str_data_bytes"]))
    if not found:
        raise HostError("MicroPython told nothing of its heap")
    return found
