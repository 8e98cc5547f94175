"""The train in PIO while the processor works, collects garbage and erases flash: how late or early its edges are."""

from itertools import pairwise

from thecal_tools.emulated_pio import CYCLE_NANOS
from thecal_tools.emulated_trials import disturbed
from thecal_tools.emulated_trials.disturbed import BUSY_PERIOD_US, BUSY_STEPS, DisturbedPump
from thecal_tools.emulated_trials.trial import Trial

# The drivers run PIO at 1 MHz, the system clock at 125 MHz.
PIO_CYCLE_NS = 1000
_AWAKE_AT_LEAST = 0.95


def busy_train(pump: DisturbedPump) -> Trial:
    """A train of several steps with the driver's own programs, under everything that stops a processor."""
    flash = pump.pico.flash_use
    erases, pages, awake = flash.erases, flash.pages, pump.pico.awake_nanos
    before = len(pump.trains())
    powered = pump.disturb(disturbed.BUSY_TRAIN)
    pump.wait("the end of the train", lambda: len(pump.trains()) > before, 1.0)
    train = pump.trains()[-1]
    ideal = BUSY_PERIOD_US * 1000
    rising = [after - first for first, after in pairwise(train.edges)]
    # From the first edge too, so that small ones of the same sign do not hide.
    drift = [edge - train.edges[0] - ideal * index for index, edge in enumerate(train.edges)]
    worst_ns = max(abs(value) for value in [interval - ideal for interval in rising] + drift)
    erases, pages = flash.erases - erases, flash.pages - pages
    cycles = -(-worst_ns // CYCLE_NANOS)
    share = (pump.pico.awake_nanos - awake) / (pump.pico.nanos - powered)
    ok = (
        worst_ns <= PIO_CYCLE_NS
        and len(train.edges) == BUSY_STEPS
        and erases > 0
        and share > _AWAKE_AT_LEAST
        and not pump.pico.pacer.backlog_drops
    )
    seen = (
        f"{len(train.edges)} steps {BUSY_PERIOD_US / 1000:g} ms apart, worst {cycles} system clocks off;"
        f" {erases} erases, {pages} pages, garbage collected all the time"
    )
    figures = {
        "steps": len(train.edges),
        "worst_system_clocks": cycles,
        "pio_cycle_system_clocks": PIO_CYCLE_NS // CYCLE_NANOS,
        "erases": erases,
        "pages": pages,
    }
    return Trial("busy_train", "step jitter: processor busy, collecting, erasing flash", seen, ok, figures)
