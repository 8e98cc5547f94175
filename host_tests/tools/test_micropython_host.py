"""Scripts on real MicroPython in Node: results, garbage between parts, and one clear line for each failure."""

import json

import pytest

from thecal_tools import micropython_host, mpy_build
from thecal_tools.micropython_host import HostError, run_script
from thecal_tools.mpy_build import BuildError


def test_a_script_prints_reads_its_files_and_leaves_results():
    lines = []
    made = run_script(
        [
            "import os, sys\nprint(sys.implementation.name)",
            "os.mkdir('/out/sub')\nwith open('/out/sub/copy', 'wb') as f: f.write(open('/in/it', 'rb').read())",
        ],
        {"/in/it": b"\0\xff"},
        on_line=lines.append,
    )
    assert lines == ["micropython"]
    assert made.stdout == "micropython\n"
    assert made.files == {"sub/copy": b"\0\xff"}


def test_firmware_bench_and_board_are_compiled_modules():
    made = run_script(
        ["import board, thecal.tables.doses, virtual_bench.bench, machine, rp2\nprint(board.NAME, board.__file__)"]
    )
    assert made.stdout == "RPI_PICO /lib/board.mpy\n"


def test_garbage_is_collected_between_parts_and_a_part_may_run_again():
    litter = "x = [[n] for n in range(10000)]\nx = None\ngc.collect()\n"
    grow = f"{litter}rounds += 1\nprint(gc.mem_alloc())\nagain = rounds < 3"
    made = run_script(["import gc\nrounds = 0", grow, "print(gc.mem_alloc())"])
    *during, after = (int(line) for line in made.stdout.split())
    assert len(during) == 3
    # Inside a part nothing is collected, whatever gc.collect() is told; before the next it is.
    assert min(during) > 300_000
    assert max(during) - min(during) < 1_000
    assert after < 10_000


@pytest.mark.parametrize(
    ("source", "text", "raised"),
    [
        ("1 / 0", "Python raised on MicroPython: ZeroDivisionError: divide by zero", True),
        ("import sys\nsys.exit(3)", "Python raised on MicroPython: SystemExit: 3", True),
        ("import js\njs.JSON.parse('{')", "MicroPython in Node.js broke: SyntaxError: ", False),
        ("import js\njs.process.exit(7)", "MicroPython in Node.js broke: Node.js ended with code 7", False),
    ],
)
def test_a_failure_is_one_line(source, text, raised):
    with pytest.raises(HostError) as caught:
        run_script([source])
    assert str(caught.value).startswith(text)
    assert "\n" not in str(caught.value)
    assert caught.value.raised is raised


def test_a_failed_script_leaves_no_process_when_its_reader_gives_up():
    def give_up(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_script(["print(1)", "again = True"], on_line=give_up)


@pytest.mark.parametrize("missing", ["PACKAGE", "node"])
def test_what_set_up_left_out_is_named_with_the_remedy(missing, mocker, tmp_path):
    if missing == "node":
        mocker.patch("sys.prefix", str(tmp_path))
        mocker.patch("shutil.which", return_value=None)
    else:
        mocker.patch.object(micropython_host, "PACKAGE", tmp_path / "none.mjs")
    with pytest.raises(HostError, match="make prepare"):
        micropython_host.find_node()


# Building


def test_only_what_changed_is_compiled_again(tmp_path, mocker):
    source, other = tmp_path / "a.py", tmp_path / "b.py"
    source.write_text("x = 1\n")
    other.write_text("y = 1\n")
    sources = {"a.mpy": source, "deep/b.mpy": other}
    made = mpy_build.build(sources, tmp_path / "mpy")
    assert all(path.read_bytes()[:2] == b"M\x06" for path in made.values())
    compiler = mocker.spy(mpy_build, "_compile")
    mpy_build.build(sources, tmp_path / "mpy")
    assert compiler.call_count == 0
    source.write_text("x = 2\n")
    mpy_build.build(sources, tmp_path / "mpy")
    assert [call.args[0] for call in compiler.call_args_list] == ["a.mpy"]
    made["deep/b.mpy"].unlink()
    mpy_build.build(sources, tmp_path / "mpy")
    assert [call.args[0] for call in compiler.call_args_list] == ["a.mpy", "deep/b.mpy"]
    assert set(json.loads((tmp_path / "mpy" / "stamps.json").read_text())) == set(sources)


def test_source_that_does_not_compile_is_named(tmp_path):
    source = tmp_path / "bad.py"
    source.write_text("x = 1\ndef f(:\n")
    with pytest.raises(BuildError) as caught:
        mpy_build.build({"bad.mpy": source}, tmp_path / "mpy")
    assert str(caught.value).startswith(f"{source}: mpy-cross refuses it: SyntaxError")
    assert "line 2" in str(caught.value)
    with pytest.raises(BuildError, match="cannot be read"):
        mpy_build.build({"none.mpy": tmp_path / "none.py"}, tmp_path / "mpy")
