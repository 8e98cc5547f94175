"""The records of a pump that is commissioned as new, made by the firmware itself on a volume in memory."""

from thecal.app import commission_new
from virtual_bench.volume import MemoryVolume


class _NewClock:
    """Pump time of a pump that has never run."""

    seconds = 0


def records(prescription: bytes | None, volume_per_step: int, reservoir_nl: int) -> dict[str, bytes]:
    """Content by path below the records' folder. prescription: compiled, or None. volume_per_step: pL."""
    volume = MemoryVolume()
    commission_new(volume, _NewClock(), volume_per_step, prescription, reservoir_nl)
    return {path: content for path, content in volume.snapshot() if content is not None}
