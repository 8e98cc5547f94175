"""Runs Python on real MicroPython: its WebAssembly build inside Node, with firmware and virtual bench as .mpy.

The npm package and Node come with set-up (`make run`, `make test`). Python sees its files under / and leaves results in
/out. Modules are found in /lib, where firmware, virtual bench, fake hardware and board data lie.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from thecal_tools import mpy_build
from thecal_tools.errors import ThecalError
from thecal_tools.mpy_build import ROOT

PACKAGE = ROOT / "node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs"
RUNNER = Path(__file__).with_suffix(".mjs")
HEAP_BYTES = 16 * 1024 * 1024
SET_UP = "run `make prepare` once"
_RAISED, _BROKE = 3, 4
_PROGRESS = "@progress "

_SCENARIO_PARTS = (
    f"""
import json
import board
from virtual_bench import scenario_run

def progress(done):
    print("{_PROGRESS}%d" % int(done * 1000))

with open("/in/scenario.json") as stream:
    run = scenario_run.ScenarioRun(json.load(stream), board, progress)
""",
    "again = run.slice()",
    """
result = run.results.collect()
with open("/out/journal.bin", "wb") as stream:
    stream.write(result.pop("journal"))
with open("/out/result.json", "w") as stream:
    json.dump(result, stream)
""",
)

Progress = Callable[[float], None]


class HostError(ThecalError):
    """MicroPython could not run, or its script raised. The text is one line; traceback holds all of it.

    raised: True where the Python script raised, False where the host itself failed.
    """

    def __init__(self, text: str, traceback: str = "", raised: bool = False):
        super().__init__(text)
        self.traceback = traceback
        self.raised = raised


@dataclass(frozen=True)
class ScriptResult:
    """What a script printed, and the files it left in /out by their path below that folder."""

    stdout: str
    files: dict[str, bytes]


def run_scenario(compiled: dict[str, Any], progress: Progress | None = None) -> dict[str, Any]:
    """Run a compiled scenario on MicroPython; the result is that of virtual_bench.scenario_run.run.

    progress: called with the part that is done, 0 to 1. Raises HostError.
    """

    def on_line(line: str) -> None:
        if progress and line.startswith(_PROGRESS):
            progress(int(line[len(_PROGRESS) :]) / 1000)

    files = {"/in/scenario.json": json.dumps(compiled).encode()}
    made = run_script(_SCENARIO_PARTS, files, board=compiled["board"], on_line=on_line)
    result: dict[str, Any] = json.loads(made.files["result.json"])
    result["journal"] = made.files["journal.bin"]
    return result


def run_script(
    parts: Sequence[str],
    files: dict[str, bytes] | None = None,
    board: str = "RPI_PICO",
    on_line: Callable[[str], None] | None = None,
) -> ScriptResult:
    """Run Python on MicroPython with firmware, virtual bench and the board's data importable.

    parts: sources that run one after the other in one interpreter. This build of MicroPython collects garbage only
    between parts, whatever gc.collect() says inside one: gc.mem_alloc() is true at the start of a part. A part that
    leaves the global `again` true is run again, so that a long run can be cut into pieces with a collection after each.
    files: content by absolute path inside. on_line: called with each line as it is printed. Raises BuildError, and
    HostError: its raised is True where Python itself raised.
    """
    modules = mpy_build.build(mpy_build.firmware_sources() | mpy_build.bench_sources(board))
    node = find_node()
    with tempfile.TemporaryDirectory(prefix="thecal-micropython-") as name:
        folder = Path(name)
        placed = [(f"/lib/{target}", str(made)) for target, made in modules.items()]
        for number, (inside, content) in enumerate((files or {}).items()):
            (folder / str(number)).write_bytes(content)
            placed.append((inside, str(folder / str(number))))
        results = folder / "results"
        results.mkdir()
        stdout = _run_node(node, _manifest(folder, parts, placed, results), on_line)
        found = {p.relative_to(results).as_posix(): p.read_bytes() for p in results.rglob("*") if p.is_file()}
        return ScriptResult(stdout, found)


def find_node() -> str:
    """The Node.js program that set-up chose for this .venv, else PATH's. Raises HostError without one."""
    beside_python = Path(sys.prefix) / "bin" / "node"
    node = str(beside_python) if beside_python.exists() else shutil.which("node")
    if node is None:
        raise HostError(f"Node.js is missing: {SET_UP}")
    if not PACKAGE.exists():
        raise HostError(f"MicroPython's WebAssembly build is missing in node_modules: {SET_UP}")
    return node


def _manifest(folder: Path, parts: Sequence[str], placed: Iterable[tuple[str, str]], results: Path) -> Path:
    manifest = {
        "package": str(PACKAGE),
        "heap_bytes": HEAP_BYTES,
        "files": list(placed),
        "parts": list(parts),
        "results": str(results),
    }
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return path


def _run_node(node: str, manifest: Path, on_line: Callable[[str], None] | None) -> str:
    command = [node, str(RUNNER), str(manifest)]
    printed: list[str] = []
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8", errors="replace"
        ) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    printed.append(line)
                    if on_line:
                        on_line(line.rstrip("\n"))
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise _failure(process.returncode, errors)
    return "".join(printed)


def _failure(code: int, errors: IO[str]) -> HostError:
    errors.seek(0)
    text = errors.read().strip()
    last = text.splitlines()[-1] if text and code in (_RAISED, _BROKE) else f"Node.js ended with code {code}"
    if code == _RAISED:
        return HostError(f"Python raised on MicroPython: {last}", text, raised=True)
    return HostError(f"MicroPython in Node.js broke: {last}", text)
