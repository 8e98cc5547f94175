"""Flashing a board that nothing happens to: what is copied, what is refused, what is told."""

import datetime
import json
from types import ModuleType

import pytest
from mpremote import mip
from mpremote.transport import Transport, TransportExecError

import thecal
from flashing.firmwares import BOARD, NAME, RECORDS, complete, firmware, old_firmware, programme
from flashing.memory_board import MemoryBoard, PowerCut
from thecal.drivers.program_files import MANIFEST, ProgramFiles
from thecal.records import files as sealed
from thecal.records import mark, planned
from thecal.tables import checks, restarts
from thecal_tools import board_files, new_pump, program_manifest
from thecal_tools.flashing import FlashError, commissioning, mip_package, report
from thecal_tools.flashing.flash import Watcher, flash
from thecal_tools.flashing.installing import CHANGING
from thecal_tools.flashing.on_board import OnBoard
from thecal_tools.flashing.serial_board import GONE, PROMPT, PUMP, SILENT
from thecal_tools.scenario_file import board_module
from virtual_bench.volume import MemoryVolume

NOW = datetime.datetime(2026, 3, 2, 6, 0, 0)
NEW_RECORDS = new_pump.records(None, 250_000, 20_000_000)


def flashed(board, files=None, **more):
    return flash(board, BOARD, firmware(b"new") if files is None else files, now=lambda: NOW, **more)


def refused(board, match, **more):
    """Flashing is refused in one line, and nothing on the board has changed."""
    before = dict(board.files)
    with pytest.raises(FlashError, match=match) as caught:
        flashed(board, **more)
    assert "\n" not in str(caught.value)
    assert board.files == before and board.clock[0] == 2021


def with_records(board, **contents):
    for path, content in contents.items():
        board.files[f"records/{path}"] = content
        board.folders.add("records")
    return board


# ------------------------------------------------------------------------------------------------------- what is copied


@pytest.mark.parametrize("runs", [PROMPT, SILENT])
def test_a_bare_board_gets_all_of_it_and_its_clock_is_set(runs):
    board = MemoryBoard(runs=runs)
    result = flashed(board)
    assert board.files == complete(firmware(b"new"))
    assert board.clock == (2026, 3, 2, 0, 6, 0, 0, 0)
    assert set(result.copied) == set(firmware(b"new"))
    assert (result.unchanged, result.removed, result.version_before) == (0, [], "")
    assert board.runs == PUMP


@pytest.mark.parametrize(
    ("registers", "answer"),
    [(bytearray(15) + b"\x88", "set"), (bytearray(), "check its wiring")],
)
def test_a_clock_chip_gets_the_time_too_and_its_flag_is_cleared(registers, answer):
    board = MemoryBoard()
    board.clock_chip = registers
    data = ModuleType("board")
    vars(data).update(vars(BOARD), CLOCK_CHIP="DS3231", I2C_SDA=20, I2C_SCL=21)
    if not registers:
        with pytest.raises(FlashError, match=answer):
            flash(board, data, firmware(b"new"))
        return
    flash(board, data, firmware(b"new"), now=lambda: datetime.datetime(2026, 12, 31, 23, 59, 48))
    # Thursday, in binary-coded decimals.
    assert bytes(board.clock_chip[:7]).hex() == "48592304311226"
    assert board.clock_chip[15] == 0x08


def test_main_is_the_first_and_what_a_board_has_is_not_copied_again():
    board = MemoryBoard()
    assert flashed(board).copied[:3] == ["main.py", "board.mpy", "boot.py"]
    board.runs = PROMPT
    operations = board.operations
    result = flashed(board)
    assert (result.copied, result.unchanged) == ([], len(firmware(b"new")))
    assert board.operations == operations


def test_what_differs_is_copied_and_what_is_no_more_removed():
    board = MemoryBoard(old_firmware() | RECORDS | {"other.txt": b"the user's"})
    files = firmware(b"new") | {"thecal/start.mpy": firmware(b"old")["thecal/start.mpy"]}
    result = flashed(board, files)
    assert set(result.copied) == {"main.py", "boot.py", "thecal/resident.mpy", "thecal/pump/clinic.mpy"}
    assert result.removed == ["thecal/gone/away.mpy"]
    assert "thecal/gone" not in board.folders
    assert programme(board) == complete(files) | {"other.txt": b"the user's"}
    assert {path: board.files[path] for path in RECORDS} == RECORDS


