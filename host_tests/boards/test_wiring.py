"""Picture and tables of a board's wiring follow from board.py and pins.csv, and are in the repository as made."""

import shutil
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from thecal.safety import board_check
from thecal_tools import cli
from thecal_tools.boards import board_file, documents, power, wiring
from thecal_tools.boards.drawing import Drawing
from thecal_tools.boards.outlines import OUTLINES
from thecal_tools.boards.parts import parts
from thecal_tools.files import FileError

EVERY = pytest.mark.parametrize("name", board_file.names())


def joined(name: str) -> wiring.Wiring:
    return wiring.of_folder(board_file.BOARDS / name)


def a_copy(tmp_path, name="RPI_PICO"):
    return shutil.copytree(board_file.BOARDS / name, tmp_path / name)


@EVERY
def test_what_is_in_the_folder_is_what_would_be_made_now(name):
    """If it fails: ./thecal board wiring"""
    for path, text in documents.made(board_file.BOARDS / name).items():
        assert path.read_text(encoding="utf-8") == text, path


@EVERY
def test_every_pin_of_board_py_is_in_the_table_and_the_picture(name):
    made = joined(name)
    picture = Drawing(made)
    said = {text.text for text in picture.texts}
    for signal, _, _ in board_check.pins(made.data):
        assert signal in said
        assert f"`{signal}`" in wiring.table(made)
    ElementTree.fromstring(picture.svg())


@EVERY
def test_no_text_lies_on_another_or_outside(name):
    picture = Drawing(joined(name))
    boxes = [(text, text.box()) for text in picture.texts]
    for (one, a), (other, b) in combinations(boxes, 2):
        is_apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert is_apart, (one.text, other.text)
    assert all(box[0] >= 0 and box[2] <= 1240 and box[3] <= picture.height for _, box in boxes)


@EVERY
def test_no_wire_lies_on_another_or_crosses_it(name):
    paths = Drawing(joined(name)).paths
    for one, other in combinations(paths, 2):
        for a in pairwise(one):
            for b in pairwise(other):
                assert not meets(a, b), (one, other)


def meets(a, b) -> bool:
    """Whether two level or upright stretches have a point in common."""
    (ax, ay), (bx, by) = sorted_ends(a), sorted_ends(b)
    return ax[0] <= bx[1] and bx[0] <= ax[1] and ay[0] <= by[1] and by[0] <= ay[1]


def sorted_ends(stretch):
    (x0, y0), (x1, y1) = stretch
    return (min(x0, x1), max(x0, x1)), (min(y0, y1), max(y0, y1))


def test_a_wire_that_pins_csv_and_board_py_do_not_agree_on_is_refused(tmp_path):
    folder = a_copy(tmp_path)
    table = folder / "pins.csv"
    table.write_text(table.read_text().replace("SOUND,GPIO16", "SOUND,GPIO17"))
    with pytest.raises(FileError, match=r"SOUND.*GPIO17"):
        wiring.of_folder(folder)


def test_other_wiring_gives_another_picture_and_table(tmp_path):
    folder = a_copy(tmp_path)
    before = documents.made(folder)
    for name, old, new in (("pins.csv", "SOUND,GPIO16", "SOUND,GPIO7"), ("board.py", "SOUND = 16", "SOUND = 7")):
        path = folder / name
        path.write_text(path.read_text().replace(old, new))
    after = documents.made(folder)
    assert all(before[path] != after[path] for path in before)
    assert sorted(documents.write(folder)) == sorted(before)
    assert documents.write(folder) == []


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ({"MOTOR": "FOUR_PHASE", "PUMP_PHASES": (17, 18, 19, 20)}, {"PUMP_PHASE_1", "PUMP_PHASE_4", "PUMP_ENABLE_N"}),
        ({"ROTATION": "QUADRATURE", "ROTOR_B": 6}, {"ROTOR", "ROTOR_B"}),
        ({"LEVEL": "HX711", "LEVEL_DATA": 21, "LEVEL_CLOCK": 22}, {"LEVEL_DATA", "LEVEL_CLOCK"}),
        ({"ROTATION": "AS5600", "LEVEL": "MPR", "CLOCK_CHIP": "DS3231", "DISPLAY": "SSD1306"}, {"I2C_SDA", "I2C_SCL"}),
    ],
    ids=["four phases", "encoder", "load cell", "bus"],
)
def test_other_kinds_of_parts_are_drawn_too(names, wanted):
    made = joined("RPI_PICO")
    data = board_file.BoardData(**vars(made.data) | names)
    found = parts(data, made.listed)
    assert wanted <= {signal for part in found if not part.optional for signal, _ in part.wires}
    assert all(max(map(len, part.lines()), default=0) <= 41 for part in found)


