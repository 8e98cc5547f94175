"""`thecal package`: one board's firmware as a folder for `mpremote mip install`."""

from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "build/mip"


@click.command(epilog="Example: thecal package RPI_PICO")
@click.argument("board")
@click.option("--out", type=click.Path(path_type=Path), default=OUT, help="Folder of its folder; build/mip by default.")
def package(board: str, out: Path) -> None:
    """Write the firmware for BOARD, a folder of boards/, with a package.json of relative paths.

    The folder may be put on any web server. Unlike `thecal flash`, mip checks neither board nor version nor records and
    removes nothing, so the board must be one that never had Thecal, or be in maintenance.
    """
    from thecal_tools import output_folder
    from thecal_tools.flashing import checks, mip_package

    checks.board_data(board)
    output_folder.check_usable(out)
    folder = out / board
    output_folder.write(folder, mip_package.package(board))
    click.echo(f"mpremote mip install --target / {folder / mip_package.PACKAGE}")
