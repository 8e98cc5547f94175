"""The first code of an image with this firmware inside: mounts the file system, and formats erased flash alone.

What cannot be mounted stays as it is, for whoever wants to read it out: then there is no file system, and main.py
starts nothing. Never run on a board.
"""

import rp2
import vfs


def _is_erased(flash):
    # Both blocks in which LittleFS keeps its beginning.
    block = bytearray(flash.ioctl(5, 0))
    for number in range(2):
        flash.readblocks(number, block)
        for byte in block:
            if byte != 0xFF:
                return False
    return True


def _mount(flash):
    vfs.mount(vfs.VfsLfs2(flash, progsize=256), "/")


def _start():
    flash = rp2.Flash()
    try:
        _mount(flash)
    except OSError:
        if _is_erased(flash):
            vfs.VfsLfs2.mkfs(flash, progsize=256)
            _mount(flash)


_start()
