"""Feeds the watchdog, and only when every safety task is fresh (SR-34)."""

from micropython import const

# The RP2040's watchdog ends at 8388 ms; the rest is room for a flash erase (400 ms at worst) before a feed.
WATCHDOG_MS = const(8_000)
FEED_MS = const(6_000)


class Supervisor:
    """scheduler: whose tasks it watches. feed: callable that feeds the watchdog."""

    def __init__(self, scheduler, feed):
        self._scheduler = scheduler
        self._feed = feed
        self.stale = None

    def run(self, now):
        """Task body: feed unless a safety task is overdue, then keep its name and let the watchdog bite."""
        for task in self._scheduler.tasks:
            if task.safety and task.overdue(now):
                self.stale = task.name
                return FEED_MS
        self._feed()
        return FEED_MS
