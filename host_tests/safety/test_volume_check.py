"""At which volume a difference between count and measurement is raised, and at which it is left (SR-22)."""

import pytest

from thecal.safety.volume_check import VolumeCheck

NONE, WARNING, ALARM = VolumeCheck.NONE, VolumeCheck.WARNING, VolumeCheck.ALARM


def stages(counted_ul: int, *apart_ul: int) -> list[int]:
    """What is raised of over-delivery at each of these differences, one after the other."""
    check, found = VolumeCheck(), []
    for apart in apart_ul:
        check.update(counted_ul, counted_ul + apart)
        found.append(check.over)
    return found


def test_at_first_nothing_is_raised():
    check = VolumeCheck()
    assert (check.over, check.under) == (NONE, NONE)


@pytest.mark.req("SR-22")
def test_what_was_never_raised_has_its_whole_limit():
    assert stages(0, 300, 250, 300) == [NONE, NONE, NONE]
    assert stages(0, 500, 600, 500) == [WARNING, WARNING, WARNING]


@pytest.mark.req("SR-22")
@pytest.mark.parametrize(
    ("counted_ul", "raised", "stays", "left"),
    # 5 % of 6,038 uL are 301.9 uL, and a limit is whole: 301 uL, four fifths of which are 240.8 uL.
    [(6_000, 301, 241, 240), (6_038, 302, 241, 240)],
)
def test_a_warning_is_left_at_four_fifths_of_its_whole_limit(counted_ul, raised, stays, left):
    assert stages(counted_ul, raised - 1, raised, stays, left) == [NONE, WARNING, WARNING, NONE]


@pytest.mark.req("SR-22")
@pytest.mark.parametrize(
    ("counted_ul", "raised", "stays", "left"),
    # 14.5 % of 5,010 uL are 726.45 uL, and a limit is whole: 726 uL, four fifths of which are 580.8 uL.
    [(4_000, 601, 481, 480), (5_010, 727, 581, 580)],
)
def test_an_alarm_is_left_at_four_fifths_of_its_whole_limit(counted_ul, raised, stays, left):
    assert stages(counted_ul, raised - 1, raised, stays, left) == [WARNING, ALARM, ALARM, WARNING]
