"""What somebody in front of the panel sees and hears."""

from rig import Rig
from thecal.drivers.sound import Sound

DARK, WHITE, GREEN, MAGENTA = (0, 0, 0), (1, 1, 1), (0, 1, 0), (1, 0, 1)
RED, YELLOW, CYAN = (1, 0, 0), (1, 1, 0), (0, 1, 1)

Colour = tuple[int, ...]


class Eyes:
    """Watches a pump from now on. lights: (ms, colour) at each change, settled; notes: (ms, note) as played."""

    def __init__(self, rig: Rig):
        self._world = rig.world
        self._lines = [
            rig.world.lines[pin] for pin in (rig.board.LIGHT_RED, rig.board.LIGHT_GREEN, rig.board.LIGHT_BLUE)
        ]
        self.lights: list[tuple[int, Colour]] = [(rig.world.elapsed_ms, self._colour())]
        self.notes: list[tuple[int, str]] = []
        for line in self._lines:
            line.listen(self._look)
        panel = next(task for task in rig.app.scheduler.tasks if task.name == "panel").run.__self__
        self._listen_to(panel._sound)

    def colour_at(self, ms: int) -> Colour:
        """The light at the end of that ms."""
        before = [colour for when, colour in self.lights if when <= ms]
        return before[-1] if before else self.lights[0][1]

    def first(self, colour: Colour, since: int) -> int | None:
        """When the light first had that colour from `since` on."""
        if self.colour_at(since) == colour:
            return since
        return next((when for when, seen in self.lights if when > since and seen == colour), None)

    def lit_times(self, colour: Colour) -> list[tuple[int, int]]:
        """(from, to) of each whole time in which the light had that colour."""
        changes = [*self.lights, (self._world.elapsed_ms, DARK)]
        return [
            (when, changes[index + 1][0])
            for index, (when, seen) in enumerate(changes[:-1])
            if seen == colour and index + 2 < len(changes)
        ]

    def melodies(self) -> list[tuple[int, str]]:
        """(start, notes) of each melody: notes less than half a second apart."""
        found: list[tuple[int, str]] = []
        last = -1_000
        for when, note in self.notes:
            if when - last < 500:
                found[-1] = (found[-1][0], found[-1][1] + note)
            else:
                found.append((when, note))
            last = when
        return found

    def _colour(self) -> Colour:
        return tuple(line.level for line in self._lines)

    def _look(self, _level: int) -> None:
        now = self._world.elapsed_ms
        if self.lights[-1][0] == now:
            self.lights.pop()
        colour = self._colour()
        if not self.lights or self.lights[-1][1] != colour:
            self.lights.append((now, colour))

    def _listen_to(self, sound: Sound) -> None:
        play = sound.play

        def heard(note: str) -> None:
            self.notes.append((self._world.elapsed_ms, note))
            play(note)

        sound.play = heard
