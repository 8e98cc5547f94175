"""The mark of a planned reset, because the chip reports it as one by the watchdog (SR-34).

Written before the reset, taken away by the boot that finds it. It says what that boot is to do (tables.restarts).
"""

from thecal.records import files
from thecal.tables import restarts

_MAGIC = b"TPLN"
_PATH = "planned"


class PlannedReset:
    """volume: see records.files. reset: callable that resets the chip."""

    def __init__(self, volume, reset):
        self._volume = volume
        self._reset = reset

    def mark(self, kind):
        """The next reset is planned. Raises OSError."""
        self._volume.write(_PATH, files.seal(_MAGIC, bytes((kind,))))

    def restart(self, kind):
        """Mark the reset and do it. Raises OSError where the mark cannot be written; nothing is reset then."""
        self.mark(kind)
        self._reset()

    def take(self):
        """What was planned, UNPLANNED where nothing was. A mark that cannot be taken away is none: the next reset,
        which nobody may have planned, would find it again."""
        try:
            data = self._volume.read(_PATH)
            if data is None:
                return restarts.UNPLANNED
            self._volume.remove(_PATH)
        except OSError:
            return restarts.UNPLANNED
        body = files.unseal(_MAGIC, data)
        return body[0] if body else restarts.UNPLANNED
