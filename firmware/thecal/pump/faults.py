"""What happens when a task fails: the motor is cut, the pump holds with an alarm, and the failure is on record."""

from micropython import const

from thecal.tables import alarms, events, states, ticks

# A task that fails this often is left dead; if it is a safety task the watchdog then resets the pump.
_RETRIES = const(3)
_AGAIN_MS = const(1_000)


class FaultResponse:
    """body: pump.body.Body. stop_motor: callable that cuts the motor."""

    def __init__(self, body, stop_motor):
        self._body = body
        self._stop_motor = stop_motor
        self.failures = {}

    def task_failed(self, task, error):
        """An exception left a task. A safety task's failure stops the pump; any other is recorded and tried again."""
        failures = self.failures[task.name] = self.failures.get(task.name, 0) + 1
        if task.safety:
            self._stop_motor()
        body = self._body
        if failures <= _RETRIES:
            body.record(
                events.TASK_FAULT, "<B11s", failures, (task.name[:4] + ":" + type(error).__name__).encode()[:11]
            )
            task.at(ticks.add(body.clock.now(), _AGAIN_MS))
        if task.safety:
            body.alarms.set(alarms.TASK_FAULT, True)
            body.hold(states.FAULT)
