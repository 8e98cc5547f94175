"""Small checksummed files: one that is overwritten whole, and a pair of copies of which the newer sound one counts.

volume, here and in the rest of this room: read(path) gives bytes or None; write(path, data) replaces a file in one
atomic step; append(path, data) returns when the data is safe; remove, mkdir, listdir. It raises OSError.
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
    """A setting in two checksummed copies; the older one is overwritten, so one sound copy always stands.

    magic: four bytes that name the kind. name: path without the copy's ending.
    """

    def __init__(self, volume, name, magic):
        self._volume = volume
        self._paths = (name + ".a", name + ".b")
        self._magic = magic
        self._generation = 0
        self._next = 0

    def load(self):
        """The newest sound content, or None where neither copy is sound. Raises OSError."""
        newest = None
        self._generation = 0
        for index, path in enumerate(self._paths):
            body = unseal(self._magic, self._volume.read(path))
            if body is None:
                continue
            generation = unpack_from("<I", body)[0]
            if newest is None or generation > self._generation:
                newest = body[4:]
                self._generation = generation
                self._next = 1 - index
        return newest

    def save(self, content):
        """Replace the content in one atomic step. Raises OSError; the old content then still stands."""
        body = pack("<I", self._generation + 1) + content
        self._volume.write(self._paths[self._next], seal(self._magic, body))
        self._generation += 1
        self._next = 1 - self._next
