"""An image with the firmware inside starts from itself alone. No such image is built: what it imports is a fake's.

Facts of MicroPython 1.27 and 1.28 behind the fake (py/builtinimport.c, shared/runtime/pyexec.c): boot.py and main.py
are run from the image where it has them; sys.path begins as ["", ".frozen", "/lib"]; a module's __file__ is the same in
the image and on the file system, so that it tells nothing.
"""

import builtins
from types import SimpleNamespace

import pytest

import places
from rig import BOARD
from thecal import app
from thecal.tables import states
from virtual_bench import world as worlds
from virtual_bench.bench import Bench
from virtual_bench.scenario_run import Port
from virtual_bench.volume import MemoryVolume

INSIDE, ON_FLASH = ".frozen", ""


class Image:
    """A chip to switch on. has: which of board and thecal each folder of the path has. mounts: has a file system."""

    def __init__(self, has, mounts=True):
        self.world = worlds.use(worlds.World(seed=1))
        self.bench = Bench(BOARD, self.world)
        self.has = has
        self.mounts = mounts
        self.path = ["", ".frozen", "/lib"]
        self.taken = {}
        self.program = self.pump = None
        self._globals = {"__builtins__": {**vars(builtins), "__import__": self._import}}

    def run(self, name):
        source = (places.ROOT / "firmware" / name).read_text(encoding="utf-8")
        exec(compile(source, name, "exec"), dict(self._globals))

    def switch_on(self):
        self.run("boot.py")
        self.run("main.py")

    def _import(self, name, globals=None, locals=None, fromlist=(), level=0):
        top = name.partition(".")[0]
        if top in ("board", "thecal") and top not in self.taken:
            self.taken[top] = next((folder for folder in self.path if top in self.has.get(folder, ())), None)
            if self.taken[top] is None:
                del self.taken[top]
                raise ImportError(name)
        if top == "sys":
            return SimpleNamespace(path=self.path, platform="rp2")
        if name == "os":
            return SimpleNamespace(stat=self._stat)
        stand_ins = {
            "board": BOARD,
            "micropython": SimpleNamespace(kbd_intr=lambda _: None),
            "time": self.world,
            "thecal.app": SimpleNamespace(Maintenance=app.Maintenance, compose=self._compose),
            "thecal.drivers.flash_volume": SimpleNamespace(FlashVolume=self._volume),
            "thecal.drivers.program_files": SimpleNamespace(ProgramFiles=lambda root: root),
            "thecal.drivers.sleep": SimpleNamespace(Sleeper=lambda: self),
            "thecal.drivers.usb_port": SimpleNamespace(UsbPort=lambda: Port(self.world)),
        }
        return stand_ins.get(name) or __import__(name, globals, locals, fromlist, level)

    def _stat(self, path):
        raise OSError(2)

    def _volume(self, root):
        if not self.mounts:
            raise OSError(19)
        return MemoryVolume()

    def _compose(self, *arguments):
        self.program = arguments[-1]
        self.pump = app.compose(*arguments)
        return SimpleNamespace(serial_arrived=self, run_forever=lambda: None)

    # As the firmware's sleeper.

    @property
    def interrupt(self):
        return SimpleNamespace(set=self.world.wake)

    def sleep(self, ms):
        self.world.idle(ms)

    def listen(self, serial_arrived):
        assert serial_arrived is self


@pytest.mark.req("SR-33")
def test_an_image_starts_without_a_manifest_and_says_not_commissioned():
    image = Image({INSIDE: ("board", "thecal")})
    image.switch_on()
    assert image.taken == {"board": INSIDE, "thecal": INSIDE}
    assert image.program is None
    assert image.pump is not None
    assert image.pump.body.holds & states.NOT_COMMISSIONED
    for _ in range(2_000):
        image.pump.scheduler.run_once()
    assert image.bench.stepper.edges == 0


def test_what_a_former_firmware_has_left_on_the_file_system_is_not_taken():
    image = Image({INSIDE: ("board", "thecal"), ON_FLASH: ("board", "thecal")})
    image.switch_on()
    assert image.taken == {"board": INSIDE, "thecal": INSIDE}
    assert image.path == [INSIDE]


@pytest.mark.req("SR-35")
def test_without_the_firmware_inside_the_manifest_is_still_asked_for():
    image = Image({ON_FLASH: ("board", "thecal")})
    with pytest.raises(RuntimeError, match="program incomplete"):
        image.switch_on()
    assert (image.taken, image.pump) == ({"board": ON_FLASH}, None)
    assert image.world.lines[BOARD.LIGHT_RED].level == 1
    assert image.world.lines[BOARD.PUMP_ENABLE_N].level == 1


@pytest.mark.req("SR-33")
def test_without_a_file_system_nothing_starts_and_the_light_is_red():
    image = Image({INSIDE: ("board", "thecal")}, mounts=False)
    with pytest.raises(RuntimeError, match="no file system"):
        image.switch_on()
    assert image.pump is None
    assert image.world.lines[BOARD.LIGHT_RED].level == 1
    assert image.world.lines[BOARD.PUMP_ENABLE_N].level == 1
