# ruff: noqa: F821
# pyright: reportUndefinedVariable=false
"""What an image of MicroPython for this board has inside: the firmware, and a start that formats nothing but new flash.

Not the port's own list: it has a _boot.py that formats whatever it cannot mount, records and calibration with it, and
no two modules may have one name. Its packages are for radio and sensors that this firmware does not use.
"""

freeze("$(PORT_DIR)/modules", "rp2.py")
freeze("$(BOARD_DIR)/../RPI_PICO/modules", "_boot.py")
freeze("$(BOARD_DIR)/../../firmware", opt=3)
freeze("$(BOARD_DIR)", "board.py", opt=3)
