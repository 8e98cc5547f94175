"""The PIO blocks of rp2040py, mended so that every PIO instruction runs at its own emulated nanosecond.

As shipped, a state machine runs at most one instruction for each instruction of the processor, and one for each idle
jump however long: while the processor sleeps, a train of steps all but stops, and its edges carry the processor's time.
Here the execution loop has no part in it: the simulation clock has an alarm at the next due time of any state machine,
so trains are exact to a system clock whether the processor works, sleeps, or waits for the flash.

A state machine at the full 125 MHz would cost one alarm every 8 ns; the drivers run theirs at 1 MHz.
"""

from rp2040py.irq import IRQ
from rp2040py.peripherals.pio import RPPIO
from rp2040py.rp2040 import RP2040

# rp2040py always runs the system clock at 125 MHz, as the stock image sets it.
CYCLE_NANOS = 8
# rp2040py counts PIO time in 1/256 of a system clock; this much never comes.
_NEVER_DUE = 1 << 62
_PERIPHERAL_KEYS = (0x50200, 0x50300)


class PacedPio(RPPIO):
    """One PIO block. To rp2040py's execution loop it is always stopped, so it moves by the pacer's alarm alone."""

    pacer: "PioPacer"

    def recompute_due(self) -> None:
        RPPIO.recompute_due(self)
        self.pacer.arm()

    def notify_due(self, due_fp: int) -> None:
        RPPIO.notify_due(self, due_fp)
        self.pacer.arm()

    def read_uint32(self, offset: int) -> int:
        self.pacer.settle()
        return RPPIO.read_uint32(self, offset)

    def write_uint32(self, offset: int, value: int) -> None:
        self.pacer.settle()
        RPPIO.write_uint32(self, offset, value)
        self.stopped = True
        # An instruction written to SMx_INSTR may change pins, which rp2040py tells nobody before the next instruction
        # of the program.
        self.check_changed_pins()


class PioPacer:
    """Runs both PIO blocks of a chip at exact times. Create it before the chip executes anything."""

    def __init__(self, chip: RP2040):
        self._clock = chip.clock
        self._alarm = chip.clock.create_alarm(self._due)
        self._armed_fp = _NEVER_DUE
        self._running = False
        self.blocks = (self._replace(chip, 0), self._replace(chip, 1))

    def _replace(self, chip: RP2040, index: int) -> PacedPio:
        block = PacedPio(chip, f"PIO{index}", IRQ.PIO1_IRQ0 if index else IRQ.PIO0_IRQ0, index)
        block.pacer = self
        chip.pio[index] = block
        chip.peripherals[_PERIPHERAL_KEYS[index]] = block
        return block

    @property
    def backlog_drops(self) -> int:
        """Instructions that rp2040py came too late for; anything but 0 makes PIO timing worthless."""
        return self.blocks[0].backlog_drops + self.blocks[1].backlog_drops

    def settle(self) -> None:
        """Bring both blocks to the clock's time, before anything outside PIO touches a state machine or a pin."""
        now = int(self._clock.nanos) // CYCLE_NANOS << 8
        self.blocks[0].cycle_fp = self.blocks[1].cycle_fp = now

    def arm(self) -> None:
        """Set the alarm to the next due instruction of either block."""
        if self._running:
            return
        due = min(self.blocks[0].next_due_fp, self.blocks[1].next_due_fp)
        if due >= _NEVER_DUE:
            if self._armed_fp < _NEVER_DUE:
                self._alarm.cancel()
                self._armed_fp = _NEVER_DUE
        elif due != self._armed_fp:
            self._armed_fp = due
            due_nanos = ((due + 255) >> 8) * CYCLE_NANOS
            self._alarm.schedule(max(0.0, due_nanos - self._clock.nanos))

    def _due(self) -> None:
        self._armed_fp = _NEVER_DUE
        self.settle()
        self._running = True
        self.blocks[0].advance(0)
        self.blocks[1].advance(0)
        self._running = False
        self.arm()