def test_a_manifest_cannot_name_what_is_not_the_firmwares():
    listed: dict[str, int] = dict.fromkeys(("records/ledger", "other.txt", "thecal/../other.txt", "thecal/gone.mpy"), 0)
    files = old_firmware() | RECORDS | {"other.txt": b"", "thecal/gone.mpy": b""}
    files[MANIFEST] = program_manifest.text(listed, "0.0.1", NAME)
    board = MemoryBoard(files)
    assert flashed(board).removed == ["thecal/gone.mpy"]
    assert "other.txt" in board.files and "records/ledger" in board.files


@pytest.mark.req("SR-35")
def test_a_file_that_arrives_damaged_is_found_on_the_board_and_starts_nothing():
    board = MemoryBoard(old_firmware())
    board.spoils = b"newnew"
    with pytest.raises(FlashError, match="not what was sent"):
        flashed(board)
    assert MANIFEST not in board.files and board.boot() == "stopped"
    board.runs = PROMPT
    assert len(flashed(board).copied) == 1
    assert programme(board) == complete(firmware(b"new"))


def test_the_board_reads_what_the_flasher_writes(tmp_path):
    board = MemoryBoard()
    flashed(board)
    for path, content in board.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    files = ProgramFiles(f"{tmp_path}/")
    assert all(files.check_next() for _ in range(len(firmware(b"new")) + 1))
    assert files.proven
    manifest = program_manifest.read(board.files[MANIFEST].decode())
    assert manifest == (frozenset(firmware(b"new")), thecal.VERSION, NAME)


@pytest.mark.req("SR-35")
@pytest.mark.parametrize("manifest", [None, b""])
def test_main_starts_nothing_without_a_manifest(manifest):
    board = MemoryBoard(complete(firmware(b"new")))
    assert board.boot() == "started"
    del board.files[MANIFEST]
    if manifest is not None:
        board.files[MANIFEST] = manifest
    assert board.boot() == "stopped"
    assert board.pins[BOARD.PUMP_ENABLE_N] == 1 and board.pins[BOARD.LIGHT_RED] == 1


@pytest.mark.parametrize(
    ("name", "machine"),
    [
        ("RPI_PICO", "Raspberry Pi Pico with RP2040"),
        ("RPI_PICO_W", "Raspberry Pi Pico W with RP2040"),
        ("ESP32_GENERIC", "Generic ESP32 module with ESP32"),
        ("ESP32_GENERIC_S3", "Generic ESP32S3 module with ESP32S3"),
    ],
)
def test_every_board_gets_its_own_firmware(name, machine):
    board = MemoryBoard(name=name)
    board.machine = machine
    board.platform = "rp2" if machine.endswith("RP2040") else "esp32"
    data, files = board_module(name), board_files.files(name)
    assert flash(board, data, files, now=lambda: NOW).board == name
    assert program_manifest.read(board.files[MANIFEST].decode()).board == name
    assert board.boot() == "started"
    assert board.pins[data.PUMP_ENABLE_N] == 1


# ------------------------------------------------------------------------------------------------------ what is refused


def changed(**facts):
    board = MemoryBoard(old_firmware() | RECORDS)
    for name, value in facts.items():
        setattr(board, name, value)
    return board


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"version": (1, 26, 1, "")}, "MicroPython 1.26.1: put 1.27 up to below 2.0"),
        ({"version": (2, 0, 0, "")}, "MicroPython 2.0.0"),
        ({"mpy": 0x1207}, "MicroPython 1.28.0"),
        ({"interpreter": "circuitpython"}, "runs circuitpython"),
        ({"machine": "Raspberry Pi Pico2 with RP2350"}, "is for RP2040, but this is a Raspberry Pi Pico2 with RP2350"),
        ({"machine": "Generic ESP32 module with ESP32", "build": "ESP32_GENERIC"}, "is for RP2040"),
        ({"build": "RPI_PICO_W"}, "use BOARD=RPI_PICO_W"),
        ({"free_blocks": 4}, "has 16 KB free"),
    ],
)
def test_a_board_that_does_not_fit_is_refused(facts, says):
    refused(changed(**facts), says)


@pytest.mark.parametrize("build", ["", "SOMEBODYS_BOARD", "RPI_PICO-DEBUG"])
def test_a_board_with_another_name_and_the_right_chip_is_taken(build):
    flashed(changed(build=build))


