"""The import contracts bite: each is broken on purpose in a small copy of the rooms."""

import os
import re
import subprocess
import tomllib

import pytest

import check
import places

CONFIG = places.ROOT / "pyproject.toml"
CONTRACTS = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]

# What each module may import: all contracts hold.
ALLOWED = {
    "firmware/thecal/app.py": "from thecal import assembly\nimport thecal.drivers.train, thecal.pump.facade",
    "firmware/thecal/assembly.py": "",
    "firmware/thecal/drivers/train.py": "import machine, rp2, esp32\nfrom thecal.tables import alarms",
    "firmware/thecal/link/cable.py": "from thecal.pump import facade\nfrom thecal.tables import alarms",
    "firmware/thecal/panel/buttons.py": "from thecal.pump import facade\nfrom thecal.tables import alarms",
    "firmware/thecal/pump/facade.py": "from thecal.pump import delivery",
    "firmware/thecal/pump/delivery.py": "from thecal.therapy import prescription\nfrom thecal.tables import alarms",
    "firmware/thecal/records/journal.py": "from thecal.tables import alarms",
    "firmware/thecal/runtime/clock.py": "from thecal.tables import alarms",
    "firmware/thecal/safety/gate.py": "from thecal.therapy import prescription\nfrom thecal.tables import alarms",
    "firmware/thecal/tables/alarms.py": "",
    "firmware/thecal/therapy/prescription.py": "from thecal.therapy import plan",
    "firmware/thecal/therapy/plan.py": "from thecal.tables import alarms",
    "tools/thecal_tools/verb.py": "from virtual_bench import bench\nfrom thecal import app",
    "tools/virtual_bench/bench.py": "from thecal import app\nfrom thecal.tables import alarms\nimport machine",
}
# One import more in each room, and the contract that it breaks.
FORBIDDEN = [
    ("firmware/thecal/tables/alarms.py", "from thecal.therapy import plan", "tables know nobody"),
    ("firmware/thecal/therapy/plan.py", "from thecal.safety import gate", "therapy knows only tables"),
    ("firmware/thecal/safety/gate.py", "from thecal.therapy import plan", "safety knows only tables and"),
    ("firmware/thecal/records/journal.py", "from thecal.runtime import clock", "records know only tables"),
    ("firmware/thecal/drivers/train.py", "from thecal.records import journal", "drivers know only tables"),
    ("firmware/thecal/runtime/clock.py", "from thecal.drivers import train", "runtime knows only tables"),
    ("firmware/thecal/pump/delivery.py", "from thecal.records import journal", "pump gets its collaborators"),
    ("firmware/thecal/panel/buttons.py", "from thecal.pump import delivery", "panel speaks to the pump"),
    ("firmware/thecal/link/cable.py", "from thecal.safety import gate", "link speaks to the pump"),
    ("firmware/thecal/assembly.py", "from thecal.tables import alarms", "the assembly knows nobody"),
    ("firmware/thecal/app.py", "import machine", "only drivers touch the hardware modules"),
    ("firmware/thecal/app.py", "import virtual_bench.bench", "firmware knows no host code"),
    ("tools/virtual_bench/bench.py", "import thecal_tools.verb", "the virtual bench knows no host tools"),
    (
        "tools/virtual_bench/bench.py",
        "from thecal.pump import delivery",
        "the virtual bench knows of the firmware only",
    ),
]


def judge(root, modules):
    """Contracts that a tree with these modules breaks."""
    for path, source in modules.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).parent.joinpath("__init__.py").touch()
        (root / path).write_text(source + "\n")
    (root / "pyproject.toml").write_text(CONFIG.read_text(encoding="utf-8"))
    env = {**os.environ, "PYTHONPATH": f"{root / 'firmware'}{os.pathsep}{root / 'tools'}"}
    command = [check.LINT_IMPORTS, "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, encoding="utf-8", check=False)
    assert "Contracts: " in done.stdout, done.stdout
    return re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE)


def test_what_a_room_may_know_breaks_nothing(tmp_path):
    assert judge(tmp_path, ALLOWED) == []


def test_every_contract_is_broken_by_its_forbidden_import(tmp_path):
    modules = dict(ALLOWED)
    for path, line, _ in FORBIDDEN:
        modules[path] += "\n" + line
    broken = judge(tmp_path, modules)
    for _, _, name in FORBIDDEN:
        assert any(line.startswith(name) for line in broken), name
    assert len(broken) == len(CONTRACTS) == len(FORBIDDEN)


def test_every_room_has_a_contract():
    thecal = places.ROOT / "firmware" / "thecal"
    rooms = {path.parent.name for path in thecal.glob("*/__init__.py")} | {path.stem for path in thecal.glob("*.py")}
    bound = {module.removeprefix("thecal.") for contract in CONTRACTS for module in contract["source_modules"]}
    assert rooms - {"__init__"} <= bound


# The CPython shims and fake modules stand in for MicroPython's own: they are top-level modules, in no package.
STAND_INS = ("tools/virtual_bench/cpython", "tools/virtual_bench/modules")
# Scripts that run inside MicroPython alone, where firmware and virtual bench meet.
INSIDE = ("tools/thecal_tools/bench_figures/inside",)


@pytest.mark.parametrize("package", ["firmware/thecal", "tools/thecal_tools", "tools/virtual_bench"])
def test_no_module_escapes_the_contracts(package):
    """import-linter sees only packages: a folder with modules and no __init__.py would be unbound in silence."""
    folders = {path.parent for path in (places.ROOT / package).rglob("*.py")}
    hidden = [folder.relative_to(places.ROOT).as_posix() for folder in folders if not (folder / "__init__.py").exists()]
    assert set(hidden) <= {*STAND_INS, *INSIDE}


@pytest.mark.parametrize("folder", STAND_INS)
def test_stand_ins_know_only_the_virtual_bench(folder):
    """No contract can bind them, so their source is searched."""
    for path in (places.ROOT / folder).glob("*.py"):
        assert not re.search(r"^\s*(from|import) thecal", path.read_text(encoding="utf-8"), re.MULTILINE), path.name
