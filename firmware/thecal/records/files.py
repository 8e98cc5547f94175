"""Small checksummed files: one that is overwritten whole, and a pair of copies of which the newer sound one counts.

volume, here and in the rest of this room: read(path) gives bytes or None; write(path, data) replaces a file in one
atomic step; append(path, data) returns when the data is safe; remove, mkdir, listdir. It raises OSError. A power cut
in write or append can leave a file that was not there before empty.
"""

from binascii import crc32
from struct import pack, unpack_from

EIO = 5


def seal(magic, body):
    """magic (4 bytes) + body + CRC-32 over both."""
    data = magic + body
    return data + pack("<I", crc32(data))


def unseal(magic, data):
    """The body of a sealed file, or None where it is missing, of another kind or damaged."""
    if data is None or len(data) < 8 or data[:4] != magic:
        return None
    if unpack_from("<I", data, len(data) - 4)[0] != crc32(data[:-4]):
        return None
    return data[4:-4]


class TwoCopies:
    """A setting in two checksummed copies of the same content, written one after the other.

    A cut leaves the old content or the new one in each; a copy that went bad later never brings back what was replaced.
    magic: four bytes that name the kind. name: path without the copy's ending.
    """

    def __init__(self, volume, name, magic):
        self._volume = volume
        self._paths = (name + ".a", name + ".b")
        self._magic = magic
        self._generation = 0

    def load(self):
        """The newest sound content, or None where neither copy is sound; the other copy is made like it."""
        newest = None
        self._generation = 0
        copies = [self._copy(path) for path in self._paths]
        for body in copies:
            if body is not None and (newest is None or unpack_from("<I", body)[0] > self._generation):
                newest = body
                self._generation = unpack_from("<I", body)[0]
        if newest is None:
            return None
        for path, body in zip(self._paths, copies):
            if body != newest:
                self._mend(path, newest)
        return newest[4:]

    def save(self, content):
        """Replace the content in one atomic step. Raises OSError; the old content then still stands."""
        body = pack("<I", self._generation + 1) + content
        self._volume.write(self._paths[0], seal(self._magic, body))
        self._generation += 1
        self._mend(self._paths[1], body)

    def remove(self):
        """Take both copies away. Raises OSError."""
        for path in self._paths:
            if self._volume.read(path) is not None:
                self._volume.remove(path)

    def _copy(self, path):
        try:
            return unseal(self._magic, self._volume.read(path))
        except OSError:
            return None

    def _mend(self, path, body):
        # The other copy is sound and counts; the next load tries again.
        try:
            self._volume.write(path, seal(self._magic, body))
        except OSError:
            pass
