"""`thecal emulate`: boot the firmware on an emulated RP2040 with the stock MicroPython image, and show what it did."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thecal_tools.errors import ThecalError

if TYPE_CHECKING:
    from thecal_tools.emulation import Progress

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "build/bench"
FILE = "emulated.json"
NOT_SEEN = 1
# Emulated seconds that a run takes, for the bar.
USUAL_S = 4.2
# Of emulated_terminal, which takes its time to import.
STARTS = ("pump", "bare", "maintenance")
A_PATH = click.Path(path_type=Path)


class NoImageAtHand(ThecalError):
    """There is no image to run, and none could be fetched."""

    exit_code = 3


@click.command(epilog="Example: thecal emulate --uf2 ~/RPI_PICO-20260406-v1.28.0.uf2")
@click.option("--uf2", type=A_PATH, help="Stock RPI_PICO image; else $UF2, else the emulator's cache or the network.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON in place of tables.")
@click.option("--out", type=A_PATH, default=OUT, help="Folder for emulated.json; build/bench by default.")
@click.option("--trials", is_flag=True, help="Try hangs, resets, power cuts, jitter and answer times too; 10 minutes.")
@click.option("--pty", is_flag=True, help="Keep a board running at a pseudo-terminal, for mpremote and thecal.")
@click.option("--start", type=click.Choice(STARTS), default=STARTS[0], help="With --pty: what there is at power-on.")
@click.option("--keep", type=A_PATH, help="With --pty: its flash, taken from this file and left there at the end.")
def emulate(uf2: Path | None, as_json: bool, out: Path, trials: bool, pty: bool, start: str, keep: Path | None) -> int:
    """Boot the firmware with a commissioned pump on an emulated Raspberry Pi Pico; about a minute.

    Shows that the motor is off first, the self-test, the first trains of steps on the pins, the journal in the flash
    and over the link, boot times and heap. The exit code is 1 where any of it was not seen, 3 without an image.
    """
    from rich.console import Console

    from thecal_tools import emulation_report, output_folder
    from thecal_tools.emulator_image import NoImage, find_image

    output_folder.check_usable(out)
    try:
        image = find_image(uf2)
    except NoImage as error:
        raise NoImageAtHand(f"emulate: {error}") from None
    if pty:
        return _at_terminal(image, start, keep)
    with _progress() as progress:
        document = emulation_report.skeleton(image, progress)
    if trials:
        document["trials"] = _trials(image)
    text = json.dumps(document, indent=1) + "\n"
    output_folder.write(out, {FILE: text.encode()})
    if as_json:
        click.echo(text, nl=False)
    else:
        # A terminal that lacks a character gets a question mark, not a traceback.
        getattr(sys.stdout, "reconfigure", lambda **_: None)(errors="replace")
        emulation_report.show(document, Console(highlight=False))
    return 0 if emulation_report.all_seen(document) else NOT_SEEN


def _trials(image: Path) -> dict[str, Any]:
    from thecal_tools.emulated_trials import report

    return report.run(image, lambda what: click.echo(f"trying {what}", err=True))


def _at_terminal(image: Path, start: str, keep: Path | None) -> int:
    from thecal_tools import emulated_terminal

    def opened(name: str) -> None:
        click.echo(f"emulated RPI_PICO at {name}; Ctrl-C ends it")
        sys.stdout.flush()

    pump = emulated_terminal.power_on(image, start, keep)
    emulated_terminal.serve(pump, opened, keep)
    click.echo(f"{pump.pico.seconds:.1f} s emulated, {pump.pico.awake_nanos / 1e9:.1f} s of them awake")
    return 0


@contextmanager
def _progress() -> Iterator["Progress"]:
    """A bar on the error stream of a terminal, gone when done; elsewhere a line for each thing that is waited for."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    if not sys.stderr.isatty():
        yield _Lines()
        return
    what, at = TextColumn("emulating, {task.description}"), TextColumn("{task.fields[at]}")
    columns = (what, BarColumn(), at, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("power-on", total=USUAL_S, at="")

        def progress(what: str, seconds: float) -> None:
            bar.update(task, description=f"waiting for {what}", completed=seconds, at=f"{seconds:.2f} s there,")

        yield progress


class _Lines:
    def __init__(self) -> None:
        self._last = ""

    def __call__(self, what: str, seconds: float) -> None:
        if what != self._last:
            self._last = what
            click.echo(f"emulating, {seconds:.2f} s: waiting for {what}", err=True)
