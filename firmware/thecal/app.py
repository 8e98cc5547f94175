"""The composition root: the one file that knows every room. It composes, decides nothing, and is then unloaded."""

from micropython import const

from thecal.assembly import Assembly, Wakes
from thecal.drivers import motor, watchdog
from thecal.link.lines import Lines
from thecal.link.link import Link
from thecal.panel.panel import Panel
from thecal.pump import startup
from thecal.pump.body import Body
from thecal.pump.boluses import Boluses
from thecal.pump.delivery import Delivery
from thecal.pump.facade import Facade
from thecal.pump.faults import FaultResponse
from thecal.pump.line import Line
from thecal.pump.monitor import Monitor
from thecal.pump.programme import Programme
from thecal.pump.recheck import Recheck
from thecal.pump.reservoir import Reservoir
from thecal.pump.stall import Stall
from thecal.pump.supply import Supply
from thecal.records import calibration, commission, dose_resume, resume
from thecal.records.dose_history import DoseHistory
from thecal.records.journal import Journal
from thecal.records.journal_check import JournalCheck
from thecal.records.ledger import Ledger
from thecal.records.mark import ReserveMark
from thecal.records.planned import PlannedReset
from thecal.records.quiet_volume import QuietVolume
from thecal.records.windows import WindowsFile
from thecal.runtime.clock import Clock
from thecal.runtime.scheduler import Scheduler, Task
from thecal.runtime.supervisor import FEED_MS, WATCHDOG_MS, Supervisor
from thecal.runtime.unload import unload
from thecal.safety import board_check
from thecal.safety.alarms import Alarms
from thecal.safety.gate import Gate
from thecal.safety.level_check import LevelCheck
from thecal.safety.occlusion_check import OcclusionCheck
from thecal.safety.reservoir_check import ReservoirCheck
from thecal.safety.rotation_check import RotationCheck
from thecal.safety.start_stop import StartStop
from thecal.safety.supply_check import SupplyCheck
from thecal.safety.volume_check import VolumeCheck
from thecal.tables import checks, restarts, states, ticks
from thecal.therapy.requests import GrantHistory

# A safety task is dead when it is this late: 50 ms of its own, several flash erases of 400 ms at worst, and a train.
_DEAD_MS = const(2_000)
# Sleeps of 2 ms that the test of the clock takes at most, as a button or the host may cut many of them short.
_CLOCK_TEST_SLEEPS = const(200)
# A level sensor with a converter of its own has its first result 400 ms after power-on.
_LEVEL_LOOKS = const(50)
_LEVEL_LOOK_MS = const(10)
# Modules that nothing needs once the pump runs.
_START_ONLY = (
    "thecal.app",
    "thecal.drivers.hardware_esp32",
    "thecal.drivers.hardware_parts",
    "thecal.drivers.hardware_rp2",
    "thecal.drivers.motor",
    "thecal.drivers.rotor_edges",
    "thecal.drivers.wall_clock",
    "thecal.drivers.watchdog",
    "thecal.pump.startup",
    "thecal.records.calibration",
    "thecal.records.commission",
    "thecal.records.dose_resume",
    "thecal.records.resume",
    "thecal.runtime.unload",
    "thecal.safety.board_check",
    "thecal.safety.gate_resume",
    "thecal.safety.selftest",
    "thecal.tables.chips",
    "thecal.tables.quantities",
    "thecal.therapy.prescription_check",
)


_WHITE = (1, 1, 1)
# Who commissions a bench pump gives the volume per step alone. How warm it was, with which tube, when and how well it
# was measured nobody has said: 20.0 degC, the first tube, day 0 and +-0.50 % stand in the record as a bench's defaults.
_BENCH_TEMPERATURE = const(200)
_BENCH_TUBE = const(1)
_NO_DAY = const(0)
_BENCH_ERROR = const(50)


class Maintenance(Exception):
    """This boot is for maintenance: the motor is off, and neither watchdog nor therapy are started (SR-33)."""


def motor_off(board):
    """The first thing that a boot does: drive the motor's enable line to off."""
    motor.off(board.PUMP_ENABLE_N)


