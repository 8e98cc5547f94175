"""A board in memory at whose prompt the flasher's pieces really run, with its file system, its pins and its power.

Files behave as on LittleFS: a new one is there, empty, when it is opened; content counts from the close; a rename is
one step. The power can be cut before any operation that changes the flash.
"""

import builtins
import contextlib
import io
import zlib
from types import SimpleNamespace

from thecal import VERSION
from thecal.drivers.program_files import MANIFEST
from thecal_tools.flashing import FlashError, serial_board
from thecal_tools.scenario_file import board_module

ENOENT, EEXIST, ENOTEMPTY = 2, 17, 39
FOLDER, FILE = 0x4000, 0x8000
BLOCK = 4096
NOT_COMMISSIONED = 128
IN_ROM = {"array", "binascii", "hashlib", "micropython", "select", "struct", "sys", "time"}


class PowerCut(Exception):
    """The board has lost its power."""


class Started(Exception):
    """main.py has begun to import the firmware."""


class MemoryBoard:
    """files: content by path. runs: what answers at the port at first, of serial_board.

    cut_at: the number of the operation (from 1) at which the power goes; 0 never. operations: so far. spoils: how the
    content begins that is stored wrong, once. held: so many starts see the buttons for maintenance held.
    """

    patience = 1.0

    def __init__(self, files=(), runs=serial_board.PROMPT, name="RPI_PICO"):
        self.files = dict(files)
        self.folders = {path.rpartition("/")[0] for path in self.files if "/" in path}
        self.runs = runs
        self.name = name
        self.platform, self.machine, self.build = "rp2", "Raspberry Pi Pico with RP2040", name
        self.interpreter, self.version, self.mpy = "micropython", (1, 28, 0, ""), 0x1206
        self.free_blocks = 340
        self.cut_at = self.operations = 0
        self.spoils = b""
        self.held = 0
        self.pins = {}
        self.clock = (2021, 1, 1, 4, 0, 0, 0, 0)
        # Registers of a DS3231, none where there is no such chip.
        self.clock_chip = bytearray()
        self.methods = {}
        self.log = []
        self.power_cycle()

    # ------------------------------------------------------------------------------------------------ as SerialBoard

    def probe(self):
        return self.runs

    def ask(self, method):
        self.log.append(method)
        answers = {
            "identify": {"version": VERSION, "board": self.name},
            "self_test": {"passed": False, "failures": 7, "unproven": 15, "holds": NOT_COMMISSIONED},
        } | self.methods
        if self.runs != serial_board.PUMP or method not in answers:
            return {"error": {"code": -32601}}
        return {"result": answers[method]}

    def enter(self):
        if self.runs == serial_board.PUMP:
            raise FlashError("no prompt")
        self.runs = serial_board.PROMPT

    def run(self, source):
        assert self.runs == serial_board.PROMPT
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output):
                exec(source, self._globals)
        except OSError as error:
            raise FlashError(f"the board says OSError: {error.args[0]}") from None
        return output.getvalue()

    def restart(self):
        if self.boot() != "started":
            self.runs = serial_board.PROMPT
            return False
        # In maintenance the firmware has said its first line too.
        self.runs = serial_board.PROMPT if self.held else serial_board.PUMP
        self.held = max(self.held - 1, 0)
        return True

    # -------------------------------------------------------------------------------------------------- what happens

    def power_cycle(self):
        """The power was away: no piece's names are left, and no pin is driven."""
        self.pins = {}
        self._path = ["", ".frozen", "/lib"]
        self._globals = {"__builtins__": {**vars(builtins), "open": self._open, "__import__": self._import}}

    def boot(self):
        """Run the real boot.py and main.py up to their first module: "started", "stopped", "failed" or "nothing"."""
        self.power_cycle()
        if "boot.py" in self.files:
            with contextlib.suppress(ImportError):
                exec(self.files["boot.py"], dict(self._globals))
        if "main.py" not in self.files:
            return "nothing"
        try:
            exec(self.files["main.py"], dict(self._globals))
        except Started:
            return "started"
        except RuntimeError as error:
            return "stopped" if error.args[0].startswith("STOPPED") else "failed"
        except ImportError:
            return "failed"
        raise AssertionError("main.py ended")

    def is_consistent(self):
        """Every file that the manifest names is there and has its checksum."""
        lines = [line.split(" ") for line in self.files[MANIFEST].decode().splitlines() if " " in line]
        return bool(lines) and all(f"{zlib.crc32(self.files.get(path, b'')):08x}" == digest for digest, path in lines)

    # ------------------------------------------------------------------------------------------------- what it offers

    def _change(self):
        self.operations += 1
        if self.operations == self.cut_at:
            raise PowerCut

    def _import(self, name, globals=None, locals=None, fromlist=(), level=0):
        if name == "board":
            if "board.mpy" not in self.files:
                raise ImportError(name)
            return board_module(self.name)
        if name.startswith("thecal"):
            # No image has it inside.
            if "" not in self._path:
                raise ImportError(name)
            raise Started
        if name == "os":
            calls = ("stat", "statvfs", "ilistdir", "rename", "remove", "mkdir", "rmdir")
            return SimpleNamespace(
                **{call: getattr(self, f"_{call}") for call in calls},
                uname=lambda: SimpleNamespace(machine=self.machine),
            )
        if name == "sys":
            implementation = SimpleNamespace(
                name=self.interpreter, version=self.version, _mpy=self.mpy, _build=self.build
            )
            return SimpleNamespace(implementation=implementation, platform=self.platform, path=self._path)
        if name == "machine":
            return SimpleNamespace(
                Pin=self._pin(), SoftI2C=self._bus, RTC=lambda: SimpleNamespace(datetime=self._datetime)
            )
        if name in ("rp2", "esp32"):
            return SimpleNamespace()
        assert name in IN_ROM, name
        return SimpleNamespace() if name in ("array", "micropython", "select", "time") else __import__(name)

    def _bus(self, scl, sda):
        def write(address, register, data):
            if address != 0x68 or not self.clock_chip:
                raise OSError(19)
            self.clock_chip[register : register + len(data)] = data

        def read(address, register, count):
            return bytes(self.clock_chip[register : register + count])

        return SimpleNamespace(writeto_mem=write, readfrom_mem=read)

    def _pin(self):
        pins = self.pins

        class Pin:
            OUT = 1

            def __init__(self, number, mode=None, value=None):
                pins[number] = value

        return Pin

    def _datetime(self, when=None):
        if when is not None:
            self.clock = when
        return self.clock

    def _open(self, path, mode="r"):
        path = path.strip("/")
        if "w" in mode:
            if path.rpartition("/")[0] not in self.folders | {""}:
                raise OSError(ENOENT)
            if path not in self.files:
                self._change()
                self.files[path] = b""
            return _Writing(self, path)
        if path not in self.files:
            raise OSError(ENOENT)
        content = self.files[path]
        return io.BytesIO(content) if "b" in mode else io.StringIO(content.decode())

    def closed(self, path, content):
        self._change()
        # A damaged block, once.
        if self.spoils and content.startswith(self.spoils):
            self.spoils = b""
            content = content[:-1] + b"?"
        self.files[path] = content

    def _stat(self, path):
        path = path.strip("/")
        if path in self.files:
            return (FILE, 0, 0, 0, 0, 0, len(self.files[path]), 0, 0, 0)
        if path in self.folders or not path:
            return (FOLDER, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(ENOENT)

    def _statvfs(self, path):
        return (BLOCK, BLOCK, 352, self.free_blocks, self.free_blocks, 0, 0, 0, 0, 255)

    def _ilistdir(self, path):
        inside = path.strip("/") + "/"
        for name in sorted(self.folders):
            if name.startswith(inside) and "/" not in name[len(inside) :]:
                yield (name[len(inside) :], FOLDER, 0)
        for name, content in sorted(self.files.items()):
            if name.startswith(inside) and "/" not in name[len(inside) :]:
                yield (name[len(inside) :], FILE, 0, len(content))

    def _rename(self, old, new):
        self._change()
        self.files[new.strip("/")] = self.files.pop(old.strip("/"))

    def _remove(self, path):
        if path.strip("/") not in self.files:
            raise OSError(ENOENT)
        self._change()
        del self.files[path.strip("/")]

    def _mkdir(self, path):
        path = path.strip("/")
        if path in self.folders:
            raise OSError(EEXIST)
        self._change()
        self.folders.add(path)

    def _rmdir(self, path):
        path = path.strip("/")
        if any(name.startswith(path + "/") for name in [*self.files, *self.folders]):
            raise OSError(ENOTEMPTY)
        if path not in self.folders:
            raise OSError(ENOENT)
        self._change()
        self.folders.remove(path)


class _Writing:
    def __init__(self, board, path):
        self._board, self._path, self._content = board, path, b""

    def write(self, data):
        self._content += data
        return len(data)

    def close(self):
        self._board.closed(self._path, self._content)
