"""What the records cost on the board's flash: erases, life and room, counted on real LittleFS.

Counts come from LittleFS and the firmware's own code and repeat exactly; only host_us_per_append is a time.
"""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from thecal.app import commission_new
from thecal.records import record, resume
from thecal.records.dose_history import DoseHistory
from thecal.records.journal import Journal
from thecal.records.ledger import Ledger
from thecal.records.mark import BLOCK, ReserveMark
from thecal.records.windows import WindowsFile
from thecal.safety.gate import SNAPSHOT_BYTES, Gate
from thecal.tables import events
from thecal_tools import mpy_build
from thecal_tools.littlefs_flash import PICO_W_BLOCKS, NorFlash
from thecal_tools.littlefs_volume import LittlefsVolume, StampedVolume, format_flash

RESULT = mpy_build.ROOT / "build" / "bench" / "records.json"
# 24 mL/day, the highest rate of tables.quantities, in steps of 250 nL.
STEPS_PER_DAY = 96_000
# Winbond W25Q16JV: at least 100,000 erase cycles of each sector; typical times of an erase and of a page.
ENDURANCE = 100_000
ERASE_MS = 45
PAGE_MS = 0.4
# By how much the block that wears fastest may be ahead of the mean; worn_in() measures it.
UNEVENNESS = 2
_WINDOWS_PER_DAY = 144
# The longest history of doses: a flex day of 24 steps and every bolus that a patient can have, each saved twice.
_RATES_PER_DAY, _BOLUSES_PER_DAY = 24, 24
_DOSE_SAVES_PER_DAY = _RATES_PER_DAY + 2 * _BOLUSES_PER_DAY
# Each hour, and at the grant and the end of each bolus; the counts beside the mark are written with it.
_LEDGER_SAVES_PER_DAY = 24 + 2 * _BOLUSES_PER_DAY
_RECORDS_PER_DAY = 170  # 5,000 events in 30 days (SR-39), rounded up
_DAYS_PER_YEAR = 365.25
_FULL = 7_000
_SAMPLE = 3_200

BUDGETS = {
    "erases_per_record": ("at most", 0.2),
    "erases_per_mark": ("at most", 0.07),
    "records_kept": ("at least", 5_300),
    "free_blocks": ("at least", 20),
    "life_years": ("at least", 10),
}


@dataclass(frozen=True)
class Figures:
    """Of a Pico W with the firmware and a journal that is full. Erases and pages are per call.

    records_kept: the least that the journal holds from then on. append_flash_ms: what the flash is busy for an append,
    on average. erases_per_day: at the highest legal rate. life_years: until the block that wears fastest is worn out,
    when it wears UNEVENNESS times as fast as the mean of the blocks that are free.
    """

    blocks: int
    firmware_bytes: int
    firmware_blocks: int
    free_blocks: int
    records_kept: int
    erases_per_record: float
    pages_per_record: float
    append_flash_ms: float
    host_us_per_append: float
    erases_per_mark: float
    pages_per_mark: float
    erases_per_day: float
    life_years: float


@dataclass(frozen=True)
class Wear:
    """After days at the highest legal rate. worst_block: its erases; unevenness: against the mean of free blocks."""

    days: int
    erases_per_day: float
    worst_block: int
    unevenness: float
    life_years: float


class Clock:
    """The times that records carry."""

    def __init__(self) -> None:
        self.seconds = 1
        self.millis = 0
        self.quality = 1

    def wall(self) -> int:
        return self.seconds


