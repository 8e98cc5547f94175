"""The board's records on the host: real LittleFS, with MicroPython's parameters, over a model of the board's flash.

LittlefsVolume does what thecal.drivers.flash_volume does on a board, one open, write and close at a time.
"""

from collections.abc import Callable

from littlefs import LittleFS, LittleFSError, lfs

from thecal_tools.littlefs_flash import PARAMETERS, NorFlash

ROOT = "/records"
ENOENT = 2
EEXIST = 17


def _flags(*names: str) -> lfs.LFSFileFlag:
    return lfs.LFSFileFlag(sum(lfs.LFSFileFlag[name] for name in names))


# MicroPython 1.28, extmod/vfs_lfsx_file.c: what "rb", "wb" and "ab" mean there.
_READ = _flags("rdonly")
_REPLACE = _flags("wronly", "creat", "trunc")
_APPEND = _flags("wronly", "creat", "append")
_CHANGE = _flags("wronly", "creat")
_STAMP = bytes(4 + 8)  # tag and time


def format_flash(flash: NorFlash) -> None:
    """Make an empty file system, as a board's _boot.py does on a new or unreadable flash."""
    LittleFS(context=flash, block_count=len(flash.blocks), mount=False, **PARAMETERS).format()


class LittlefsVolume:
    """Files below a folder of a formatted flash; see thecal.records.files for what its methods promise.

    power_failed: called when the flash has lost its power in a call, after the file system was mounted anew; where it
    returns, the call raises OSError. The constructor raises OSError where the flash cannot be mounted.
    """

    def __init__(self, flash: NorFlash, root: str = ROOT, power_failed: Callable[[], None] | None = None):
        self.flash = flash
        self.power_failed = power_failed
        self._root = root
        self.mount()
        if root:
            self.mkdir("")

    def mount(self) -> None:
        """Mount the flash, as a board does when it starts. Raises OSError."""
        self._fs = LittleFS(context=self.flash, block_count=len(self.flash.blocks), mount=False, **PARAMETERS)
        try:
            self._fs.mount()
        except LittleFSError as error:
            raise OSError(-error.code, "cannot be mounted") from None

    def read(self, path: str) -> bytes | None:
        """Bytes of a file, or None where there is none."""
        try:
            return self._within(self._read_file, path)
        except OSError as error:
            if error.args[0] == ENOENT:
                return None
            raise

    def write(self, path: str, data: bytes) -> None:
        """Replace a file in one atomic step."""
        self._within(self._write_file, path, _REPLACE, data)

    def append(self, path: str, data: bytes) -> None:
        """Add to a file in one atomic step; it is made where it is missing."""
        self._within(self._write_file, path, _APPEND, data)

    def remove(self, path: str) -> None:
        self._within(lambda full: lfs.remove(self._fs.fs, full), path)

    def listdir(self, path: str) -> list[str]:
        """Sorted names in a folder."""
        return self._within(lambda full: sorted(self._fs.listdir(full)), path)

    def mkdir(self, path: str) -> None:
        """Make a folder; one that exists is kept."""
        try:
            self._within(lambda full: lfs.mkdir(self._fs.fs, full), path)
        except OSError as error:
            if error.args[0] != EEXIST:
                raise

    def used_blocks(self) -> int:
        """Blocks of the flash that hold something, other folders than the records' among them."""
        return self._fs.used_block_count

    def _within(self, act: Callable, path: str, *arguments):
        try:
            return act(self._root + "/" + path if path else self._root, *arguments)
        except LittleFSError as error:
            failure = OSError(-error.code, str(error))
        if self.flash.is_cut:
            self.flash.power_back()
            self.mount()
            if self.power_failed is not None:
                self.power_failed()
        raise failure

    def _read_file(self, path: str) -> bytes:
        file = lfs.file_open(self._fs.fs, path, _READ)
        try:
            return lfs.file_read(self._fs.fs, file, lfs.file_size(self._fs.fs, file))
        finally:
            lfs.file_close(self._fs.fs, file)

    def _write_file(self, path: str, flags: lfs.LFSFileFlag, data: bytes, over: int = 0) -> None:
        # over: bytes at the file's end that the data is written over.
        # Not through littlefs.FileHandle: where its close() fails it closes a second time, which ends the process.
        file = lfs.file_open(self._fs.fs, path, flags)
        try:
            if over:
                lfs.file_seek(self._fs.fs, file, max(lfs.file_size(self._fs.fs, file) - over, 0), 0)
            lfs.file_write(self._fs.fs, file, bytes(data))
        finally:
            lfs.file_close(self._fs.fs, file)


class StampedVolume(LittlefsVolume):
    """With each file's content goes what MicroPython stores beside it, the time of its last change.

    There it is an attribute in the same commit, which littlefs-python cannot write; here it is the file's end, of the
    same size. Files of a LittlefsVolume cannot be read with it.
    """

    def read(self, path: str) -> bytes | None:
        content = super().read(path)
        return content if content is None else content[: -len(_STAMP)]

    def write(self, path: str, data: bytes) -> None:
        super().write(path, bytes(data) + _STAMP)

    def append(self, path: str, data: bytes) -> None:
        self._within(self._write_file, path, _CHANGE, bytes(data) + _STAMP, len(_STAMP))
