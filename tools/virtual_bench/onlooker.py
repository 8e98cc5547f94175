"""Somebody who watches the panel: which light or sound changed when."""


class Onlooker:
    """Writes down every change of some lines, as (elapsed ms, name, level); a PWM counts as 1 when it is on at all.

    lines: tuple of (name, line). limit: only the latest so many changes are kept.
    """

    def __init__(self, world, lines, limit=1000):
        self._world = world
        self._limit = limit
        self.seen = []
        for name, line in lines:
            line.listen(self._watcher(name))

    def _watcher(self, name):
        def note(level):
            if not self._world.physics:
                return
            self.seen.append((self._world.elapsed_ms, name, level))
            if len(self.seen) > self._limit:
                self.seen.pop(0)

        return note

    def first_after(self, elapsed_ms, name, level=1):
        """When that line first went to that level at or after elapsed_ms; None if it did not."""
        for when, who, what in self.seen:
            if when >= elapsed_ms and who == name and what == level:
                return when
        return None
