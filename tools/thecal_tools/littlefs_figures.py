"""What the records cost on the board's flash: erases, life and room, counted on real LittleFS.

Counts come from LittleFS and the firmware's own code and repeat exactly; only host_us_per_append is a time.
"""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from thecal.app import commission_new
from thecal.records import journal, record, resume
from thecal.records.journal import Journal
from thecal.records.ledger import Ledger
from thecal.records.mark import BLOCK, ReserveMark
from thecal.records.windows import WindowsFile
from thecal.safety.gate import SNAPSHOT_BYTES
from thecal.tables import events
from thecal_tools import mpy_build
from thecal_tools.littlefs_flash import PICO_W_BLOCKS, NorFlash
from thecal_tools.littlefs_volume import LittlefsVolume, format_flash

RESULT = mpy_build.ROOT / "build" / "bench" / "records.json"
# 24 mL/day, the highest rate of tables.quantities, in steps of 250 nL.
STEPS_PER_DAY = 96_000
# Winbond W25Q16JV, "more than 100,000 erase/program cycles"; typical times of its table of AC characteristics.
ENDURANCE = 100_000
ERASE_MS = 45
PAGE_MS = 0.4
_CHECKPOINTS_PER_DAY = 144
_RECORDS_PER_DAY = 170  # 5,000 events in 30 days (SR-39), rounded up
_DAYS_PER_YEAR = 365.25

BUDGETS = {
    "erases_per_record": 0.2,
    "erases_per_mark": 0.07,
    "life_years": 10,
    "records_kept": 5_300,
}


@dataclass(frozen=True)
class Figures:
    """Erases and pages are per call; life is that of the block which wears fastest.

    records_kept: the least that the journal ever holds once it is full. blocks_used: of blocks, then, with the firmware
    and room for a second copy of what is being written. append_flash_ms: what the flash needs for an append, on
    average.
    """

    blocks: int
    firmware_bytes: int
    blocks_of_firmware: int
    blocks_used: int
    records_kept: int
    erases_per_record: float
    pages_per_record: float
    append_flash_ms: float
    host_us_per_append: float
    erases_per_mark: float
    pages_per_mark: float
    erases_per_day: float
    worst_block_erases_per_day: float
    days_walked: int
    life_years: float


class Clock:
    """Times that records carry; tests and measurements set them."""

    def __init__(self, seconds: int = 0):
        self.seconds = seconds
        self.millis = 0
        self.quality = 1

    def wall(self) -> int:
        return self.seconds


class Board:
    """A board's flash with the firmware on it and a pump that was commissioned as new."""

    def __init__(self, blocks: int = PICO_W_BLOCKS):
        self.flash = NorFlash(blocks)
        format_flash(self.flash)
        self.firmware_bytes = self._store_firmware()
        self.volume = LittlefsVolume(self.flash)
        self.blocks_of_firmware = self.volume.used_blocks()
        self.clock = Clock()
        commission_new(self.volume, self.clock, 250_000, b"", 20_000_000)
        self.journal = Journal(self.volume, self.clock)
        resume.resume_journal(self.volume, self.journal)
        self.mark = ReserveMark(self.volume, self.clock)
        self.ledger = Ledger(self.volume, self.clock)
        self.windows = WindowsFile(self.volume)

    def append(self) -> None:
        """One journal record. Raises OSError where there is no room."""
        self.clock.seconds += 500
        if not self.journal.add(events.HOUR_TOTALS, bytes(record.PAYLOAD)):
            raise OSError("the journal takes no more")

    def reserve_block(self) -> None:
        self.mark.commit(self.mark.committed + BLOCK)

    def checkpoint(self) -> None:
        """What the programme writes every ten minutes of delivery."""
        self.windows.save(self.mark.committed, bytes(SNAPSHOT_BYTES))
        self.ledger.save(self.mark.committed, 0)

    def day(self) -> None:
        """A day at the highest legal rate."""
        marks = records = 0
        for checkpoint in range(1, _CHECKPOINTS_PER_DAY + 1):
            for _ in range(checkpoint * STEPS_PER_DAY // BLOCK // _CHECKPOINTS_PER_DAY - marks):
                self.reserve_block()
            for _ in range(checkpoint * _RECORDS_PER_DAY // _CHECKPOINTS_PER_DAY - records):
                self.append()
            marks = checkpoint * STEPS_PER_DAY // BLOCK // _CHECKPOINTS_PER_DAY
            records = checkpoint * _RECORDS_PER_DAY // _CHECKPOINTS_PER_DAY
            self.checkpoint()

    def _store_firmware(self) -> int:
        root = LittlefsVolume(self.flash, root="")
        total = 0
        for target, path in mpy_build.build(mpy_build.board_sources()).items():
            folder = ""
            for part in target.split("/")[:-1]:
                folder += part
                root.mkdir(folder)
                folder += "/"
            root.write(target, path.read_bytes())
            total += path.stat().st_size
        return total


def measure(days: int = 3) -> Figures:
    """All figures, of a Pico W, the board with less room. days: that the flash is worn at the highest rate."""
    board = Board()
    fullest = 0
    for _ in range(7_000):
        board.append()
    kept = 7_000
    records = _Use(board.flash)
    started = time.perf_counter()
    for _ in range(3_000):
        board.append()
        kept = min(kept, board.journal.sequence - board.journal.oldest())
    host_us = (time.perf_counter() - started) / 3_000 * 1e6
    fullest = board.volume.used_blocks()
    records.stop(3_000)
    marks = _Use(board.flash)
    for _ in range(3_200):
        board.reserve_block()
    marks.stop(3_200)
    before = list(board.flash.erases)
    for _ in range(days):
        board.day()
    worn = [after - start for after, start in zip(board.flash.erases, before, strict=True)]
    return Figures(
        blocks=len(board.flash.blocks),
        firmware_bytes=board.firmware_bytes,
        blocks_of_firmware=board.blocks_of_firmware,
        blocks_used=fullest,
        records_kept=kept,
        erases_per_record=records.erases,
        pages_per_record=records.pages,
        append_flash_ms=round(records.erases * ERASE_MS + records.pages * PAGE_MS, 2),
        host_us_per_append=round(host_us, 1),
        erases_per_mark=marks.erases,
        pages_per_mark=marks.pages,
        erases_per_day=round(sum(worn) / days, 1),
        worst_block_erases_per_day=round(max(worn) / days, 2),
        days_walked=days,
        life_years=round(ENDURANCE / (max(worn) / days) / _DAYS_PER_YEAR, 1),
    )


def save(figures: Figures, path: Path = RESULT) -> None:
    """Write the figures and their budgets as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"budgets": BUDGETS, "figures": asdict(figures), "endurance_cycles": ENDURANCE}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


class _Use:
    """Erases and pages of a flash from here until stop(), for each call."""

    def __init__(self, flash: NorFlash):
        self._flash = flash
        self._before = sum(flash.erases), sum(flash.programs)
        self.erases = self.pages = 0.0

    def stop(self, calls: int) -> None:
        self.erases = round((sum(self._flash.erases) - self._before[0]) / calls, 4)
        self.pages = round((sum(self._flash.programs) - self._before[1]) / calls, 3)


__all__ = ["BUDGETS", "Board", "Clock", "Figures", "journal", "measure", "save"]