def commission_new(volume, clock, volume_per_step, prescription, reservoir_nl):
    """Commission a pump whose history is known to be empty. volume_per_step: pL, from calibrating this pump.

    prescription: compiled bytes or None. The record's other fields are those of a bench, see above. Raises OSError.
    """
    record = calibration.Calibration(volume_per_step, _BENCH_TEMPERATURE, _BENCH_TUBE, _NO_DAY, _BENCH_ERROR)
    commission.commission(volume, clock, record.to_bytes(), prescription, reservoir_nl)


def compose(board, ticks_ms, sleep, interrupted, volume, port, program=None):
    """The pump of this board, self-tested and ready to run: an Assembly. Raises Maintenance where that was asked for.

    board: a board module. ticks_ms: callable, ms modulo 2^30. sleep: callable(ms) that may return early after an
    interrupt. interrupted: callable, called in interrupt context when a button changed. volume: see records.files.
    port: see link.lines. program: drivers.program_files.ProgramFiles, None where there are no such files.
    """
    board_failures = board_check.failures(board)
    wakes = Wakes(interrupted)
    drivers = _hardware(board, wakes.button_changed, ticks_ms)
    quiet = QuietVolume(volume, drivers.train.busy, sleep)
    body = _body(Clock(ticks_ms), quiet, wakes.wake_panel)
    rotation_check = RotationCheck(board.STEPS_PER_REVOLUTION, board.ROTOR_COUNTS_PER_REVOLUTION)
    history = GrantHistory(body.ledger.grant_starts)
    given = DoseHistory(quiet, body.clock)
    boluses = Boluses(body, history, given, wakes.wake)
    reservoir = _reservoir(board, body, drivers.level)
    line = _line(board, body, drivers.pressure)
    stall = Stall(body, rotation_check)
    delivery = Delivery(
        body, boluses, drivers.train, drivers.rotation.count, rotation_check, board.STEP_PERIOD_US, stall, line
    )
    supply = Supply(body, drivers.supply, board.SUPPLY_FULL_SCALE_MV, SupplyCheck())
    monitor = Monitor(body, delivery, reservoir, supply, line, stall)
    check = JournalCheck(body.journal)
    programme = Programme(body, boluses, wakes.wake, reservoir.measured, reservoir.computed_nl, check.run)
    setting = commission.setting(quiet, commission.PRESCRIPTION)
    calibrating = commission.setting(quiet, commission.CALIBRATION)
    recheck = Recheck(body, setting.load, calibrating.load, program)
    programme.listen(recheck.run)
    planned = PlannedReset(quiet, watchdog.reset)
    pump = Facade(body, boluses, delivery, programme, monitor, setting, recheck, planned.restart)
    panel = Panel(pump, drivers.buttons, drivers.light, drivers.sound)
    is_given_known = dose_resume.resume_doses(quiet, given)
    failures, uncertain = startup.take_up_records(body, history, given, resume, quiet)
    failures |= startup.program_failure(body.ledger, program)
    cause, plan = watchdog.reset_cause(), planned.take()
    if startup.maintenance_asked(drivers.buttons):
        plan = restarts.MAINTENANCE
    startup.record_boot(body, cause, plan, uncertain, failures)
    if plan == restarts.MAINTENANCE:
        _begin_maintenance(drivers, planned)
    failures |= board_failures | _power_on_test(board, body.clock, drivers, ticks_ms, sleep)
    failures |= _take_up_programme(body, calibrating, setting, rotation_check, reservoir)
    startup.take_up_doses(body, boluses, given, is_given_known, dose_resume, uncertain)
    recheck.begin(failures, commission.confirmed(quiet))
    has_bitten = watchdog.has_bitten(cause) and plan == restarts.UNPLANNED
    startup.hold_for_failures(body, failures, commission.commissioned(quiet), has_bitten)
    startup.drop_interrupted(body, boluses)
    programme.start(body.clock.now())
    assembly = _assembly(board, body, pump, boluses, delivery, programme, monitor, panel, wakes, sleep, port)
    _add_optional(board, drivers, body, boluses, delivery, monitor, panel, wakes, assembly.scheduler)
    unload(*_START_ONLY)
    return assembly