def test_a_new_pump_needs_room_for_its_records_too():
    board = changed(free_blocks=100)
    flashed(board)
    board = changed(free_blocks=100, files=old_firmware(), folders={"thecal"})
    refused(board, "has 400 KB free, 5.. KB are needed")


@pytest.mark.parametrize("version", ["0.2.0", "0.1.10", "1.0"])
def test_a_downgrade_is_refused(version):
    files = old_firmware()
    files[MANIFEST] = program_manifest.text({"main.py": 0}, version, NAME)
    refused(MemoryBoard(files), f"the board has Thecal {version}, this is {thecal.VERSION}")
    # Nor after a copy that was interrupted.
    files[CHANGING] = files.pop(MANIFEST)
    refused(MemoryBoard(files), f"the board has Thecal {version}")


@pytest.mark.parametrize(
    "path", ["ledger", "reserve/mark", "windows", "given/doses", "calibration.a", "prescription.b", "planned", "new"]
)
def test_records_of_an_unknown_format_are_refused_before_anything_is_copied(path):
    board = MemoryBoard(old_firmware() | {f"records/{path}": sealed.seal(b"ZZZ9", b"body of another time")})
    board.folders |= {"records", f"records/{path}".rpartition("/")[0]}
    refused(board, f"{path}: 'ZZZ9' is a format")


def test_a_prescription_of_a_later_version_is_refused():
    copy = sealed.seal(b"TRX0", b"\1\0\0\0TCRX\2")
    refused(with_records(MemoryBoard(), **{"prescription.a": copy}), "is a format")


def test_records_of_this_firmware_are_taken_and_damaged_ones_are_told():
    volume = MemoryVolume()
    planned.PlannedReset(volume, None).mark(restarts.MAINTENANCE)
    board = with_records(MemoryBoard(), **NEW_RECORDS, planned=volume.read("planned"))
    board.folders |= {"records/reserve", "records/given", "records/journal", "records/head"}
    board.files |= {"records/ledger": b"torn to pieces", "records/windows": b"", "records/journal/00000000": b"7" * 80}
    before = dict(board.files)
    result = flashed(board)
    assert result.damaged_records == ["ledger"]
    records = {path: content for path, content in board.files.items() if path.startswith("records/")}
    mine = {path: content for path, content in before.items() if path.startswith("records/")}
    # But for the mark of this planned reset.
    volume.remove("planned")
    planned.PlannedReset(volume, None).mark(restarts.RESTART)
    assert records == mine | {"records/planned": volume.read("planned")}


def test_a_source_that_hides_a_module_is_refused():
    refused(MemoryBoard({"board.py": b"PUMP_ENABLE_N = 7"}), r"board.py on the board .*mpremote rm :board.py")


# ----------------------------------------------------------------------------------------------------- a pump that runs


class Waiting(Watcher):
    """Notes what it is told, and does something when it is waited for the second time."""

    def __init__(self, then=lambda: None):
        self.heard, self.waits, self._then = [], 0, then

    def told(self, text):
        self.heard.append(text)

    def waiting(self, seconds_left):
        self.waits += 1
        if self.waits == 2:
            self._then()


@pytest.mark.parametrize("over_the_link", [False, True])
def test_a_pump_that_runs_is_waited_for_and_never_interrupted(over_the_link, monkeypatch):
    monkeypatch.setattr("thecal_tools.flashing.flash._BETWEEN_LOOKS_S", 0.0)
    board = MemoryBoard(old_firmware(), runs=PUMP)
    board.methods = {"maintenance": {}} if over_the_link else {}
    watcher = Waiting(lambda: setattr(board, "runs", PROMPT))
    flashed(board, watcher=watcher)
    assert programme(board) == complete(firmware(b"new"))
    assert bool(watcher.heard) != over_the_link
    assert over_the_link or "hold ALARM and STOP" in watcher.heard[0]


def test_nobody_comes(monkeypatch):
    monkeypatch.setattr("thecal_tools.flashing.flash._BETWEEN_LOOKS_S", 0.0)
    refused(MemoryBoard(old_firmware(), runs=PUMP), "no maintenance within 0 s, nothing was changed", wait_s=0.01)
    refused(MemoryBoard(old_firmware(), runs=GONE), "the board's port is gone")


