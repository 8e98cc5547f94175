"""The self-test at power-on and re-checks while the pump runs: one injected fault each inhibits delivery (SR-35)."""

import binascii

import pytest

from rig import FLEX, SIMPLE, Rig, example
from thecal.app import commission_new
from thecal.drivers.program_files import MANIFEST, ProgramFiles
from thecal.records import commission
from thecal.tables import alarms, checks, states
from thecal_tools.prescription_file import compile_prescription
from thecal_tools.program_manifest import with_manifest
from virtual_bench.scenario_run import FixedClock
from virtual_bench.volume import MemoryVolume

HOUR_MS = 3_600_000
FOUND_WITHIN_MS = HOUR_MS + 600_000


def is_inhibited(rig: Rig) -> bool:
    """Nothing is delivered, and an alarm says why."""
    edges = rig.bench.stepper.edges
    rig.run_for(600_000)
    body = rig.app.body
    return (
        rig.bench.stepper.edges == edges
        and bool(body.holds & states.SELF_TEST)
        and body.alarms.present(alarms.SELF_TEST_FAILED)
    )


@pytest.mark.req("SR-35")
@pytest.mark.parametrize(
    ("fault", "value", "bit"),
    [
        ("enable_stuck", None, checks.MOTOR_NOT_OFF),
        ("level_offset", -25_000, checks.LEVEL_SENSOR),
        ("button_stuck", 3, checks.STUCK_BUTTON),
    ],
)
def test_a_fault_at_power_on_fails_the_self_test(fault, value, bit):
    rig = Rig()
    rig.bench.faults.set(fault, value)
    rig.power_on()
    assert rig.app.pump.self_test()[0] & bit
    assert is_inhibited(rig)


@pytest.mark.req("SR-35")
@pytest.mark.parametrize("prescription", [SIMPLE, FLEX], ids=["morphine", "baclofen"])
def test_a_sound_pump_passes_again_and_again(prescription):
    rig = Rig(prescription)
    rig.run_for(24 * HOUR_MS)
    assert (rig.app.pump.self_test()[0], rig.app.body.holds, rig.app.pump.alarm()) == (0, 0, -1)
    assert len(rig.events("self_test")) == 1


NUMBERS = {
    "rate": lambda body: setattr(body.prescription, "rate", body.prescription.rate ^ 1 << 17),
    "patient dose": lambda body: setattr(body.prescription, "patient_dose", body.prescription.patient_dose + 1),
    "lockout": lambda body: setattr(body.prescription, "lockout_s", 0),
    "limit": lambda body: setattr(body.prescription, "limit_24h", body.prescription.limit_24h | 1 << 29),
    "concentration": lambda body: setattr(body.prescription, "concentration", body.prescription.concentration >> 1),
    "volume per step": lambda body: setattr(body, "volume_per_step", body.volume_per_step - 256),
    "gate": lambda body: setattr(body.gate.day, "limit", body.gate.day.limit | 1 << 16),
}


@pytest.mark.req("SR-35")
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_in_memory_that_changes_by_itself_is_found_within_the_hour(number):
    rig = Rig()
    rig.run_for(HOUR_MS)
    NUMBERS[number](rig.app.body)
    rig.run_for(FOUND_WITHIN_MS)
    assert rig.app.pump.self_test()[0] == checks.SETTINGS
    assert rig.events("self_test")[-1]["failures"] == ["settings in memory"]
    assert is_inhibited(rig)


@pytest.mark.req("SR-35", "SR-37")
@pytest.mark.parametrize("setting", ["prescription", "calibration"])
def test_one_bad_copy_of_a_setting_is_mended_and_two_stop_the_pump(setting):
    rig = Rig()
    rig.run_for(HOUR_MS)
    sound = rig.volume.read(setting + ".b")
    rig.bench.faults.set("file_damaged", setting + ".a")
    rig.run_for(FOUND_WITHIN_MS)
    assert rig.volume.read(setting + ".a") == sound
    assert rig.app.pump.alarm() == -1
    for copy in (".a", ".b"):
        rig.bench.faults.set("file_damaged", setting + copy)
    rig.run_for(FOUND_WITHIN_MS)
    assert rig.app.pump.self_test()[0] == checks.SETTINGS
    assert is_inhibited(rig)


