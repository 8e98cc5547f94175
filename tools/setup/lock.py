"""Renew every lock file: `make lock`. Needs uv, npm and a package registry; ordinary set-up needs no uv.

Python locks are universal: one file holds for Python 3.11 and newer on every system. No lock names a registry host.
"""

import re
import subprocess
import sys

import places

COMPILE = (
    "uv",
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-header",
    "--python-version",
    "3.11",
)
NPM = ("npm", "install", "--package-lock-only", "--ignore-scripts")


def commands():
    """Every command that writes a lock file."""
    yield (*COMPILE, "--upgrade", "--group", "test", "pyproject.toml", "-o", "requirements.lock")
    for source in sorted(places.LOCKS.glob("*.in")):
        # The stubs' own requirements are for other type checkers.
        alone = ("--no-deps",) if source.name.startswith("stubs") else ()
        inside = source.relative_to(places.ROOT)
        yield (*COMPILE, *alone, str(inside), "-o", str(inside.with_suffix(".lock")))
    yield NPM


def hosts_named(text):
    """Addresses in a lock file; there must be none, so that everyone's own registry or mirror serves."""
    return re.findall(r"https?://\S+", text)


def lock_files():
    """Every lock file of the project."""
    return [places.REQUIREMENTS_LOCK, places.ROOT / "package-lock.json", *sorted(places.LOCKS.glob("*.lock"))]


def main():
    """Exit code 0 when all locks are renewed and name no registry."""
    for command in commands():
        try:
            subprocess.run(command, cwd=places.ROOT, check=True)
        except FileNotFoundError:
            return "lock: {} is not installed; install it and run `make lock` again".format(command[0])
        except subprocess.CalledProcessError as error:
            return "lock: `{}` failed with exit code {}".format(" ".join(command), error.returncode)
    for path in lock_files():
        if found := hosts_named(path.read_text()):
            return "lock: {} names {}; it must name no registry".format(path.name, found[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
