"""Power cuts in the middle of flash operations of the running firmware: the next boot goes on, and counts hold."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rp2040py.peripherals.ssi import CMD_PAGE_PROGRAM

from thecal_tools import journal_export
from thecal_tools.emulated_flash import BLOCK_BYTES, PICO_START
from thecal_tools.emulated_trials import worst
from thecal_tools.emulated_trials.trial import Trial, aside
from thecal_tools.emulation import EmulationError, Progress

# A bolus is asked for after the first step, so that there are more commits than those of a boot.
STEP_LIMIT_S = 12.0
_HOLD_S = 1.2
_BOLUS_S = 12.0
CUTS = 6
# A block of steps is reserved at a time, and after each of two power-ons the rest of one is uncertain.
MOST_UNCERTAIN = 16
_ERASED = 0xFF
_PAGE_BYTES = 256


@dataclass(frozen=True)
class Cut:
    """What was left when the power went in the middle of an operation. steps: on the pins until then."""

    number: int
    at_s: float
    what: str
    flash: bytes
    steps: int


def recorded(uf2: Path, progress: Progress | None = None) -> tuple[worst.Day, list[Cut]]:
    """A pump from power-on into a bolus: what a power cut at each of its flash operations would have left."""
    day = worst.day()
    pump = worst.power_on(uf2, day, progress=progress)
    cuts: list[Cut] = []
    use = pump.pico.flash_use

    def before(number: int, command: int, address: int) -> None:
        flash = bytearray(pump.pico.flash_after())
        start = address - PICO_START
        # Half of it has come about: NOR programs bits to 0 and erases them to 1, from the start of a page or sector.
        if command == CMD_PAGE_PROGRAM:
            for index, value in enumerate(use.sent[: _PAGE_BYTES // 2]):
                flash[start + index] &= value
        else:
            flash[start : start + BLOCK_BYTES // 2] = bytes((_ERASED,)) * (BLOCK_BYTES // 2)
        what = "program" if command == CMD_PAGE_PROGRAM else "erase"
        cuts.append(Cut(number, round(pump.pico.seconds, 3), what, bytes(flash), pump.rotor_counts()))

    use.before = before
    pump.wait_for_figures()
    pump.steps(1, STEP_LIMIT_S)
    pump.pico.press(pump.board.BUTTON_BOLUS)
    pump.pico.run_for(_HOLD_S)
    pump.pico.release(pump.board.BUTTON_BOLUS)
    pump.pico.run_for(_BOLUS_S)
    return day, cuts


def spread(cuts: list[Cut], count: int) -> list[Cut]:
    """So many of them, half of them in erases and half in programs, each half evenly and with its last one."""
    chosen = []
    for kind, wanted in (("erase", count // 2), ("program", count - count // 2)):
        of_kind = [cut for cut in cuts if cut.what == kind]
        chosen += [of_kind[len(of_kind) * (index + 1) // wanted - 1] for index in range(wanted)]
    return sorted(chosen, key=lambda cut: cut.number)


def after(uf2: Path, day: worst.Day, cut: Cut, progress: Progress | None = None) -> Trial:
    """The next power-on after a cut."""
    pump = worst.power_on(uf2, day, cut.flash, progress)
    pump.wait_for_figures()
    try:
        pump.steps(1, STEP_LIMIT_S)
        resumed = True
    except EmulationError:
        resumed = False
    status = pump.ask("status")
    findings = [str(finding) for finding in journal_export.verify(pump.journal()).findings]
    given = cut.steps + pump.rotor_counts()
    counted = status["tube_steps"] - day.steps
    ok = (
        resumed
        and status["holds"] == 0
        and given <= counted <= given + MOST_UNCERTAIN
        and not findings
        and not pump.unpowered_steps()
    )
    seen = (
        f"{'therapy resumed' if resumed else 'no step'}; {given} steps given, {counted} counted;"
        f" {'; '.join(findings) or 'journal sound'}"
    )
    figures = {"operation": cut.number, "at_s": cut.at_s, "given": given, "counted": counted}
    return Trial(f"cut_{cut.number}", f"power cut in flash operation {cut.number} ({cut.what})", seen, ok, figures)


def trials(uf2: Path, count: int = CUTS, progress: Progress | None = None) -> list[Trial]:
    """Cuts at so many operations, spread over a boot, the first steps and a bolus."""
    day, cuts = aside(partial(recorded, uf2, progress))
    return [aside(partial(after, uf2, day, cut, progress)) for cut in spread(cuts, count)]
