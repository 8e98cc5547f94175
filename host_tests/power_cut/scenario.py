"""What is recorded once and then cut everywhere: a pump with a long journal, commissioned anew, over seven hours."""

from struct import pack

from power_cut.recorder import Recorder
from power_cut.truth import History
from rig import example
from thecal.app import commission_new
from thecal.records import journal, record
from thecal.tables import events
from thecal_tools import prescription_file
from thecal_tools.littlefs_flash import PICO_W_BLOCKS, NorFlash
from thecal_tools.littlefs_volume import LittlefsVolume, format_flash

_MINUTE_MS = 60_000
_SEGMENTS = 64
_IN_SEGMENT = 96
_BOLUS = {"dose": "0.05 mg", "duration": "10 min", "lockout": "30 min", "max_per_24h": 6}
FIRST = example("morphine_simple", patient_bolus=_BOLUS, limits=None)
SECOND = example(
    "morphine_simple",
    id="SECOND",
    rate="3.6 mg/day",
    limits=None,
    patient_bolus=_BOLUS | {"dose": "0.06 mg", "lockout": "20 min"},
    scheduled_boluses=[{"at": "11:00", "days": ["mon"], "dose": "0.05 mg", "duration": "10 min"}],
)


def long_journal(volume: LittlefsVolume) -> History:
    """Fill the journal so that a scenario of forty records begins a new segment and removes the oldest one."""
    first = 40 * _IN_SEGMENT
    count = (_SEGMENTS - 1) * _IN_SEGMENT + 72
    chain = record.CHAIN_START
    entries = []
    for sequence in range(first, first + count + 5):
        entry = record.write(
            events.HOUR_TOTALS, 2, 7, sequence, sequence * 600, 0, 0, pack("<6H", 40, 0, 0, 0, 0, 0), chain
        )
        chain = record.chain_of(entry)
        entries.append(entry)
    volume.mkdir(journal.FOLDER)
    for at in range(0, count, _IN_SEGMENT):
        volume.append(f"{journal.FOLDER}/{first + at:08}", b"".join(entries[at : min(at + _IN_SEGMENT, count)]))
    volume.mkdir(journal.HEAD.rpartition("/")[0])
    volume.append(journal.HEAD, b"".join(entries[count:]))
    return History(first, entries)


def recorded() -> Recorder:
    """The scenario, run once.

    Boluses of every kind, an alarm, two changes of prescription, two stops, a refill, a clock setting, two power cuts
    in which nothing is written, a new segment and the removal of the oldest.
    """
    flash = NorFlash(PICO_W_BLOCKS)
    format_flash(flash)
    history = long_journal(LittlefsVolume(flash))
    pump = Recorder(flash, history=history, prescription=FIRST, pump_s=(history.first + len(history.entries)) * 600)
    acts = (
        (1, pump.press, "bolus", 1_200),
        (15, pump.press, "bolus", 1_200),
        (45, _clinician_bolus, pump),
        (48, pump.press, "bolus", 1_200),
        (70, _clinician_bolus, pump),
        (71, pump.bench.faults.set, "stall"),
        (85, pump.bench.faults.clear, "stall"),
        (86, _acknowledge, pump),
        (100, pump.press, "bolus", 1_200),
        (104, _program, pump, SECOND),
        (110, _stop, pump),
        (112, pump.press, "bolus", 1_200),
        (115, _resume, pump),
        (130, pump.press, "bolus", 1_200),
        (134, pump.cut_power_for, 300_000),
        (150, _refill, pump),
        (152, _set_clock, pump),
        (185, _program, pump, FIRST),
        (190, _stop, pump),
        (191, pump.cut_power_for, 60_000),
        (195, _resume, pump),
    )
    for minute, act, *arguments in acts:
        pump.world.at_ms(minute * _MINUTE_MS, _do, (pump, act, arguments))
    pump.run_for(200 * _MINUTE_MS)
    return pump


def small() -> Recorder:
    """Two hours of a pump with one patient bolus, commissioned on an empty flash."""
    flash = NorFlash(PICO_W_BLOCKS)
    format_flash(flash)
    pump = Recorder(flash, prescription=FIRST)
    pump.press("bolus", 1_200, 60 * _MINUTE_MS)
    pump.run_for(120 * _MINUTE_MS)
    return pump


def commission_anew(pump: Recorder) -> None:
    """The same pump starts a new history, with another prescription."""
    commission_new(pump.volume, pump.app.clock, 250_000, prescription_file.compile_prescription(SECOND), 18_000_000)


def _do(act):
    pump, call, arguments = act
    call(*arguments)
    pump.world.wake()


def _clinician_bolus(pump):
    pump.app.pump.ask_clinician_bolus(50_000, 600)


def _acknowledge(pump):
    pump.app.pump.acknowledge()


def _program(pump, prescription):
    pump.app.pump.program(prescription_file.compile_prescription(prescription))


def _stop(pump):
    pump.app.pump.stop()


def _resume(pump):
    pump.app.pump.resume()


def _refill(pump):
    pump.app.pump.set_reservoir(19_000_000)


def _set_clock(pump):
    pump.app.pump.set_clock(pump.app.clock.wall() + 90)
