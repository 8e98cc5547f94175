"""Pytest plugin: says at the end what was skipped, why, and how to run it.

A test that needs what not every machine has carries `@pytest.mark.needs("uf2")`, with a key of NEEDS, or calls
`plugins.skip_summary.skip_for("uf2")` when it finds out on the way. Nothing else may skip in silence: any other skip is
listed with its own reason.
"""

import os
from collections import Counter

import pytest

_PREFIX = "needs:"
_OTHER = "no class: "


class Need:
    """Something that a test needs and a machine may lack.

    missing: what is missing, as the summary says it. how: how to run these tests. met: whether it is there.
    """

    def __init__(self, missing, how, met):
        self.missing = missing
        self.how = how
        self.met = met


def has_image():
    """Whether an RP2040 MicroPython image is at hand: named by UF2, or in the emulator's cache. Nothing is fetched."""
    from thecal_tools.emulator_image import NoImage, find_image

    try:
        find_image(download=False)
    except NoImage:
        return False
    return True


NEEDS = {
    "uf2": Need(
        "no RP2040 MicroPython image",
        "UF2=FILE.uf2 make test ARGS=host_tests/emulated",
        has_image,
    ),
    "board": Need("no board attached", "THECAL_BOARD=PORT make test", lambda: bool(os.environ.get("THECAL_BOARD"))),
    "proof": Need("a long proof", "THECAL_PROOF=1 make test", lambda: bool(os.environ.get("THECAL_PROOF"))),
}


def skip_for(key):
    """Skip the running test for want of one of NEEDS."""
    if key not in NEEDS:
        raise pytest.UsageError(
            f'unknown need "{key}"; there are {", ".join(NEEDS)} (host_tests/plugins/skip_summary.py)'
        )
    pytest.skip(_PREFIX + key)


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "needs(*keys): skip unless all these are there (host_tests/plugins/skip_summary.py)"
    )


def pytest_runtest_setup(item):
    for mark in item.iter_markers("needs"):
        for key in mark.args:
            if key not in NEEDS or not NEEDS[key].met():
                skip_for(key)


def skip_class(report):
    """Key of the class that a skipped test's report belongs to, or its reason where it has none."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    key = reason.removeprefix(_PREFIX)
    return key if reason.startswith(_PREFIX) and key in NEEDS else _OTHER + reason


def summary_lines(reports):
    """One line for each class of skipped tests: how many, why, how to run them."""
    for key, count in sorted(Counter(map(skip_class, reports)).items()):
        if key in NEEDS:
            yield f"skipped {count}: {NEEDS[key].missing}; to run: {NEEDS[key].how}"
        else:
            yield f"skipped {count}: {key.removeprefix(_OTHER)}"


def pytest_terminal_summary(terminalreporter):
    # With xdist only the controller has a terminal, and its statistics hold the reports of all workers.
    for line in summary_lines(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line, yellow=True)
