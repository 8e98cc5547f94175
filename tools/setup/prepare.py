"""Set up everything that Thecal's host side needs, inside this folder: `python3 tools/setup/prepare.py`.

Needs Python 3.11 or newer and nothing else. `make` calls it before every target, so a call with nothing to do must be
quick: it compares hashes of the lock files with the stamp that the last call left in .venv.
"""

import sys

OLDEST_PYTHON = (3, 11)


def refuse_old_python(version=sys.version_info):
    """One line in place of a syntax error further down: this file alone must parse under any Python 3."""
    if tuple(version[:2]) < OLDEST_PYTHON:
        wanted, found = "{}.{}".format(*OLDEST_PYTHON), "{}.{}".format(*version[:2])
        hint = "name a newer one, for example `make PYTHON=python3.12 run`"
        sys.exit("set-up: Thecal needs Python {} or newer, this is {}; {}".format(wanted, found, hint))


refuse_old_python()

import fcntl  # noqa: E402
import hashlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import time  # noqa: E402
from contextlib import contextmanager  # noqa: E402

import places  # noqa: E402
import steps  # noqa: E402

# Inside .venv: who deletes the environment deletes the stamp with it.
STAMP = places.VENV / "thecal-setup.json"


def fingerprint(step):
    """Hash over all that the result of a step depends on."""
    digest = hashlib.sha256(step.extra.encode())
    for path in step.inputs:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp():
    """Fingerprints of the steps that are done; empty where there is none or it cannot be read."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_done(step, stamp):
    """Whether a step's result is there and made from the inputs of today."""
    return stamp.get(step.name) == fingerprint(step) and all(path.exists() for path in step.makes)


def run_step(step, show):
    """Run one step with its line of progress, and note it in the stamp."""
    show("  {:<20} ".format(step.title))
    started = time.monotonic()
    try:
        result = step.run()
    except BaseException:
        show("not done\n")
        raise
    show("{} ({:.0f} s)\n".format(result, time.monotonic() - started))
    # Read again: making .venv takes the old stamp away, and with it every later step's claim to be done.
    STAMP.write_text(json.dumps({**read_stamp(), step.name: fingerprint(step)}, indent=1))


def prepare(step_list, show):
    """Run every step that is not done. A step run again makes no later step run: each has its own fingerprint."""
    missing = [step for step in step_list if not is_done(step, read_stamp())]
    if missing:
        show("Setting up (once; everything stays inside this folder):\n")
    for step in step_list:
        if not is_done(step, read_stamp()):
            run_step(step, show)


@contextmanager
def alone():
    """Hold the work tree's lock, so that two makes at once do not install into the same folders."""
    folder = os.open(str(places.ROOT), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def show(text):
    """Progress goes to standard error: standard output belongs to the target that make was asked for."""
    print(text, end="", file=sys.stderr, flush=True)


def main():
    """Exit code 0 when everything is in place, 1 with one line that says what was wrong and what to do."""
    try:
        with alone():
            prepare(steps.all_steps(), show)
    except steps.SetupError as error:
        sys.exit("set-up: {}".format(error))
    except OSError as error:
        sys.exit("set-up: {}; mend it, then run the same command again".format(error))
    except KeyboardInterrupt:
        sys.exit("set-up: interrupted; run the same command again, it goes on where it stopped")


if __name__ == "__main__":
    main()
