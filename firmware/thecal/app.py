"""The composition root: the one file that knows every room. It composes, decides nothing, and is then unloaded."""

from micropython import const

from thecal.assembly import Assembly
from thecal.drivers import motor, wall_clock, watchdog
from thecal.drivers.buttons import Button
from thecal.drivers.level import Level
from thecal.drivers.light import Light
from thecal.drivers.rotation_rp2 import Rotation
from thecal.drivers.sound import Sound
from thecal.drivers.step_train_rp2 import StepTrain
from thecal.link.commands import Commands
from thecal.link.lines import Lines
from thecal.link.link import Link
from thecal.panel.panel import Panel
from thecal.pump import startup
from thecal.pump.body import Body
from thecal.pump.boluses import Boluses
from thecal.pump.delivery import Delivery
from thecal.pump.facade import Facade
from thecal.pump.faults import FaultResponse
from thecal.pump.monitor import Monitor
from thecal.pump.programme import Programme
from thecal.records import calibration, commission, resume
from thecal.records.journal import Journal
from thecal.records.ledger import Ledger
from thecal.records.mark import ReserveMark
from thecal.records.quiet_volume import QuietVolume
from thecal.records.windows import WindowsFile
from thecal.runtime.clock import Clock
from thecal.runtime.scheduler import Scheduler, Task
from thecal.runtime.supervisor import FEED_MS, WATCHDOG_MS, Supervisor
from thecal.runtime.unload import unload
from thecal.safety import selftest
from thecal.safety.alarms import Alarms
from thecal.safety.gate import Gate
from thecal.safety.reservoir_check import ReservoirCheck
from thecal.safety.rotation_check import RotationCheck
from thecal.tables import events, states, ticks
from thecal.therapy.requests import GrantHistory

# A safety task is dead when it is this late: 50 ms of its own, several flash erases of 400 ms at worst, and a train.
_DEAD_MS = const(2_000)
# Modules that nothing needs once the pump runs.
_START_ONLY = (
    "thecal.app",
    "thecal.drivers.wall_clock",
    "thecal.pump.startup",
    "thecal.records.calibration",
    "thecal.records.commission",
    "thecal.records.resume",
    "thecal.safety.selftest",
    "thecal.tables.quantities",
    "thecal.therapy.prescription_check",
)


def motor_off(board):
    """The first thing that a boot does: drive the motor's enable line to off."""
    motor.off(board.PUMP_ENABLE_N)


def commission_new(volume, clock, volume_per_step, prescription, reservoir_nl):
    """Commission a pump whose history is known to be empty. volume_per_step: pL, from calibrating this pump.

    prescription: compiled bytes or None. Raises OSError.
    """
    record = calibration.Calibration(volume_per_step, 200, 1, 0, 50)
    commission.commission(volume, clock, record.to_bytes(), prescription, reservoir_nl)


def compose(board, ticks_ms, sleep, interrupted, volume, port):
    """The pump of this board, self-tested and ready to run: an Assembly.

    board: a board module. ticks_ms: callable, ms modulo 2^30. sleep: callable(ms) that may return early after an
    interrupt. interrupted: callable, called in interrupt context when a button changed. volume: see records.files.
    port: see link.lines.
    """
    pump = Assembly(Clock(ticks_ms), sleep, interrupted)
    quiet = QuietVolume(volume, pump.motor_powered, sleep)
    _compose_records(pump, quiet)
    drivers = _Drivers(board, pump.button_changed)
    _compose_pump(pump, board, drivers)
    _start(pump, quiet, drivers, ticks_ms)
    _compose_tasks(pump, board, port)
    unload(*_START_ONLY)
    return pump


def _compose_records(pump, volume):
    clock = pump.clock
    pump.journal = Journal(volume, clock)
    pump.ledger = Ledger(volume, clock)
    pump.mark = ReserveMark(volume, clock)
    pump.gate = Gate()
    pump.body = Body(clock, pump.journal, pump.ledger, pump.mark, WindowsFile(volume), pump.gate)
    pump.alarms = pump.body.alarms = Alarms(pump.body.alarm_changed)
    pump.prescription_setting = commission.setting(volume, commission.PRESCRIPTION)
    pump.history = GrantHistory(pump.ledger.grant_starts)


