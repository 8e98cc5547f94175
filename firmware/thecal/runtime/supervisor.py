"""Feeds the watchdog, and only when every safety task is fresh (SR-34)."""

from micropython import const

from thecal.tables import alarms

# The RP2040's watchdog ends at 8388 ms; the rest is room for a flash erase (400 ms at worst) before a feed.
WATCHDOG_MS = const(8_000)
FEED_MS = const(6_000)
# A task that is overdue may still come before the watchdog bites.
LOOK_AGAIN_MS = const(500)


class Supervisor:
    """scheduler: whose tasks it watches. feed: callable that feeds the watchdog. alarm_states: safety.alarms.Alarms."""

    def __init__(self, scheduler, feed, alarm_states):
        self._scheduler = scheduler
        self._feed = feed
        self._alarms = alarm_states
        self.stale = None

    def run(self, now):
        """Task body: feed unless a safety task is overdue, then keep its name and let the watchdog bite.

        A task that has come late and then reported raises the alarm as well, but the watchdog is fed: it has recovered.
        """
        was_late = False
        stale = None
        for task in self._scheduler.tasks:
            if task.safety:
                if task.overdue(now):
                    stale = self.stale = task.name
                was_late = was_late or task.was_late
                task.was_late = False
        if stale is None:
            self._feed()
        if was_late or stale is not None:
            self._alarms.set(alarms.TASK_OVERDUE, True)
        if stale is not None:
            return LOOK_AGAIN_MS
        self._alarms.set(alarms.TASK_OVERDUE, False)
        return FEED_MS
