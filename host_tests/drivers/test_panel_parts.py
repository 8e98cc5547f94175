"""Buttons, light, sound and level sensor against the fake machine: the very calls that drive the pins."""

import machine
import pytest

from rig import BOARD
from thecal.drivers.analog import AnalogIn
from thecal.drivers.buttons import Button
from thecal.drivers.light import Light
from thecal.drivers.sound import Sound
from thecal.panel import panel
from thecal.tables import alarms

# Equal temperament on A4 = 440 Hz, semitones from A4.
SEMITONES = {"c": 3, "d": 5, "e": 7, "g": 10, "C": 15}


def test_a_button_has_a_pull_up_and_tells_each_edge_at_once(mocker, world):
    changed = mocker.stub("changed")
    button = Button(BOARD.BUTTON_BOLUS, changed)
    line = world.lines[BOARD.BUTTON_BOLUS]
    assert (line.pull, line.output) == (1, False)
    assert not button.pressed()
    for level, is_pressed in ((0, True), (None, False), (0, True)):
        changed.reset_mock()
        line.set_external(level)
        changed.assert_called_once_with()
        assert button.pressed() is is_pressed


def test_a_button_asks_for_interrupts_on_both_edges(mocker, world):
    irq = mocker.spy(machine.Pin, "irq")
    Button(BOARD.BUTTON_STOP, mocker.stub())
    assert irq.call_args.args[2] == machine.Pin.IRQ_FALLING | machine.Pin.IRQ_RISING


def test_the_light_is_dark_at_first_and_shows_each_of_eight_colours(world):
    pins = (BOARD.LIGHT_RED, BOARD.LIGHT_GREEN, BOARD.LIGHT_BLUE)
    light = Light(*pins)
    assert [world.lines[pin].level for pin in pins] == [0, 0, 0]
    for colour in [(r, g, b) for r in (0, 1) for g in (0, 1) for b in (0, 1)]:
        light.show(colour)
        assert tuple(world.lines[pin].level for pin in pins) == colour
        assert all(world.lines[pin].output for pin in pins)


@pytest.mark.parametrize("note", SEMITONES)
def test_a_note_has_its_pitch_and_a_square_wave(world, note):
    sound = Sound(BOARD.SOUND)
    sound.play(note)
    line = world.lines[BOARD.SOUND]
    assert line.frequency_hz == round(440 * 2 ** (SEMITONES[note] / 12))
    assert line.duty_u16 == 32_768


def test_the_buzzer_is_quiet_from_its_construction_on_and_when_told(mocker, world):
    levels = []
    world.lines[BOARD.SOUND].listen(levels.append)
    sound = Sound(BOARD.SOUND)
    assert levels == []
    sound.play("c")
    duty = mocker.spy(machine.PWM, "duty_u16")
    sound.quiet()
    assert duty.call_args.args[1:] == (0,)
    assert levels == [1, 0]


def test_every_melody_of_the_tables_and_the_panel_can_be_played(world):
    sound = Sound(BOARD.SOUND)
    for _, _, melody, _ in alarms.SIGNALS:
        for note in melody:
            sound.play(note)
    for note in panel._YES_NOTES + panel._NO_NOTES:
        sound.play(note)


@pytest.mark.parametrize(
    ("readings", "mean"),
    [([0] * 8, 0), ([65_535] * 8, 65_535), ([100, 102] * 4, 101), ([0] * 7 + [8], 1), ([0] * 7 + [7], 0)],
)
def test_an_analogue_reading_is_the_mean_of_eight(mocker, world, readings, mean):
    read = mocker.patch.object(machine.ADC, "read_u16", side_effect=readings)
    assert AnalogIn(BOARD.RESERVOIR_LEVEL).read() == mean
    assert read.call_count == 8


def test_an_analogue_sensor_takes_the_boards_pin(world):
    world.analog[BOARD.RESERVOIR_LEVEL] = lambda: 12_345
    assert AnalogIn(BOARD.RESERVOIR_LEVEL).read() == 12_345
    with pytest.raises(ValueError, match="ADC"):
        AnalogIn(BOARD.BUTTON_BOLUS)