class _Drivers:
    """The hardware of one board."""

    def __init__(self, board, button_changed):
        self.motor_was_off = motor.is_off(board.PUMP_ENABLE_N)
        self.direction = motor.Direction(board.PUMP_DIR)
        self.train = StepTrain(board.STEP_TRAIN_MACHINE, board.PUMP_STEP, board.PUMP_ENABLE_N)
        self.rotation = Rotation(board.ROTATION_MACHINE, board.ROTOR)
        self.level = Level(board.RESERVOIR_LEVEL)
        self.light = Light(board.LIGHT_RED, board.LIGHT_GREEN, board.LIGHT_BLUE)
        self.sound = Sound(board.SOUND)
        pins = (board.BUTTON_BOLUS, board.BUTTON_ALARM, board.BUTTON_STOP)
        self.buttons = tuple(Button(pin, button_changed) for pin in pins)


def _compose_pump(pump, board, drivers):
    body = pump.body
    pump.rotation_check = RotationCheck(board.STEPS_PER_REVOLUTION, board.ROTOR_COUNTS_PER_REVOLUTION)
    pump.boluses = Boluses(body, pump.history, pump.wake)
    pump.delivery = Delivery(
        body, pump.boluses, drivers.train, drivers.rotation.count, pump.rotation_check, board.STEP_PERIOD_US
    )
    pump.monitor = Monitor(
        body, drivers.level, ReservoirCheck(), board.LEVEL_EMPTY_U16, board.LEVEL_FULL_U16, board.RESERVOIR_UL
    )
    pump.programme = Programme(body, pump.boluses, pump.wake, pump.monitor.measured, pump.monitor.computed_nl)
    pump.pump = Facade(
        body,
        pump.boluses,
        pump.delivery,
        pump.programme,
        pump.monitor,
        pump.prescription_setting,
        pump.rotation_check,
    )
    pump.panel = Panel(pump.pump, drivers.buttons, drivers.light, drivers.sound)
    pump.faults = FaultResponse(body, pump.delivery.stop_motor)


def _start(pump, volume, drivers, ticks_ms):
    body = pump.body
    failures, uncertain = startup.take_up_records(body, pump.history, resume, volume)
    startup.record_boot(body, watchdog.reset_cause(), uncertain)
    wall = wall_clock.read()
    if wall >= 0:
        pump.clock.set_wall(wall, states.WALL_CLOCK_CHIP)
    before = ticks_ms()
    pump.sleep(2)
    took_ms = ticks.diff(ticks_ms(), before)
    failures |= startup.power_on_test(
        drivers.motor_was_off, drivers.level.read(), pump.panel.stuck(), took_ms
    )
    calibrated = calibration.from_bytes(commission.setting(volume, commission.CALIBRATION).load())
    failures |= startup.take_up_programme(
        body, calibrated, pump.prescription_setting.load(), pump.rotation_check, pump.monitor
    )
    body.record(events.SELF_TEST, "<II", failures, selftest.ALWAYS_UNPROVEN)
    pump.pump.self_test_was(failures, selftest.ALWAYS_UNPROVEN)
    startup.hold_for_failures(body, failures, commission.commissioned(volume))
    pump.boluses.drop_interrupted()
    pump.programme.start(pump.clock.now())


def _compose_tasks(pump, board, port):
    pump.scheduler = Scheduler(pump.clock, pump.sleep, pump.faults.task_failed)
    add = pump.scheduler.add
    pump.delivery_task = add(Task("delivery", pump.delivery.run, _DEAD_MS))
    pump.programme_task = add(Task("programme", pump.programme.run, _DEAD_MS))
    add(Task("monitor", pump.monitor.run, _DEAD_MS))
    pump.panel_task = add(Task("panel", pump.panel.run, _DEAD_MS))
    link = Link(Lines(port), Commands(pump.pump, board.NAME))
    pump.link_task = add(Task("link", link.run, _DEAD_MS, safety=False))
    pump.watchdog = watchdog.Watchdog(WATCHDOG_MS)
    pump.supervisor = Supervisor(pump.scheduler, pump.watchdog.feed)
    add(Task("supervisor", pump.supervisor.run, FEED_MS), FEED_MS)
