"""`thecal board`: check a board's board.py before it is flashed, and draw its wiring."""

import json
from dataclasses import asdict

import click

from thecal_tools.files import FileError

FAULTY = 2


@click.group(epilog="Example: thecal board check RPI_PICO")
def board() -> None:
    """Boards: their data, wiring and supply."""


@board.command(epilog="Example: thecal board check boards/RPI_PICO/board.py")
@click.argument("boards", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list in place of lines.")
def check(boards: tuple[str, ...], as_json: bool) -> int:
    """Check BOARDS, names or paths of board.py, by the rules that the board itself applies before it powers the motor.

    One line for each fault: file and line, name and value, rule, what to do. The exit code is then 2.
    """
    from thecal_tools.boards import board_file

    found = []
    code = 0
    for name in boards:
        try:
            path = board_file.path_of(name)
            faults = board_file.faults(path)
        except FileError as error:
            click.echo(str(error), err=True)
            code = error.exit_code
            continue
        for fault in faults:
            code = FAULTY
            click.echo(str(fault), err=True)
        found.append({"board": str(path), "faults": [asdict(fault) for fault in faults]})
        if not faults and not as_json:
            click.echo(f"{path}: no fault")
    if as_json:
        click.echo(json.dumps(found, indent=1))
    return code


@board.command(epilog="Example: thecal board wiring RPI_PICO")
@click.argument("boards", nargs=-1)
def wiring(boards: tuple[str, ...]) -> None:
    """Draw wiring.svg of BOARDS from board.py and pins.csv, and write the tables in their README.md; all boards without
    names.
    """
    from thecal_tools.boards import board_file, documents

    for name in boards or board_file.names():
        folder = board_file.path_of(name).parent
        for path in documents.write(folder):
            click.echo(str(path))