class Board:
    """A board's flash with the firmware on it and a pump that was commissioned as new."""

    def __init__(self, blocks: int = PICO_W_BLOCKS):
        self.flash = NorFlash(blocks)
        format_flash(self.flash)
        self.firmware_bytes = _store_firmware(LittlefsVolume(self.flash, root=""))
        self.volume = StampedVolume(self.flash)
        self.firmware_blocks = self.volume.used_blocks()
        self.clock = Clock()
        commission_new(self.volume, self.clock, 250_000, None, 20_000_000)
        self.journal = Journal(self.volume, self.clock)
        resume.resume_journal(self.volume, self.journal)
        self.ledger = Ledger(self.volume)
        self.mark = ReserveMark(self.volume, self.clock, self.ledger.counts(), Gate().recent)
        self.windows = WindowsFile(self.volume)
        self.given = DoseHistory(self.volume, self.clock)
        self.given.rate_count, self.given.bolus_count = _RATES_PER_DAY + 1, _BOLUSES_PER_DAY + 1

    def append(self) -> None:
        """One journal record. Raises OSError where there is no room."""
        self.clock.seconds += 500
        if not self.journal.add(events.HOUR_TOTALS, bytes(record.PAYLOAD)):
            raise OSError("the journal takes no more")

    def reserve_block(self) -> None:
        """The mark goes on by one block of steps."""
        self.mark.commit(self.mark.committed + BLOCK)

    def save_windows(self) -> None:
        """What the programme writes every ten minutes of delivery."""
        self.windows.save(self.mark.committed, bytes(SNAPSHOT_BYTES))

    def save_ledger(self) -> None:
        """As pump.body.Body does."""
        self.mark.commit(self.mark.committed)
        self.ledger.save(self.journal.sequence, self.journal.seconds, 0)

    def day(self) -> None:
        """A day at the highest legal rate, with as many records as the journal must hold for a day."""
        a_day = (
            (self.reserve_block, STEPS_PER_DAY // BLOCK),
            (self.append, _RECORDS_PER_DAY),
            (self.given.save, _DOSE_SAVES_PER_DAY),
            (self.save_ledger, _LEDGER_SAVES_PER_DAY),
            (self.save_windows, _WINDOWS_PER_DAY),
        )
        for done in range(_WINDOWS_PER_DAY):
            for write, count in a_day:
                for _ in range(count * done // _WINDOWS_PER_DAY, count * (done + 1) // _WINDOWS_PER_DAY):
                    write()

    def free_blocks(self) -> int:
        """Blocks that hold nothing."""
        return len(self.flash.blocks) - self.volume.used_blocks()


def measure() -> Figures:
    """All figures."""
    board = Board()
    for _ in range(_FULL):
        board.append()
    kept = []
    started = time.perf_counter()
    before = _use(board)
    for _ in range(_SAMPLE):
        board.append()
        kept.append(board.journal.sequence - board.journal.oldest())
    record_erases, record_pages = _per_call(before, _use(board), _SAMPLE)
    host_us = (time.perf_counter() - started) / _SAMPLE * 1e6
    before = _use(board)
    for _ in range(_SAMPLE):
        board.reserve_block()
    mark_erases, mark_pages = _per_call(before, _use(board), _SAMPLE)
    before = _use(board)
    board.day()
    day_erases, _ = _per_call(before, _use(board), 1)
    free = board.free_blocks()
    return Figures(
        blocks=len(board.flash.blocks),
        firmware_bytes=board.firmware_bytes,
        firmware_blocks=board.firmware_blocks,
        free_blocks=free,
        records_kept=min(kept),
        erases_per_record=record_erases,
        pages_per_record=record_pages,
        append_flash_ms=round(record_erases * ERASE_MS + record_pages * PAGE_MS, 2),
        host_us_per_append=round(host_us, 1),
        erases_per_mark=mark_erases,
        pages_per_mark=mark_pages,
        erases_per_day=day_erases,
        life_years=round(ENDURANCE * free / (day_erases * UNEVENNESS) / _DAYS_PER_YEAR, 1),
    )


def worn_in(days: int) -> Wear:
    """Wear the flash for so many days at the highest legal rate; 0.7 s of the host's time each."""
    board = Board()
    for _ in range(_FULL):
        board.append()
    before = list(board.flash.erases)
    for _ in range(days):
        board.day()
    worn = [after - start for after, start in zip(board.flash.erases, before, strict=True)]
    worst = max(worn)
    return Wear(
        days=days,
        erases_per_day=round(sum(worn) / days, 1),
        worst_block=worst,
        unevenness=round(worst / (sum(worn) / board.free_blocks()), 2),
        life_years=round(ENDURANCE * days / worst / _DAYS_PER_YEAR, 1),
    )


def over_budget(figures: Figures) -> list[str]:
    """One line for each figure that misses its budget."""
    missed = []
    for name, (sense, limit) in BUDGETS.items():
        value = getattr(figures, name)
        if value > limit if sense == "at most" else value < limit:
            missed.append(f"{name}: {value}, {sense} {limit}")
    return missed


def save(figures: Figures, path: Path = RESULT) -> None:
    """Write the figures, their budgets and what they assume as JSON."""
    assumed = {"endurance_cycles": ENDURANCE, "steps_per_day": STEPS_PER_DAY, "erase_ms": ERASE_MS, "page_ms": PAGE_MS}
    document = {"figures": asdict(figures), "budgets": BUDGETS, "assumed": assumed}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _store_firmware(volume: LittlefsVolume) -> int:
    total = 0
    for target, path in mpy_build.board_modules().items():
        parts = target.split("/")
        for depth in range(1, len(parts)):
            volume.mkdir("/".join(parts[:depth]))
        volume.write(target, path.read_bytes())
        total += path.stat().st_size
    return total


def _use(board: Board) -> tuple[int, int]:
    return sum(board.flash.erases), sum(board.flash.programs)


def _per_call(before: tuple[int, int], after: tuple[int, int], calls: int) -> tuple[float, float]:
    return round((after[0] - before[0]) / calls, 4), round((after[1] - before[1]) / calls, 3)
