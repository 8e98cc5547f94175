"""At which pressure the line counts as blocked and as free again (SR-23)."""

import pytest

from thecal.safety.occlusion_check import OcclusionCheck


@pytest.mark.req("SR-23")
def test_blocked_from_69_kpa_on_and_free_below_half_of_that():
    check, found = OcclusionCheck(), []
    assert check.blocked is False
    for pressure in (689, 690, 689, 345, 344, 345, 689, 690):
        check.update(pressure)
        found.append(check.blocked)
    assert found == [False, True, True, True, False, False, False, True]


@pytest.mark.req("SR-23")
def test_a_line_that_nothing_shows_any_more_is_not_blocked_and_takes_the_whole_limit_again():
    check = OcclusionCheck()
    check.update(690)
    check.give_up()
    assert check.blocked is False
    check.update(689)
    assert check.blocked is False
