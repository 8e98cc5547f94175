"""Writes what follows from a board's data: wiring.svg, and the marked sections of its README.md.

A section stands between `<!-- NAME: made by thecal board wiring -->` and `<!-- end of NAME -->`; the rest of a README
is written by hand and stays.
"""

from collections.abc import Callable
from pathlib import Path

from thecal_tools.boards import power, shopping, wiring
from thecal_tools.boards.drawing import Drawing
from thecal_tools.boards.wiring import Wiring
from thecal_tools.files import FileError

PICTURE = "wiring.svg"
README = "README.md"
SECTIONS: dict[str, Callable[[Wiring], str]] = {
    "parts": shopping.table,
    "wiring": wiring.table,
    "supply": lambda made: power.section(made.data),
}


def made(folder: Path) -> dict[Path, str]:
    """Every file that is made for a board, by path. Raises FileError."""
    joined = wiring.of_folder(folder)
    text = (folder / README).read_text(encoding="utf-8")
    for name, section in SECTIONS.items():
        text = _with_section(folder / README, text, name, section(joined))
    return {folder / PICTURE: Drawing(joined).svg(), folder / README: text}


def write(folder: Path) -> list[Path]:
    """Write what has changed; returns those files. Raises FileError."""
    changed = []
    for path, text in made(folder).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def _with_section(path: Path, text: str, name: str, section: str) -> str:
    begin, end = f"<!-- {name}: made by thecal board wiring -->\n", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise FileError(path, name, None, f"has no section: put {begin.strip()} and {end} where it belongs")
    return f"{before}{begin}\n{section}\n{closed}{after}"