@EVERY
def test_pins_csv_is_as_upstream_reads_it(name):
    """NAME,GPIOn; every pin that is printed on the board beside a GPIO has its name there."""
    listed = board_file.pins(board_file.BOARDS / name / "pins.csv")
    printed = {*OUTLINES[name].left, *OUTLINES[name].right}
    assert {signal for signal in listed if signal in printed}
    data, _ = board_file.read(board_file.path_of(name))
    taken = {f"GPIO{pin}" for pin in getattr(data, "RESERVED_PINS", ())}
    assert not taken & {listed[signal] for signal in listed if signal in printed}


@pytest.mark.parametrize("text", ["SOUND", "SOUND,16", "SOUND,GPIOx", ",GPIO1", "SOUND,GPIO1\nSOUND,GPIO2"])
def test_a_bad_line_of_pins_csv_is_named(tmp_path, text):
    path = tmp_path / "pins.csv"
    path.write_text(text + "\n")
    with pytest.raises(FileError, match=r"pins.csv: line \d"):
        board_file.pins(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os\n", "line 1: is not an assignment"),
        ("SOUND = 1\nSOUND = 2\n", "line 2.*twice"),
        ("SOUND = 8 * 2\n", "line 1.*reckoned"),
        ("SOUND = open('x')\n", "line 1.*reckoned"),
        ("SOUND = = 2\n", "line 1.*no Python"),
        ("A, B = 1, 2\n", "line 1: is not an assignment"),
    ],
)
def test_a_board_py_that_is_more_than_data_is_refused_and_not_run(tmp_path, text, said):
    path = tmp_path / "board.py"
    path.write_text(text)
    with pytest.raises(FileError, match=said):
        board_file.read(path)


@pytest.mark.req("SR-19")
def test_the_command_line_names_each_fault_and_fails(tmp_path, capsys):
    path = tmp_path / "board.py"
    source = (board_file.BOARDS / "RPI_PICO/board.py").read_text()
    source = source.replace("PUMP_DIR = 4", "PUMP_DIR = 3").replace("PER_REVOLUTION = 200 ", "PER_REVOLUTION = 24 ")
    path.write_text(source)
    assert cli.main(["board", "check", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["PUMP_DIR = 3", "ROTOR_COUNTS_PER_REVOLUTION = 24"]
    assert cli.main(["board", "check", "RPI_PICO", "--json"]) == 0
    assert '"faults": []' in capsys.readouterr().out
    assert cli.main(["board", "check", "TOASTER"]) == 2
    assert "there is ESP32_GENERIC" in capsys.readouterr().err


def test_the_supply_is_reckoned_as_by_hand():
    """1 mL/h, 250 nL a step: 4,000 steps an hour. Awake 0.2 % + 4,000/3,600 x 6 ms = 0.867 %.

    Logic: 10 + 0.00867 x 15 + 25. Motor: 2 mA + 250 mA for 15 ms of 900.
    """
    data, _ = board_file.read(board_file.path_of("RPI_PICO"))
    made = power.reckon(data, "1 mL/h", 1_000_000)
    assert made.steps_h == pytest.approx(4000)
    assert made.awake == pytest.approx(0.0086667, rel=1e-3)
    assert made.logic_ma == pytest.approx(35.13, rel=1e-3)
    assert made.motor_ma == pytest.approx(2 + 250 * 0.015 / 0.9, rel=1e-3)
    assert made.logic_h == pytest.approx(14_000 / 35.13, rel=1e-3)


@EVERY
def test_a_lower_rate_never_costs_more(name):
    data, _ = board_file.read(board_file.path_of(name))
    lives = [power.reckon(data, rate, volume) for rate, volume in power.RATES]
    assert lives == sorted(lives, key=lambda made: made.logic_ma)
    assert lives == sorted(lives, key=lambda made: made.motor_ma)