def _hardware(board, button_changed, ticks_ms):
    if board.CHIP == "RP2040":
        from thecal.drivers.hardware_rp2 import Hardware

        hardware = Hardware(board, button_changed)
    else:
        from thecal.drivers.hardware_esp32 import Hardware

        hardware = Hardware(board, button_changed, ticks_ms)
    return hardware


def _begin_maintenance(drivers, planned):
    drivers.train.abort()
    drivers.light.show(_WHITE)
    try:
        # Who ends it at the prompt resets the chip, and that is no watchdog reset.
        planned.mark(restarts.RESTART)
    except OSError:
        pass
    raise Maintenance


def _body(clock, volume, show):
    ledger = Ledger(volume)
    gate = Gate()
    return Body(
        clock,
        Journal(volume, clock),
        ledger,
        ReserveMark(volume, clock, ledger.counts(), gate.recent),
        WindowsFile(volume),
        gate,
        Alarms(ledger.alarms),
        StartStop(),
        show,
    )


def _reservoir(board, body, sensor):
    kinds = (ReservoirCheck(), LevelCheck(), VolumeCheck())
    return Reservoir(body, sensor, board.LEVEL_EMPTY_U16, board.LEVEL_FULL_U16, board.RESERVOIR_UL, kinds)


def _line(board, body, sensor):
    check = OcclusionCheck()
    if sensor is None:
        return Line(body, None, 0, 1, 0, check)
    return Line(body, sensor, board.PRESSURE_ZERO_U16, board.PRESSURE_FULL_U16, board.PRESSURE_FULL_KPA, check)


def _power_on_test(board, clock, drivers, ticks_ms, sleep):
    wall = drivers.read_clock()
    if wall >= 0:
        clock.set_wall(wall, states.WALL_CLOCK_CHIP)
    before = ticks_ms()
    took_ms = 0
    for _ in range(_CLOCK_TEST_SLEEPS):
        sleep(2)
        took_ms = ticks.diff(ticks_ms(), before)
        if took_ms:
            break
    level = _first_level(drivers.level, sleep)
    failures = startup.power_on_test(drivers.motor_was_off, level, drivers.buttons, took_ms)
    if board.ROTATION == "AS5600":
        failures |= 0 if drivers.rotation.is_sound() else checks.ROTATION_SENSOR
    return failures


def _first_level(sensor, sleep):
    reading = sensor.read()
    for _ in range(_LEVEL_LOOKS):
        if reading >= 0:
            break
        sleep(_LEVEL_LOOK_MS)
        reading = sensor.read()
    return reading


def _take_up_programme(body, calibrating, setting, rotation_check, reservoir):
    calibrated = calibration.from_bytes(calibrating.load())
    return startup.take_up_programme(body, calibrated, setting.load(), rotation_check, reservoir)


def _assembly(board, body, pump, boluses, delivery, programme, monitor, panel, wakes, sleep, port):
    response = FaultResponse(body, boluses, delivery.stop_motor)
    scheduler = Scheduler(body.clock, sleep, response.task_failed)
    add = scheduler.add
    delivery_task = add(Task("delivery", delivery.run, _DEAD_MS))
    programme_task = add(Task("programme", programme.run, _DEAD_MS))
    add(Task("monitor", monitor.run, _DEAD_MS))
    panel_task = add(Task("panel", panel.run, _DEAD_MS))
    link = Link(Lines(port), pump, board.NAME)
    link_task = add(Task("link", link.run, _DEAD_MS, safety=False))
    wakes.tasks = (delivery_task, programme_task, panel_task)
    wakes.panel = panel_task
    supervisor = Supervisor(scheduler, watchdog.Watchdog(WATCHDOG_MS).feed, body.alarms)
    add(Task("supervisor", supervisor.run, _DEAD_MS), FEED_MS)
    return Assembly(body, pump, monitor, scheduler, supervisor, link_task)


def _add_optional(board, drivers, body, boluses, delivery, monitor, panel, wakes, scheduler):
    body.keep_time = drivers.set_clock
    if hasattr(board, "DISPLAY"):
        from thecal.panel.screen import Screen
        from thecal.pump.shown import Shown

        screen = Screen(Shown(body, boluses, delivery, monitor), panel, drivers.display)
        wakes.screen = scheduler.add(Task("screen", screen.run, _DEAD_MS, safety=False))
        wakes.tasks += (wakes.screen,)
