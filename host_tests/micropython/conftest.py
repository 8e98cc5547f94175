"""Real MicroPython for the tests of this folder."""

import pytest

from thecal_tools import micropython_host


@pytest.fixture(scope="session")
def micropython():
    """The module micropython_host; skips, with how to get it, where Node.js or the WebAssembly build is missing."""
    try:
        micropython_host.find_node()
    except micropython_host.HostError as error:
        pytest.skip(f"real MicroPython: {error}")
    return micropython_host
