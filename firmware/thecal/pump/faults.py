"""What happens when a task fails: the motor is cut, boluses end, an alarm responds, and the failure is on record."""

from micropython import const

from thecal.tables import alarms, doses, events, ticks

# A task that fails this often is left dead; if it is a safety task the watchdog then resets the pump.
_RETRIES = const(3)
# So long after its last failure a task counts as sound again.
_SOUND_AFTER_S = const(3_600)
_AGAIN_MS = const(1_000)


class FaultResponse:
    """body, boluses: of this room. stop_motor: callable that cuts the motor."""

    def __init__(self, body, boluses, stop_motor):
        self._body = body
        self._boluses = boluses
        self._stop_motor = stop_motor
        # By the task's name: failures in a row, and the pump second of the last.
        self._failures = {}

    def task_failed(self, task, error):
        """An exception left a task. A safety task's failure cuts the motor and ends boluses, and what its alarm leaves
        of the background goes on once the task has recovered; any other is recorded and tried again."""
        if task.safety:
            self._stop_motor()
        body = self._body
        seconds = body.clock.seconds
        failures, last_s = self._failures.get(task.name, (0, 0))
        failures = 1 if seconds - last_s >= _SOUND_AFTER_S else failures + 1
        self._failures[task.name] = (failures, seconds)
        if failures <= _RETRIES:
            name = type(error).__name__
            body.record(events.TASK_FAULT, "<B11s", failures, (task.name[:4] + ":" + name).encode()[:11])
        if task.safety:
            # The alarm goes first: what the boluses were about may be what failed.
            body.alarms.set(alarms.TASK_FAULT, True)
            self._boluses.end_all(doses.STOPPED_EARLY)
            body.save_ledger()
        if failures <= _RETRIES:
            task.at(ticks.add(body.clock.now(), _AGAIN_MS))
