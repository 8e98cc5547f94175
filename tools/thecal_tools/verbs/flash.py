"""`thecal flash`: bring this firmware onto a board, prove every file there, and read its self-test."""

from pathlib import Path

import click

from thecal_tools.errors import ThecalError

SELF_TEST_FAILED = 1
A_PATH = click.Path(path_type=Path)


@click.command(epilog="Example: thecal flash RPI_PICO --port /dev/ttyACM0")
@click.argument("board")
@click.option("--port", help="Serial port of the board; by default the one that fits.")
@click.option("--wait", default=120.0, show_default=True, help="Seconds to wait for you to enter maintenance.")
@click.option("--commission", type=A_PATH, help="With it, a new pump gets this prescription and an empty history.")
@click.option("--step-pl", type=int, help="With --commission: calibrated volume of one motor step, in pL.")
@click.option("--reservoir", help='With --commission: what the reservoir holds, such as "20 mL".')
def flash(
    board: str, port: str | None, wait: float, commission: Path | None, step_pl: int | None, reservoir: str | None
) -> int:
    """Bring this firmware onto BOARD, a folder of boards/, over its serial port.

    A board with MicroPython alone is flashed at once; a pump that runs must be brought into maintenance first, and the
    command says how. Only what changed is copied, and every file is proven by its hash on the board. Records,
    calibration and prescription stay. What is cut off leaves a stopped pump, which the same command mends.
    """
    from thecal_tools import board_files
    from thecal_tools.flashing import checks, ports, report
    from thecal_tools.flashing import flash as flashing
    from thecal_tools.flashing.serial_board import SerialBoard

    try:
        data = checks.board_data(board)
        records = _new_records(commission, step_pl, reservoir)
        files = board_files.files(board)
        device = ports.find_port(data.CHIP, port)
        serial_board = SerialBoard(device, lines=not ports.has_quiet_lines(device))
        serial_board.open()
        try:
            with report.Terminal() as terminal:
                result = flashing.flash(serial_board, data, files, terminal, wait_s=wait, new_records=records)
        finally:
            serial_board.close()
    except ThecalError as error:
        raise _named(error) from None
    report.show(result)
    if result.failures:
        failed = report.words(result.failures, report.texts.CHECKS)
        click.echo(f"flash: the firmware is complete, its self-test failed: {failed}: mend that and restart", err=True)
        return SELF_TEST_FAILED
    return 0


def _new_records(prescription: Path | None, step_pl: int | None, reservoir: str | None) -> dict[str, bytes] | None:
    from thecal_tools.flashing import commissioning

    given = [value is not None for value in (prescription, step_pl, reservoir)]
    if any(given) and not all(given):
        raise click.UsageError("--commission, --step-pl and --reservoir belong together: give all three.")
    if prescription is None or step_pl is None or reservoir is None:
        return None
    return commissioning.records(prescription, step_pl, reservoir)


def _named(error: ThecalError) -> ThecalError:
    named = ThecalError(f"flash: {error}")
    named.exit_code = error.exit_code
    return named
