"""Flex days cover the day once: any cut of a day is accepted, any gap, overlap or wrong order refused (SR-10)."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.therapy.prescription_check import checked
from thecal_tools import prescription_file
from thecal_tools.files import FileError, Source
from tools.documents import FLEX, changed, document

FLEX_DOCUMENT = document(FLEX)


def refusal(bad):
    with pytest.raises(FileError) as caught:
        prescription_file.read(bad, Source("rx.json"))
    return caught.value


def day_cuts():
    return st.lists(st.integers(1, 1439), min_size=1, max_size=8, unique=True).map(sorted)


def steps_of(cuts):
    edges = [0, *cuts, 1440]
    clock = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in edges]
    return [{"start": start, "end": end, "rate": "40 ug/h"} for start, end in pairwise(clock)]


def with_day(steps):
    return changed(FLEX_DOCUMENT, ("flex", "patterns", "weekday"), steps)


@pytest.mark.req("SR-10")
@settings(max_examples=40, deadline=None)
@given(day_cuts())
def test_any_day_cut_into_steps_is_accepted(cuts):
    found = checked(prescription_file.compile_prescription(with_day(steps_of(cuts))))
    assert tuple(start for start, _ in found.patterns[0]) == (0, *cuts)


@pytest.mark.req("SR-10")
@settings(max_examples=60, deadline=None)
@given(day_cuts(), st.data())
def test_a_gap_or_an_overlap_is_refused_and_both_steps_are_named(cuts, data):
    steps = steps_of(cuts)
    after = data.draw(st.integers(1, len(steps) - 1))
    boundary = cuts[after - 1]
    moved = data.draw(st.integers(1, 1439).filter(lambda minute: minute != boundary))
    text = f"{moved // 60:02d}:{moved % 60:02d}"
    if text >= steps[after]["end"]:
        steps[after - 1]["end"] = text  # the earlier step now ends late
    else:
        steps[after]["start"] = text
    error = refusal(with_day(steps))
    assert f"step {after} (" in error.rule
    assert f"step {after + 1} (" in error.rule
    assert any(word in error.rule for word in ("gap", "overlap", "out of order"))


@pytest.mark.req("SR-10")
@settings(max_examples=30, deadline=None)
@given(day_cuts(), st.data())
def test_steps_out_of_order_are_refused(cuts, data):
    steps = steps_of(cuts)
    first, second = data.draw(st.permutations(range(len(steps))))[:2]
    steps[first], steps[second] = steps[second], steps[first]
    assert refusal(with_day(steps)).field.startswith("flex.patterns.weekday[")


@pytest.mark.req("SR-10")
@pytest.mark.parametrize(
    ("index", "field", "value", "rule"),
    [
        (0, "start", "00:30", "leaves 00:00 to its start open"),
        (3, "end", "23:00", "leaves its end to 24:00 open"),
        (3, "end", "06:00", "must be later than start"),
        (1, "start", "05:00", "overlap"),
        (1, "start", "06:00", "gap"),
    ],
)
def test_a_day_that_is_not_covered_once_is_refused(index, field, value, rule):
    bad = changed(FLEX_DOCUMENT, ("flex", "patterns", "weekday", index, field), value)
    assert rule in refusal(bad).rule