def test_buttons_that_are_still_held_at_the_restart(monkeypatch):
    monkeypatch.setattr("thecal_tools.flashing.flash._LET_GO_S", 0.0)
    board = MemoryBoard()
    board.held = 2
    watcher = Waiting()
    flashed(board, watcher=watcher)
    assert board.runs == PUMP
    assert ["let go of its buttons" in text for text in watcher.heard] == [True, True]
    board = MemoryBoard()
    board.held = 99
    with pytest.raises(FlashError, match="does not answer identify"):
        flashed(board)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"identify": {"version": "0.0.9", "board": NAME}}, "runs Thecal 0.0.9 for RPI_PICO"),
        ({"identify": {"version": thecal.VERSION, "board": "OTHER"}}, "for OTHER"),
    ],
)
def test_what_answers_after_the_restart_must_be_this_firmware(answers, says):
    board = MemoryBoard()
    board.methods = answers
    with pytest.raises(FlashError, match=says):
        flashed(board)


def test_only_what_a_new_pump_lacks_may_fail():
    board = MemoryBoard()
    board.methods = {"self_test": {"failures": 7 | checks.LEVEL_SENSOR, "unproven": 15, "holds": 128 | 2}}
    result = flashed(board)
    assert result.failures == checks.LEVEL_SENSOR
    shown = dict(report.rows(result))
    assert (shown["self-test"], shown["delivery"]) == ("level sensor", "stopped: not commissioned")
    board.methods = {"self_test": {"failures": checks.RECORDS, "unproven": 0, "holds": 16 | 2}}
    board.runs = PROMPT
    result = flashed(board)
    assert result.failures == checks.RECORDS
    assert dict(report.rows(result))["delivery"] == "stopped: self-test failed, records unreadable"


# ---------------------------------------------------------------------------------------------------- commissioned anew


def test_a_new_pump_is_commissioned_with_its_firmware():
    board = MemoryBoard()
    flashed(board, new_records=NEW_RECORDS)
    records = {f"records/{path}": content for path, content in NEW_RECORDS.items()}
    assert board.files == complete(firmware(b"new")) | records


def test_a_history_is_never_replaced():
    given = sealed.seal(mark.MAGIC, (5).to_bytes(4, "little") + bytes(60))
    for records in (NEW_RECORDS, {"reserve/mark": given}, {"reserve/mark": b"damaged"}):
        board = with_records(MemoryBoard(old_firmware()), **records)
        board.folders.add("records/reserve")
        refused(board, "this pump has a history", new_records=NEW_RECORDS)


def test_commissioning_that_was_cut_off_is_no_commissioning_and_may_be_done_again():
    board = MemoryBoard()
    board.cut_at = 10_000
    commissioning.write(OnBoard(board), NEW_RECORDS)
    for at in range(1, board.operations):
        cut = MemoryBoard()
        cut.cut_at = at
        with pytest.raises(PowerCut):
            commissioning.write(OnBoard(cut), NEW_RECORDS)
        assert "records/commissioned" not in cut.files
        commissioning.check_new(OnBoard(cut).seals() or [])
    board = with_records(MemoryBoard(), **{path: c for path, c in NEW_RECORDS.items() if path != "commissioned"})
    board.folders.add("records/reserve")
    flashed(board, new_records=NEW_RECORDS)
    assert "records/commissioned" in board.files


# ------------------------------------------------------------------------------------------------- mpremote mip install


class MipTransport(Transport):
    """mpremote's own, with a board in memory at its end."""

    def __init__(self, board):
        self._board = board

    def exec(self, command, data_consumer=None):
        try:
            return self._board.run(command).encode()
        except FlashError as error:
            raise TransportExecError(b"", str(error).rpartition("says ")[2]) from None

    def eval(self, expression, parse=True):
        return eval(self.exec(f"print(repr({expression}))"))


def test_mip_puts_the_same_files_and_begins_and_ends_with_the_manifest(tmp_path):
    made = mip_package.package(NAME)
    for path, content in made.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    board = MemoryBoard()
    mip._install_json(MipTransport(board), f"{tmp_path}/{mip_package.PACKAGE}", "", "/", None, True)
    installed = dict(board.files)
    assert board.boot() == "started"
    urls = json.loads(made[mip_package.PACKAGE])["urls"]
    assert [urls[0][0], urls[-1][0]] == [MANIFEST, MANIFEST] and made[urls[0][1]] == b""
    # What the flasher would copy, so that it finds nothing to do.
    board.runs = PROMPT
    assert flashed(board, board_files.files(NAME)).copied == []
    assert installed == board.files
