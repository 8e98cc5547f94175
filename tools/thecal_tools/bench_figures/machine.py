"""What the figures were measured on and of: machine, interpreters, commit, date, version."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import thecal
from thecal_tools import micropython_host

ROOT = Path(__file__).resolve().parents[3]
UNKNOWN = "unknown"
_PARTS = ("import sys\nprint('%d.%d.%d' % sys.implementation.version[:3])",)


def commit(paths: Sequence[str] = ()) -> dict[str, Any]:
    """Fields that name the version of firmware and tree. paths: of the tree, where only changes of these count."""
    return {
        "firmware_version": thecal.VERSION,
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed_since": _git("status", "--porcelain", "--", *paths) not in ("", UNKNOWN),
    }


def described() -> dict[str, Any]:
    """Fields of bench.json that name the occasion. Raises HostError."""
    return {
        **commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "node": _first_line(micropython_host.find_node(), "--version"),
            "micropython": micropython_host.run_script(_PARTS).stdout.strip(),
            "system": f"{platform.system()} {platform.machine()}",
            "processor": _processor(),
            "cpus": os.cpu_count() or 1,
        },
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (models or [platform.processor() or UNKNOWN])[0]


def _git(*arguments: str) -> str:
    return _first_line("git", "-C", str(ROOT), *arguments)


def _first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=True)
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
    return done.stdout.partition("\n")[0].strip()
