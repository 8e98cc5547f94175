"""The composition root: the one file that knows every room. It composes, and decides nothing."""

from micropython import const

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
from thecal.records import calibration, commission
from thecal.records.journal import Journal
from thecal.records.ledger import Ledger
from thecal.records.mark import ReserveMark
from thecal.records.quiet_volume import QuietVolume
from thecal.records.windows import WindowsFile
from thecal.runtime.clock import Clock
from thecal.runtime.scheduler import Scheduler, Task
from thecal.runtime.supervisor import FEED_MS, WATCHDOG_MS, Supervisor
from thecal.safety import selftest
from thecal.safety.alarms import Alarms
from thecal.safety.gate import Gate
from thecal.safety.reservoir_check import ReservoirCheck
from thecal.safety.rotation_check import RotationCheck
from thecal.tables import events, states, ticks
from thecal.therapy.requests import GrantHistory

# A safety task is dead when it is this late: 50 ms of its own, several flash erases of 400 ms at worst, and a train.
_DEAD_MS = const(2_000)


def motor_off(board):
    """The first thing that a boot does: drive the motor's enable line to off."""
    motor.off(board.PUMP_ENABLE_N)


def commission_new(volume, clock, volume_per_step, prescription, reservoir_nl):
    """Commission a pump whose history is known to be empty. volume_per_step: pL, from calibrating this pump.

    prescription: compiled bytes or None. Raises OSError.
    """
    record = calibration.Calibration(volume_per_step, 200, 1, 0, 50)
    commission.commission(volume, clock, record.to_bytes(), prescription, reservoir_nl)


class App:
    """The composed pump: `pump` is its facade, `scheduler` runs it.

    board: a board module. ticks_ms: callable, ms modulo 2^30. sleep: callable(ms) that may return early after an
    interrupt. interrupted: callable, called in interrupt context when a button changed. volume: see records.files.
    port: see link.lines.
    """

    def __init__(self, board, ticks_ms, sleep, interrupted, volume, port):
        self.clock = Clock(ticks_ms)
        self._sleep = sleep
        self._interrupted = interrupted
        self._delivery = None
        self._panel_task = None
        self._volume = QuietVolume(volume, self._motor_powered, sleep)
        self._compose_records()
        self._compose_hardware(board)
        self._compose_pump(board)
        self._start(ticks_ms)
        self._compose_tasks(board, port)

    def run_forever(self):
        """Run until the power goes or the chip resets."""
        self.scheduler.run_forever()

    def serial_arrived(self):
        """Bytes have come in on the link."""
        self._link_task.wake()

    def _compose_records(self):
        volume, clock = self._volume, self.clock
        self.journal = Journal(volume, clock)
        self.ledger = Ledger(volume, clock)
        self.mark = ReserveMark(volume, clock)
        self.gate = Gate()
        self.body = Body(clock, self.journal, self.ledger, self.mark, WindowsFile(volume), self.gate)
        self.alarms = self.body.alarms = Alarms(self.body.alarm_changed)
        self._prescription = commission.setting(volume, commission.PRESCRIPTION)
        self._calibration = commission.setting(volume, commission.CALIBRATION)

    def _compose_hardware(self, board):
        self._motor_was_off = motor.is_off(board.PUMP_ENABLE_N)
        self._direction = motor.Direction(board.PUMP_DIR)
        self._train = StepTrain(board.STEP_TRAIN_MACHINE, board.PUMP_STEP, board.PUMP_ENABLE_N)
        self._rotation = Rotation(board.ROTATION_MACHINE, board.ROTOR)
        self._level = Level(board.RESERVOIR_LEVEL)
        self._light = Light(board.LIGHT_RED, board.LIGHT_GREEN, board.LIGHT_BLUE)
        self._sound = Sound(board.SOUND)
        pins = (board.BUTTON_BOLUS, board.BUTTON_ALARM, board.BUTTON_STOP)
        self._buttons = tuple(Button(pin, self._button_changed) for pin in pins)

    def _compose_pump(self, board):
        body = self.body
        self._history = GrantHistory(self.ledger.grant_starts)
        self._rotation_check = RotationCheck(board.STEPS_PER_REVOLUTION, board.ROTOR_COUNTS_PER_REVOLUTION)
        self.boluses = Boluses(body, self._history, self._wake_tasks)
        self._delivery = Delivery(
            body, self.boluses, self._train, self._rotation.count, self._rotation_check, board.STEP_PERIOD_US
        )
        self.monitor = Monitor(
            body, self._level, ReservoirCheck(), board.LEVEL_EMPTY_U16, board.LEVEL_FULL_U16, board.RESERVOIR_UL
        )
        self.programme = Programme(
            body, self.boluses, self._wake_tasks, self.monitor.measured, self.monitor.computed_nl
        )
        self.pump = Facade(
            body,
            self.boluses,
            self._delivery,
            self.programme,
            self.monitor,
            self._prescription,
            self._rotation_check,
        )
        self.panel = Panel(self.pump, self._buttons, self._light, self._sound)
        self.faults = FaultResponse(body, self._delivery.stop_motor)

    def _start(self, ticks_ms):
        body = self.body
        failures, uncertain = startup.take_up_records(body, self._history)
        startup.record_boot(body, watchdog.reset_cause(), uncertain)
        wall = wall_clock.read()
        if wall >= 0:
            self.clock.set_wall(wall, states.WALL_CLOCK_CHIP)
        before = ticks_ms()
        self._sleep(2)
        failures |= startup.power_on_test(
            body, self._motor_was_off, self._level.read(), self.panel.stuck(), ticks.diff(ticks_ms(), before)
        )
        failures |= startup.take_up_programme(
            body,
            calibration.from_bytes(self._calibration.load()),
            self._prescription.load(),
            self._rotation_check,
            self.monitor,
        )
        body.record(events.SELF_TEST, "<II", failures, selftest.ALWAYS_UNPROVEN)
        self.pump.self_test_was(failures, selftest.ALWAYS_UNPROVEN)
        startup.hold_for_failures(body, failures, commission.commissioned(self._volume))
        self.boluses.drop_interrupted()
        self.programme.start(self.clock.now())

    def _compose_tasks(self, board, port):
        self.scheduler = Scheduler(self.clock, self._sleep, self.faults.task_failed)
        add = self.scheduler.add
        self._delivery_task = add(Task("delivery", self._delivery.run, _DEAD_MS))
        self._programme_task = add(Task("programme", self.programme.run, _DEAD_MS))
        add(Task("monitor", self.monitor.run, _DEAD_MS))
        self._panel_task = add(Task("panel", self.panel.run, _DEAD_MS))
        link = Link(Lines(port), Commands(self.pump, board.NAME))
        self._link_task = add(Task("link", link.run, _DEAD_MS, safety=False))
        self.watchdog = watchdog.Watchdog(WATCHDOG_MS)
        self.supervisor = Supervisor(self.scheduler, self.watchdog.feed)
        add(Task("supervisor", self.supervisor.run, FEED_MS), FEED_MS)

    def _motor_powered(self):
        return self._delivery is not None and self._delivery.motor_powered

    def _wake_tasks(self):
        # The rate, a bolus or a hold has changed: what is due next, and what the panel shows, may have too.
        if self._panel_task is not None:
            self._delivery_task.wake()
            self._programme_task.wake()
            self._panel_task.wake()

    def _button_changed(self):
        if self._panel_task is not None:
            self._panel_task.wake()
        self._interrupted()