@pytest.mark.req("SR-12", "SR-35")
def test_a_prescription_that_is_changed_as_it_should_be_is_no_failure():
    rig = Rig()
    rig.run_for(HOUR_MS)
    before = sum(rig.app.ledger.commanded)
    rig.app.pump.program(compile_prescription(example("morphine_simple", rate="3 mg/day", limits=None)))
    rig.run_for(3 * HOUR_MS)
    assert rig.app.pump.self_test()[0] == 0
    # 12.5 uL/h in place of 10.
    assert sum(rig.app.ledger.commanded) - before in (149, 150, 151)


@pytest.fixture
def firmware(tmp_path):
    """A folder with three files of firmware and their manifest."""
    for path, content in with_manifest({"boot.py": b"b", "a.mpy": b"1" * 5_000, "thecal/b.mpy": b""}).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path


def with_program(rig: Rig, folder) -> Rig:
    rig.app.pump._recheck._program = ProgramFiles(str(folder) + "/")
    return rig


@pytest.mark.req("SR-35")
def test_the_programs_files_are_proven_once_each_was_read(firmware):
    rig = with_program(Rig(), firmware)
    assert rig.app.pump.self_test()[1] & checks.PROGRAM_FILES
    rig.run_for(HOUR_MS)
    assert rig.app.pump.self_test() == (0, checks.LIGHT | checks.SOUND)


@pytest.mark.req("SR-35")
@pytest.mark.parametrize("harm", ["flipped", "cut", "missing"])
def test_a_damaged_file_of_the_program_holds_delivery(firmware, harm):
    rig = with_program(Rig(), firmware)
    rig.run_for(HOUR_MS)
    file = firmware / "a.mpy"
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(b"1" * 4_999 + (b"0" if harm == "flipped" else b""))
    rig.run_for(HOUR_MS)
    assert rig.app.pump.self_test()[0] == checks.PROGRAM
    assert is_inhibited(rig)


def test_without_a_manifest_nothing_is_proven_and_nothing_fails(firmware):
    (firmware / MANIFEST).unlink()
    rig = with_program(Rig(), firmware)
    rig.run_for(3 * HOUR_MS)
    assert rig.app.pump.self_test() == (0, checks.LIGHT | checks.SOUND | checks.PROGRAM_FILES)


def test_a_files_checksum_is_that_of_all_its_pieces(firmware):
    lines = (firmware / MANIFEST).read_text().splitlines()
    assert lines[0] == f"{binascii.crc32(b'1' * 5_000):08x} a.mpy"
    files = ProgramFiles(str(firmware) + "/")
    assert [files.check_next() for _ in range(4)] == [True] * 4
    assert files.proven


@pytest.mark.req("SR-35")
def test_rotation_is_proven_by_the_first_steps_of_a_boot_and_by_no_move_of_its_own():
    rig = Rig()
    assert rig.app.pump.self_test()[1] & checks.ROTATION
    assert rig.bench.stepper.edges == 0
    rig.run_for(HOUR_MS)
    assert not rig.app.pump.self_test()[1] & checks.ROTATION
    rig.power_on()
    assert rig.app.pump.self_test()[1] & checks.ROTATION
    rig.bench.faults.set("rotor_stuck")
    rig.run_for(HOUR_MS)
    assert rig.app.pump.self_test()[1] & checks.ROTATION


@pytest.mark.req("SR-35")
def test_light_and_sound_stay_unproven_and_what_an_operator_confirmed_at_commissioning_is_on_record():
    volume = MemoryVolume()
    record = Rig(volume=volume)
    assert record.events("self_test")[0] == {
        "failures": [],
        "unproven": ["light", "sound", "rotation", "program files"],
        "confirmed_by_operator": [],
    }
    calibration = commission.setting(volume, commission.CALIBRATION).load() or b""
    prescription = record.app.body.prescription.binary
    confirmed = checks.LIGHT | checks.SOUND
    commission.commission(volume, FixedClock(0), calibration, prescription, 20_000_000, confirmed)
    again = Rig(volume=volume)
    assert again.events("self_test")[-1]["confirmed_by_operator"] == ["light", "sound"]
    assert again.app.pump.self_test()[1] & confirmed == confirmed


def test_a_commissioning_mark_of_an_earlier_firmware_is_read():
    volume = MemoryVolume()
    commission_new(volume, FixedClock(7), 250_000, None, 20_000_000)
    old = commission.files.seal(b"TCOM", b"\x07\0\0\0")
    volume.write("commissioned", old)
    assert (commission.commissioned(volume), commission.confirmed(volume)) == (True, 0)
