# ruff: noqa: F821
# pyright: reportUndefinedVariable=false
"""What an image of MicroPython for this board has inside: what the port has, and the firmware.

The port's start formats erased flash alone: a file system that it cannot mount stays as it is, and nothing of ours
runs.
"""

include("$(PORT_DIR)/boards/manifest.py")
freeze("$(BOARD_DIR)/../../firmware", opt=3)
freeze("$(BOARD_DIR)", "board.py", opt=3)
