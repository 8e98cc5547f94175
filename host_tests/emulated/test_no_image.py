"""`thecal emulate` where there is no image: one line that says so and how to get one, and exit code 3."""

import pytest

from thecal_tools import cli, emulator_image


@pytest.fixture(autouse=True)
def no_image(monkeypatch):
    """A machine without an image and without a network."""
    monkeypatch.delenv("UF2", raising=False)
    monkeypatch.setattr(emulator_image, "_cached", lambda: None)

    def resolve_firmware(*_):
        raise OSError("no route to host")

    monkeypatch.setattr("rp2040py.boards.resolve_firmware", resolve_firmware)


def told(capsys, tmp_path, *arguments):
    """The one line of an emulation that cannot start."""
    assert cli.main(["emulate", "--out", str(tmp_path / "out"), *arguments]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert not (tmp_path / "out").exists()
    (line,) = shown.err.splitlines()
    assert "UF2=path" in line and "micropython.org" in line
    return line


def test_none_at_hand_and_none_fetched(capsys, tmp_path):
    assert "could not be fetched (no route to host)" in told(capsys, tmp_path)


def test_none_where_it_is_said_to_be(capsys, tmp_path, monkeypatch):
    missing = tmp_path / "missing.uf2"
    assert str(missing) in told(capsys, tmp_path, "--uf2", str(missing))
    monkeypatch.setenv("UF2", str(missing))
    assert str(missing) in told(capsys, tmp_path)


@pytest.mark.parametrize("content", [b"", b"not an image", b"UF2\n\x57\x51\x5d\x9e" + bytes(504)])
def test_a_file_that_is_no_image_for_rp2040(capsys, tmp_path, content):
    other = tmp_path / "other.uf2"
    other.write_bytes(content)
    assert "not a UF2 image for RP2040" in told(capsys, tmp_path, "--uf2", str(other))
