"""Who is joined to what: the pins of pins.csv, the parts of board.py, the places on the development board."""

from dataclasses import dataclass
from pathlib import Path

from thecal_tools.boards import board_file
from thecal_tools.boards.outlines import OUTLINES, Outline
from thecal_tools.boards.parts import OTHER_KINDS, Part, parts
from thecal_tools.files import FileError


@dataclass(frozen=True)
class Wire:
    """signal: name in pins.csv. pin: of the chip. label: printed on the board. terminal: what the part calls it."""

    signal: str
    pin: str
    label: str
    terminal: str
    part: Part


@dataclass(frozen=True)
class Wiring:
    """A board with all that is joined to it."""

    data: board_file.BoardData
    outline: Outline
    listed: dict[str, str]
    parts: list[Part]
    wires: list[Wire]

    def label(self, signal: str) -> str:
        """What is printed beside a signal's pin."""
        printed = (*self.outline.left, *self.outline.right)
        return next(name for name, pin in self.listed.items() if pin == self.listed[signal] and name in printed)


def of_folder(folder: Path) -> Wiring:
    """The wiring of a board's folder. Raises FileError where board.py, pins.csv and the outline disagree."""
    path = folder / "board.py"
    for fault in board_file.faults(path):
        raise FileError(path, f"line {fault.line}", fault.name, f"{fault.rule}: {fault.action}")
    data, _ = board_file.read(path)
    listed = board_file.pins(folder / "pins.csv")
    if data.NAME not in OUTLINES:
        raise FileError(path, "NAME", data.NAME, f"has no outline to draw: there is {', '.join(OUTLINES)}")
    made = Wiring(data, OUTLINES[data.NAME], listed, parts(data, listed), [])
    for part in made.parts:
        for signal, terminal in part.wires:
            try:
                label = made.label(signal)
            except (KeyError, StopIteration):
                raise FileError(folder / "pins.csv", signal, None, "is on no pin of the board: give it one") from None
            made.wires.append(Wire(signal, listed[signal], label, terminal, part))
    return made


def table(wiring: Wiring) -> str:
    """The wires as a table of Markdown."""
    rows = [("on the board", "chip", "name in board.py", "to", "there")]
    for wire in wiring.wires:
        place = f"{wire.label}, {wiring.outline.place(wire.label)}"
        name = f"`{wire.signal}`" + (", optional" if wire.part.optional else "")
        rows.append((place, wire.pin, name, wire.part.title, wire.terminal))
    text = markdown(rows)
    others = [("kind in `board.py`", "part", "pins")]
    for signals, kind, what in OTHER_KINDS:
        if all(signal in wiring.listed for signal in signals):
            places = [f"{signal} {wiring.label(signal)}" for signal in signals]
            others.append((f"`{kind}`", what, ", ".join(places)))
    return f"{text}\nOther parts that have a driver, and the pins kept for them:\n\n{markdown(others)}"


def markdown(rows: list[tuple[str, ...]]) -> str:
    """A table of Markdown, the first row its head."""
    lines = [rows[0], ("---",) * len(rows[0]), *rows[1:]]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
