"""What is done at a board's prompt: small pieces of MicroPython, sent and run there.

Nothing here decides anything. A file is written under another name and renamed, which LittleFS does in one step.
"""

import ast
import base64
import datetime
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

FRESH = "firmware.new"
RECORDS = "/records"
# Folders of records without a seal: the journal's records have their checksums one by one.
_UNSEALED = ("journal", "head")
_CHUNK = 2048
_HEAD = 16

_FACTS = """
import os, sys
i, v = sys.implementation, os.statvfs("/")
print(repr((i.name, tuple(i.version)[:3], getattr(i, "_mpy", 0) & 255, sys.platform, os.uname().machine,
 getattr(i, "_build", ""), v[0] * v[3])))
"""
_READ = """
try:
 with open(PATH) as f: print(repr(f.read()))
except OSError as e:
 if e.args[0] != 2: raise
 print(None)
"""
_HASHES = """
import hashlib, binascii
b = bytearray(512)
m = memoryview(b)
for p in PATHS:
 try: f = open(p, "rb")
 except OSError: continue
 h = hashlib.sha256()
 while True:
  n = f.readinto(b)
  if not n: break
  h.update(m[:n])
 f.close()
 print(binascii.hexlify(h.digest()).decode(), p)
"""
_SEALS = """
import os, binascii, struct
def look(folder, name):
 for e in os.ilistdir(folder):
  p = folder + "/" + e[0]
  if e[1] != 0x4000:
   with open(p, "rb") as f: d = f.read()
   s = len(d) > 7 and struct.unpack_from("<I", d, len(d) - 4)[0] == binascii.crc32(d[:-4]) & 0xFFFFFFFF
   print(repr((name + e[0], d[:HEAD], s)))
  elif name or e[0] not in SKIPPED: look(p, name + e[0] + "/")
try: os.stat(FOLDER)
except OSError: print(None)
else: look(FOLDER, "")
"""
_FOLDERS = """
import os
for p in PATHS:
 try: os.mkdir(p)
 except OSError as e:
  if e.args[0] != 17: raise
"""
_OPEN = """
import os
from binascii import a2b_base64 as d
f = open(FRESH, "wb")
w = f.write
"""
_CLOSE = """
f.close()
os.rename(FRESH, PATH)
"""
_REMOVE = """
import os
for p in PATHS:
 try: os.remove(p)
 except OSError as e:
  if e.args[0] != 2: raise
for p in FOLDERS:
 try: os.rmdir(p)
 except OSError: pass
"""
_CLOCK = """
import machine
machine.RTC().datetime(WHEN)
print(repr(machine.RTC().datetime()))
"""
# DS3231 data sheet, table 1: seven registers of the time from 0, and the flag of a stopped oscillator, bit 7 of 0x0F.
_CLOCK_CHIP = """
from machine import Pin, SoftI2C
b = SoftI2C(scl=Pin(SCL), sda=Pin(SDA))
b.writeto_mem(104, 0, WHEN)
b.writeto_mem(104, 15, bytes([b.readfrom_mem(104, 15, 1)[0] & 127]))
print(repr(b.readfrom_mem(104, 0, 7)))
"""
# What a clock that was just set may be off by when it is read back.
_CLOCK_S = 5


class Prompt(Protocol):
    """A board at its prompt. Raises FlashError where the piece fails there, or the board is gone."""

    def run(self, source: str) -> str:
        """What the piece printed."""
        ...


class Facts(NamedTuple):
    """What a board says of itself. mpy: version of .mpy files. machine: of os.uname(). build: its MicroPython's name
    for the board, "" where it has none. free: bytes."""

    interpreter: str
    version: tuple[int, ...]
    mpy: int
    platform: str
    machine: str
    build: str
    free: int


class Seal(NamedTuple):
    """A file of records. path: below the records' folder. head: its first 16 bytes. is_sound: its checksum is right."""

    path: str
    head: bytes
    is_sound: bool


