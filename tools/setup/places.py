"""Where things are in the work tree. Standard library only: it is imported before anything is installed."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
# POSIX only, as make is: a venv on Windows has Scripts in place of bin.
VENV_BIN = VENV / "bin"
VENV_PYTHON = VENV_BIN / "python"
# Always this one: a link to the node that set-up chose, be it the machine's or the one from PyPI.
NODE = VENV_BIN / "node"
NODE_MODULES = ROOT / "node_modules"
TYPINGS = ROOT / "typings"
BUILD = ROOT / "build"

SETUP = ROOT / "tools" / "setup"
LOCKS = SETUP / "locks"
REQUIREMENTS_LOCK = ROOT / "requirements.lock"
NPM_FILES = (ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc")

# Firmware and bench run from the tree. The launcher `thecal` and pytest's `pythonpath` carry the same list, and
# host_tests/house/test_setup.py compares them.
PYTHONPATH = ("firmware", "tools", "tools/virtual_bench/modules", "tools/virtual_bench/cpython")


def environment():
    """Environment for a program started from here: the tree on PYTHONPATH, the venv's programs first on PATH."""
    env = dict(os.environ)
    env["PYTHONPATH"] = os.pathsep.join(str(ROOT / entry) for entry in PYTHONPATH)
    env["PATH"] = os.pathsep.join(filter(None, (str(VENV_BIN), env.get("PATH"))))
    return env
