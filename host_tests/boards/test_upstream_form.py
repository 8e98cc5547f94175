"""The folders of boards have the form that upstream MicroPython builds: what they name is there. No image is built."""

import json
import sys
from types import SimpleNamespace

import pytest

import places
from thecal_tools.boards import board_file

EVERY = pytest.mark.parametrize("name", board_file.names())
BLOCK = 4096
# Keys that MicroPython's own list of boards needs (tools/autobuild, docs of board.json).
KEYS = {"deploy", "docs", "features", "images", "mcu", "product", "thumbnail", "url", "vendor"}


class Frozen:
    """Runs a manifest.py: what it freezes, by the name that a board imports it by."""

    def __init__(self, name: str):
        self.folder = board_file.BOARDS / name
        self.files: dict[str, object] = {}
        self.included: list[str] = []
        source = (self.folder / "manifest.py").read_text(encoding="utf-8")
        exec(compile(source, "manifest.py", "exec"), {"freeze": self.freeze, "include": self.included.append})

    def freeze(self, path: str, script: str | None = None, opt: int | None = None) -> None:
        if path.startswith("$(PORT_DIR)"):
            self.files[str(script)] = None
            return
        folder = (self.folder / path.replace("$(BOARD_DIR)/", "").replace("$(BOARD_DIR)", ".")).resolve()
        for found in [folder / script] if script else sorted(folder.rglob("*.py")):
            assert found.is_file(), found
            target = found.relative_to(folder).as_posix()
            assert target not in self.files, f"{target} twice: no image has two modules of one name"
            self.files[target] = found


@EVERY
def test_the_manifest_freezes_the_whole_firmware_and_this_boards_data(name):
    frozen = Frozen(name)
    root = places.ROOT / "firmware"
    firmware = {path.relative_to(root).as_posix() for path in root.rglob("*.py")}
    assert firmware <= set(frozen.files)
    assert frozen.files["board.py"] == board_file.BOARDS / name / "board.py"


@EVERY
def test_the_ports_own_modules_are_there_and_none_twice(name):
    frozen = Frozen(name)
    if name.startswith("RPI"):
        # The port's list would bring its _boot.py, which formats whatever it cannot mount.
        assert frozen.included == []
        assert {"rp2.py", "_boot.py"} <= set(frozen.files)
    else:
        assert frozen.included == ["$(PORT_DIR)/boards/manifest.py"]
        assert "_boot.py" not in frozen.files


@EVERY
def test_board_json_has_upstreams_keys(name):
    document = json.loads((board_file.BOARDS / name / "board.json").read_text(encoding="utf-8"))
    assert set(document) >= KEYS
    data, _ = board_file.read(board_file.path_of(name))
    assert document["mcu"] == data.CHIP.lower()
    assert all((board_file.BOARDS / name / path).is_file() for path in document["deploy"])


@EVERY
def test_the_build_takes_the_ports_board_and_this_manifest(name):
    folder = board_file.BOARDS / name
    cmake = (folder / "mpconfigboard.cmake").read_text(encoding="utf-8")
    assert f"/boards/{name}/mpconfigboard.cmake)" in cmake
    assert "set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)" in cmake
    assert f'#include "boards/{name}/mpconfigboard.h"' in (folder / "mpconfigboard.h").read_text(encoding="utf-8")


class FakeFlash:
    """A flash of four blocks, and a LittleFS that mounts where it was formatted and nothing has spoiled it."""

    def __init__(self, content: bytes):
        self.content = content
        self.formatted = 0
        self.mounted = []

    def ioctl(self, operation: int, _: int) -> int:
        assert operation == 5  # size of a block
        return BLOCK

    def readblocks(self, number: int, buffer: bytearray) -> None:
        buffer[:] = self.content[number * BLOCK : number * BLOCK + len(buffer)]

    def vfs(self) -> SimpleNamespace:
        flash = self

        class VfsLfs2:
            def __init__(self, device, progsize):
                if not flash.content.startswith(b"littlefs"):
                    raise OSError(19)

            @staticmethod
            def mkfs(device, progsize):
                flash.formatted += 1
                flash.content = b"littlefs".ljust(4 * BLOCK, b"\xff")

        return SimpleNamespace(VfsLfs2=VfsLfs2, mount=lambda fs, path: self.mounted.append(path))


def start(monkeypatch, content: bytes) -> FakeFlash:
    flash = FakeFlash(content)
    monkeypatch.setitem(sys.modules, "vfs", flash.vfs())
    monkeypatch.setitem(sys.modules, "rp2", SimpleNamespace(Flash=lambda: flash))
    source = (board_file.BOARDS / "RPI_PICO/modules/_boot.py").read_text(encoding="utf-8")
    exec(compile(source, "_boot.py", "exec"), {})
    return flash


ERASED = b"\xff" * BLOCK


def test_a_sound_file_system_is_mounted(monkeypatch):
    flash = start(monkeypatch, b"littlefs".ljust(4 * BLOCK, b"\0"))
    assert (flash.mounted, flash.formatted) == (["/"], 0)


def test_erased_flash_is_formatted(monkeypatch):
    flash = start(monkeypatch, 4 * ERASED)
    assert (flash.mounted, flash.formatted) == (["/"], 1)


@pytest.mark.parametrize("spoiled", [0, BLOCK - 1, BLOCK, 2 * BLOCK - 1])
def test_what_cannot_be_mounted_is_never_formatted(monkeypatch, spoiled):
    content = bytearray(4 * ERASED)
    content[spoiled] = 0
    flash = start(monkeypatch, bytes(content))
    assert (flash.mounted, flash.formatted) == ([], 0)
