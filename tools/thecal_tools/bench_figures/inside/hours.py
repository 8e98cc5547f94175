"""A compiled scenario by the hour, on either interpreter, with nothing in the heap that grows with the run itself.

Records lie in files, events come by the hour, and nobody writes down what the panel shows.
"""

from virtual_bench import results, scenario_run

HOUR_MS = 3_600_000
# The numbers of errors in Emscripten's file system; on a board they are 2 and 17.
_NOT_THERE = 44
_IS_THERE = 20


class FileVolume:
    """The firmware's own volume for flash, on the file system that MicroPython has in WebAssembly."""

    def __init__(self, volume):
        self._volume = volume
        self.write = volume.write
        self.append = volume.append
        self.remove = volume.remove
        self.listdir = volume.listdir

    def read(self, path):
        """Bytes of a file, or None where there is none."""
        try:
            return self._volume.read(path)
        except OSError as error:
            if error.args[0] != _NOT_THERE:
                raise
            return None

    def mkdir(self, path):
        """Make a folder; one that exists is kept."""
        try:
            self._volume.mkdir(path)
        except OSError as error:
            if error.args[0] != _IS_THERE:
                raise


def flash_volume(folder):
    """A FileVolume over the driver that boards use."""
    from thecal.drivers import flash_volume as driver

    # The one class in there, whatever its name is in the compact firmware.
    made = [item for item in driver.__dict__.values() if isinstance(item, type)]
    return FileVolume(made[0](folder))


class Hours:
    """One run, commissioned and composed hour by hour from power-on.

    compiled: see thecal_tools.scenario_file. board: a board module. volume: where the firmware keeps its records; it
    may come later, as run.bench.volume, but before power_on().
    """

    def __init__(self, compiled, board, volume):
        self._events = compiled["events"]
        self.run = scenario_run.ScenarioRun(dict(compiled, events=()), board, None, volume, False)
        self.run.results.sample_heap = _nothing
        self.hours = 0

    def power_on(self):
        """Commission and compose; True while that is not done."""
        self.run.slice()
        return self.run.app is None

    def hour(self):
        """Go on for an hour; True while more are left."""
        world = self.run.world
        start_ms = self.hours * HOUR_MS
        for at_ms, action, arguments in self._events:
            if start_ms <= at_ms < start_ms + HOUR_MS:
                world.at_ms(at_ms - world.elapsed_ms, self.run._act, (action, arguments))
        self.hours += 1
        goes_on = self.run.slice()
        self.run.bench.onlooker.seen = []
        return goes_on

    def journal(self):
        """All records, as bytes."""
        return results.journal_bytes(self.run.bench.volume)


def _nothing():
    pass