class OnBoard:
    """prompt: where the pieces are run."""

    def __init__(self, prompt: Prompt):
        self._prompt = prompt

    def _run(self, piece: str, **values: object) -> str:
        given = "".join(f"{name} = {value!r}\n" for name, value in values.items())
        return self._prompt.run(given + piece)

    def facts(self) -> Facts:
        """What the board is."""
        return Facts(*ast.literal_eval(self._run(_FACTS).strip()))

    def text(self, path: str) -> str | None:
        """Content of a small text file, None where there is none."""
        return ast.literal_eval(self._run(_READ, PATH=path).strip())

    def hashes(self, paths: Iterable[str]) -> dict[str, str]:
        """SHA-256 in hex, computed there, of those files that are there."""
        lines = self._run(_HASHES, PATHS=list(paths)).splitlines()
        return {path: digest for digest, _, path in (line.partition(" ") for line in lines) if path}

    def seals(self) -> list[Seal] | None:
        """Every sealed file of the records, None where there is no folder of records."""
        lines = self._run(_SEALS, FOLDER=RECORDS, SKIPPED=_UNSEALED, HEAD=_HEAD).splitlines()
        found = [ast.literal_eval(line) for line in lines if line]
        return None if found == [None] else [Seal(*entry) for entry in found]

    def write(self, path: str, content: bytes, sent: Callable[[int], None] = lambda _: None) -> None:
        """Put a file in place of whatever has its name, in one step. sent: called with each count of bytes.

        Its folder is there.
        """
        for start in range(0, max(len(content), 1), _CHUNK):
            chunk = content[start : start + _CHUNK]
            # Base64 is half as long as a literal of such bytes, which the board has to read and compile.
            piece = f'w(d("{base64.b64encode(chunk).decode()}"))'
            is_last = start + _CHUNK >= len(content)
            self._run(("" if start else _OPEN) + piece + (_CLOSE if is_last else ""), FRESH=FRESH, PATH=path)
            sent(len(chunk))

    def make_folders(self, paths: Iterable[str]) -> None:
        """Make every folder above these paths that is missing."""
        self._run(_FOLDERS, PATHS=_folders(paths))

    def remove(self, paths: Iterable[str]) -> None:
        """Take files away, and folders that are empty then. One that is missing is no error."""
        paths = list(paths)
        self._run(_REMOVE, PATHS=paths, FOLDERS=_folders(paths)[::-1])

    def set_clock(self, now: datetime.datetime) -> bool:
        """Set the chip's clock to local time; True where it then tells that time."""
        # MicroPython's order: year, month, day, weekday with Monday 0, hour, minute, second, fraction.
        when = (now.year, now.month, now.day, now.weekday(), now.hour, now.minute, now.second, 0)
        year, month, day, _, hour, minute, second, _ = ast.literal_eval(self._run(_CLOCK, WHEN=when).strip())
        return _agree(now, year, month, day, hour, minute, second)

    def set_clock_chip(self, now: datetime.datetime, sda: int, scl: int) -> bool:
        """The same for a DS3231 on an I2C bus of these GPIOs."""
        numbers = (now.second, now.minute, now.hour, now.isoweekday(), now.day, now.month, now.year - 2000)
        when = bytes(number // 10 << 4 | number % 10 for number in numbers)
        data = ast.literal_eval(self._run(_CLOCK_CHIP, SDA=sda, SCL=scl, WHEN=when).strip())
        second, minute, hour, _, day, month, year = ((byte >> 4) * 10 + (byte & 15) for byte in data)
        return _agree(now, 2000 + year, month, day, hour, minute, second)


def _agree(now: datetime.datetime, year: int, month: int, day: int, hour: int, minute: int, second: int) -> bool:
    try:
        told = datetime.datetime(year, month, day, hour, minute, second)
        return abs((told - now.replace(tzinfo=None)).total_seconds()) < _CLOCK_S
    except ValueError:
        return False


def _folders(paths: Iterable[str]) -> list[str]:
    """Every folder above these paths, outer ones first."""
    found = set()
    for path in paths:
        parts = path.strip("/").split("/")[:-1]
        found |= {"/".join(parts[: count + 1]) for count in range(len(parts))}
    return sorted(found)
