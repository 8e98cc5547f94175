"""The flash of an RP2040 board as LittleFS sees it: NOR cells that wear, and may lose power in mid-operation.

A program clears bits and never sets one; an erase sets all bits of a block. Both are counted by block. A program of
several pages counts, and can be cut, page by page, as the chip does it.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from littlefs import LittleFSError, UserContext

BLOCK_BYTES = 4096
PAGE_BYTES = 256
# MicroPython 1.28: what the stock images leave to the file system.
PICO_BLOCKS = 352
PICO_W_BLOCKS = 212
# MicroPython 1.28, extmod/vfs_lfsx.c with the progsize of ports/rp2/modules/_boot.py.
PARAMETERS: dict[str, Any] = {
    "block_size": BLOCK_BYTES,
    "read_size": 32,
    "prog_size": PAGE_BYTES,
    "cache_size": 1024,
    "lookahead_size": 32,
    "block_cycles": 100,
}
# Ways in which an operation can be torn.
BEGINNING, SOME_BYTES, SOME_BITS = WAYS = (0, 1, 2)
_ERASED = b"\xff" * BLOCK_BYTES
_NO_POWER = int(LittleFSError.Error.LFS_ERR_IO)


class Operation(NamedTuple):
    """One program of a page, or one erase of a block where page is None. offset: bytes from the block's start."""

    block: int
    offset: int
    page: bytes | None

    @property
    def is_erase(self) -> bool:
        return self.page is None


class NorFlash(UserContext):
    """Blocks of a flash; erased where none are given.

    cut_at: number of the operation (0 the first) in which the power goes; part of it happens (torn: see tear), and
    nothing after it. before: called with each operation before it takes effect.
    """

    def __init__(self, blocks: Sequence[bytes] | int):
        self.blocks = [_ERASED] * blocks if isinstance(blocks, int) else list(blocks)
        self.erases = [0] * len(self.blocks)
        self.programs = [0] * len(self.blocks)
        self.operations = 0
        self.cut_at: int | None = None
        self.torn = (BEGINNING, 0)
        self.before: Callable[[Operation], None] = _nobody

    @property
    def is_cut(self) -> bool:
        """True from the operation on in which the power went."""
        return self.cut_at is not None and self.operations > self.cut_at

    def power_back(self) -> None:
        """The power is there again, and stays."""
        self.cut_at = None

    def read(self, cfg: Any, block: int, off: int, size: int) -> bytes:  # type: ignore[override]
        return self.blocks[block][off : off + size]

    def prog(self, cfg: Any, block: int, off: int, data: bytes) -> int:
        for start in range(0, len(data), PAGE_BYTES):
            if not self._happens(Operation(block, off + start, data[start : start + PAGE_BYTES])):
                return _NO_POWER
            self.programs[block] += 1
        return 0

    def erase(self, cfg: Any, block: int) -> int:
        if not self._happens(Operation(block, 0, None)):
            return _NO_POWER
        self.erases[block] += 1
        return 0

    def sync(self, cfg: Any) -> int:
        return 0

    def _happens(self, operation: Operation) -> bool:
        if self.is_cut:
            return False
        self.before(operation)
        self.operations += 1
        if self.is_cut:
            tear(self.blocks, operation, *self.torn)
            return False
        apply(self.blocks, operation)
        return True


def apply(blocks: list[bytes], operation: Operation) -> None:
    """Let an operation take effect in full."""
    page = operation.page
    _put(blocks, operation, _ERASED if page is None else _anded(_before(blocks, operation), page))


def tear(blocks: list[bytes], operation: Operation, way: int, seed: int) -> None:
    """Let part of an operation take effect. way: BEGINNING of its bytes, SOME_BYTES, or SOME_BITS of any byte."""
    random = Random(seed)
    old = _before(blocks, operation)
    new = _ERASED if operation.page is None else _anded(old, operation.page)
    length = len(new)
    if way == BEGINNING:
        done = random.randrange(length + 1)
        _put(blocks, operation, new[:done] + old[done:])
        return
    if way == SOME_BYTES:
        mask = int.from_bytes(bytes(random.choice((0, 0xFF)) for _ in range(length)), "little")
    else:
        mask = random.getrandbits(8 * length)
    mixed = int.from_bytes(new, "little") & mask | int.from_bytes(old, "little") & ~mask
    _put(blocks, operation, mixed.to_bytes(length, "little"))


def _before(blocks: list[bytes], operation: Operation) -> bytes:
    length = BLOCK_BYTES if operation.page is None else len(operation.page)
    return blocks[operation.block][operation.offset : operation.offset + length]


def _put(blocks: list[bytes], operation: Operation, content: bytes) -> None:
    block = blocks[operation.block]
    blocks[operation.block] = block[: operation.offset] + content + block[operation.offset + len(content) :]


def _anded(old: bytes, new: bytes) -> bytes:
    return (int.from_bytes(old, "little") & int.from_bytes(new, "little")).to_bytes(len(new), "little")


def _nobody(operation: Operation) -> None:
    pass
