"""The command over a real serial device: a pseudo-terminal with a board in memory at its other end."""

import pytest

from flashing.firmwares import NAME, complete, firmware, old_firmware
from flashing.memory_board import MemoryBoard
from flashing.pseudo_board import PseudoBoard
from thecal_tools import board_files, cli
from thecal_tools.flashing import FlashError, serial_board
from thecal_tools.flashing.serial_board import GONE, PROMPT, PUMP, SerialBoard

COMMISSION = ("--commission", "examples/prescriptions/morphine_simple.json", "--reservoir", "20 mL")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A pseudo-terminal's board takes its time where the chip is emulated, which it is not here."""
    monkeypatch.setattr(serial_board, "_PATIENCE_OF_PTY", 1.0)
    monkeypatch.setattr(serial_board, "_ANSWER_S", 0.3)


@pytest.fixture
def small(monkeypatch):
    files = firmware(b"new")
    monkeypatch.setattr(board_files, "files", lambda board: files)
    return files


@pytest.fixture
def at():
    """Puts a board in memory at a terminal and opens it: call with the board."""
    opened = []

    def put(memory):
        pseudo = PseudoBoard(memory).__enter__()
        board = SerialBoard(pseudo.name)
        opened.append((board, pseudo))
        board.open()
        return board

    yield put
    for board, pseudo in opened:
        board.close()
        pseudo.__exit__()


def test_a_prompt_and_a_pump_are_told_apart(at):
    assert at(MemoryBoard()).probe() == PROMPT
    pump = at(MemoryBoard(runs=PUMP))
    assert pump.probe() == PUMP
    assert pump.ask("identify")["result"]["board"] == NAME
    assert pump.ask("maintenance")["error"]["code"] == -32601


def test_pieces_run_and_what_goes_wrong_there_is_one_line(at):
    board = at(MemoryBoard())
    board.enter()
    assert board.run("x = 1\nprint(x + 1)") == "2\n"
    with pytest.raises(FlashError, match="the board says OSError: 2"):
        board.run("open('nothing')")
    assert board.run("print(x)") == "1\n"


def test_a_port_that_is_not_there():
    board = SerialBoard("/dev/ttyNOWHERE")
    assert board.probe() == GONE
    with pytest.raises(FlashError, match=r"/dev/ttyNOWHERE: cannot be opened \(.*No such file"):
        board.open()


def test_the_whole_command(small, capsys):
    memory = MemoryBoard(old_firmware())
    with PseudoBoard(memory) as pseudo:
        assert cli.main(["flash", NAME, "--port", pseudo.name]) == 0
    shown = capsys.readouterr()
    assert memory.files == complete(small)
    assert "flash: copying" in shown.err
    assert "5 copied, 1 unchanged, 1 removed; every hash is right" in shown.out
    assert "stopped: not commissioned" in shown.out


def test_a_pump_that_runs_is_left_alone_and_the_command_says_what_to_do(small, capsys):
    memory = MemoryBoard(old_firmware(), runs=PUMP)
    with PseudoBoard(memory) as pseudo:
        assert cli.main(["flash", NAME, "--port", pseudo.name, "--wait", "0.1"]) == 1
    shown = capsys.readouterr()
    assert memory.files == old_firmware()
    assert "hold ALARM and STOP" in shown.err.replace("\n", " ")
    assert shown.err.splitlines()[-1] == (
        "flash: no maintenance within 0 s, nothing was changed: run the same command again"
    )


def test_a_self_test_that_fails_is_the_exit_code(small, capsys):
    memory = MemoryBoard()
    memory.methods = {"self_test": {"failures": 16, "unproven": 0, "holds": 2}}
    with PseudoBoard(memory) as pseudo:
        assert cli.main(["flash", NAME, "--port", pseudo.name]) == 1
    assert "self-test failed: level sensor" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["NOSUCH"], "flash: BOARD=NOSUCH: unknown: give one of ESP32_GENERIC"),
        ([NAME, "--port", "/dev/ttyNOWHERE"], "flash: /dev/ttyNOWHERE: cannot be opened"),
        ([NAME, "--reservoir", "20 mL"], "belong together"),
        ([NAME, *COMMISSION, "--step-pl", "9"], "flash: --step-pl 9: must be 100000 to 400000 pL"),
    ],
)
def test_bad_input_is_one_line(arguments, says, small, capsys):
    assert cli.main(["flash", *arguments]) in (1, 2)
    shown = capsys.readouterr()
    assert says in shown.err and len(shown.err.splitlines()) == 1
