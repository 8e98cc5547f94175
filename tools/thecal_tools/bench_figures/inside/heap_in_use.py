"""On MicroPython: samples of the heap in use and of the pool of names, as lines "@ LABEL BYTES" and qstr_info's own.

This build collects garbage only between the calls from outside, so each of these is such a call.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
import gc
import sys

import micropython

# The pool of names grows by doubling: what it costs at one go is more than this, any other name less.
_POOL_GROWS = 1500
_AT_ONCE = 16


def sample(label):
    """What is in use now."""
    print("@", label, gc.mem_alloc())
    micropython.qstr_info()
    gc.collect()


def make_room():
    """Fill the pool of names until it has just grown, so that nobody after this pays for its growing."""
    number = 0
    grown = False
    while not grown:
        before = gc.mem_alloc()
        for _ in range(_AT_ONCE):
            intern(f"{number} is no name")
            number += 1
        grown = gc.mem_alloc() - before > _POOL_GROWS + 48 * _AT_ONCE
    gc.collect()


def intern(name):
    """Put a text into the pool of names."""
    hasattr(sys, name)


def load(name):
    """Import a module by its full name."""
    __import__(name)
    gc.collect()


def loaded():
    """Print the names of all firmware modules that are loaded, as "@modules NAME ..."."""
    print("@modules", *sorted(name for name in sys.modules if name.split(".")[0] == "thecal"))
    gc.collect()
