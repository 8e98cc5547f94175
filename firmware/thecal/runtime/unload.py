"""Takes modules that only a start needs out of memory again; their code is a fifth of the firmware's."""

import sys


def unload(*names):
    """Forget modules by full name, so that the next collection frees what nobody refers to.

    Does nothing under CPython, where memory is no concern and a second import would make second classes.
    """
    if sys.implementation.name != "micropython":
        return
    for name in names:
        if name in sys.modules:
            del sys.modules[name]
            package, module = name.rsplit(".", 1)
            if hasattr(sys.modules[package], module):
                delattr(sys.modules[package], module)
