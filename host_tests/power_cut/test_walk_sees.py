"""What the walk is worth: firmware that is wrong in one way is found out by it."""

import pytest

from power_cut import scenario
from power_cut.walk import CLEAN, some_cuts, walk
from thecal.pump.body import Body
from thecal.pump.boluses import Boluses
from thecal.records import files, journal, mark, resume
from thecal.records.journal import Journal
from thecal.records.mark import ReserveMark
from thecal.records.windows import WindowsFile


def late_mark(self):
    """Reserves a block after its first step."""
    self.total += 1
    if self.total > self.committed + 1:
        self.commit(self.total + mark.BLOCK - 1)


def head_away(self):
    """Has the head away for a moment."""
    head = self._volume.read(journal.HEAD)
    self._volume.remove(journal.HEAD)
    self._volume.append(journal.HEAD, head)
    _COPY_HEAD(self)


def save_nothing(self):
    """Keeps the file in memory alone."""
    return True


def forgetful_windows(self, mark_total, snapshot):
    """Keeps the count of steps, and no window."""
    self._volume.write("windows", files.seal(b"TGW2", mark_total.to_bytes(4, "little") + bytes(len(snapshot))))


def torn_setting(self, content):
    """Takes the old content away before the new one is there."""
    self._volume.write(self._paths[0], b"")
    self._volume.write(self._paths[1], b"")
    self._generation += 1
    self._volume.write(self._paths[0], files.seal(self._magic, self._generation.to_bytes(4, "little") + content))


def hope_for_the_best(volume, reserved):
    """Takes only half of the last block as given."""
    seconds = _RESUME_MARK(volume, reserved)
    reserved.total = reserved.committed = reserved.committed - mark.BLOCK // 2
    return seconds


_COPY_HEAD = Journal._copy_head
_RESUME_MARK = resume.resume_mark
SABOTAGES = {
    "a mark that comes after the step": (ReserveMark, "reserve", late_mark, "steps counted"),
    "a head that is away for a moment": (Journal, "_copy_head", head_away, "lost or changed"),
    "a ledger that is not saved": (Body, "save_ledger", save_nothing, "granted boluses count"),
    "a history of doses that is not saved": (Boluses, "save_given", save_nothing, "admission knows"),
    "windows without their counts": (WindowsFile, "save", forgetful_windows, "gate:"),
    "a setting that is not replaced in one step": (files.TwoCopies, "save", torn_setting, "no prescription"),
    "half a block forgotten": (resume, "resume_mark", hope_for_the_best, "steps counted"),
    "a dropped bolus without its lockout": (Boluses, "forget", lambda self, kind: None, "a bolus goes on"),
}


# Where it takes the whole scenario to see it, only the operations on that file are cut.
NEEDS_ALL = {
    "a head that is away for a moment": journal.HEAD,
    "a setting that is not replaced in one step": "prescription.a",
}


@pytest.mark.parametrize("name", SABOTAGES)
def test_the_walk_finds(name, monkeypatch):
    owner, attribute, replacement, seen_as = SABOTAGES[name]
    monkeypatch.setattr(owner, attribute, replacement)
    recorder = scenario.recorded() if name in NEEDS_ALL else scenario.small()
    chosen = dict.fromkeys(some_cuts(recorder, every=30), (CLEAN,))
    if name in NEEDS_ALL:
        at = [n for n, (_, truth) in enumerate(recorder.notes) if truth.doing[1] == NEEDS_ALL[name]]
        chosen = dict.fromkeys(at[:40], (CLEAN,))
    walked = walk(recorder, chosen, goes_on=False)
    assert any(seen_as in finding for finding in walked.findings), str(walked)
