"""A file system in memory with the interface that the firmware's records take, and its faults.

Contents live through power cuts and restarts; each operation is complete and durable when it returns.
"""

ENOENT = 2
EIO = 5
ENOSPC = 28
# Room of the Pico's file system: 352 blocks of 4 KiB (1,408 KiB of 2 MiB flash), as the stock image sets it.
CAPACITY_BYTES = 352 * 4096


class MemoryVolume:
    """Files by path ("journal/0001"); a folder exists once made or once it holds a file.

    is_full: writes, appends and new folders raise OSError(ENOSPC). is_failing: those and removals raise OSError(EIO).
    torn_at: None, or how many bytes of the next write or append reach the flash before the power goes; on_torn() is
    called then, once. A torn write leaves the old file unless all of the new one got there.
    """

    def __init__(self, capacity_bytes=CAPACITY_BYTES):
        self.capacity_bytes = capacity_bytes
        self.is_full = False
        self.is_failing = False
        self.torn_at = None
        self.on_torn = _do_nothing
        self.on_write = _do_nothing  # called after each completed writing operation
        self.reads = 0
        self.writes = 0
        self.appends = 0
        self.removes = 0
        self._files = {}
        self._folders = {}
        self._used_bytes = 0

    def read(self, path):
        """The whole file as bytes, or None when there is none."""
        self.reads += 1
        parts = self._files.get(path)
        if parts is None:
            return None
        if len(parts) > 1:
            parts[:] = [b"".join(parts)]
        return parts[0]

    def write(self, path, data):
        """Replace a small file as a whole: afterwards there is the old content or the new, never a mix."""
        data = bytes(data)
        self._check_room(len(data) - self._size(path))
        self.writes += 1
        if self.torn_at is None or self.torn_at >= len(data):
            self._used_bytes += len(data) - self._size(path)
            self._files[path] = [data]
        self._written()

    def append(self, path, data):
        """Add to the end of a file, made when there is none; a torn append leaves a beginning of data."""
        data = bytes(data)
        self._check_room(len(data))
        self.appends += 1
        if self.torn_at is not None:
            data = data[: self.torn_at]
        parts = self._files.get(path)
        if parts is None:
            self._files[path] = [data]
        else:
            parts.append(data)
        self._used_bytes += len(data)
        self._written()

    def remove(self, path):
        """Delete a file; OSError when there is none."""
        if path not in self._files:
            raise OSError(ENOENT, "no such file")
        self._check_room(-1)
        self.removes += 1
        if self.torn_at is None:
            self._used_bytes -= self._size(path)
            del self._files[path]
        self._written()

    def listdir(self, path=""):
        """Names in a folder, sorted; OSError when there is no such folder."""
        prefix = path + "/" if path else ""
        names = []
        is_there = not path or path in self._folders
        for group in (self._files, self._folders):
            for name in group:
                if name.startswith(prefix):
                    is_there = True
                    first = name[len(prefix) :].split("/")[0]
                    if first and first not in names:
                        names.append(first)
        if not is_there:
            raise OSError(ENOENT, "no such file")
        names.sort()
        return names

    def mkdir(self, path):
        """Make a folder; one that is there already is kept."""
        if path in self._folders:
            return
        self._check_room(0)
        self._folders[path] = True
        self._written()

    def size(self, path):
        """Bytes of a file, 0 when there is none."""
        return self._size(path)

    def free_bytes(self):
        """Room left."""
        return 0 if self.is_full else self.capacity_bytes - self._used_bytes

    def snapshot(self):
        """All contents as a sorted tuple of (path, bytes), with None for folders."""
        found = []
        for path in self._folders:
            found.append((path, None))
        for path in self._files:
            found.append((path, self.read(path)))
        return tuple(sorted(found, key=_path_of))

    def restore(self, snapshot):
        """Put all contents back as a snapshot has them."""
        self._files = {}
        self._folders = {}
        self._used_bytes = 0
        for path, data in snapshot:
            if data is None:
                self._folders[path] = True
            else:
                self._files[path] = [data]
                self._used_bytes += len(data)

    def _size(self, path):
        size = 0
        for part in self._files.get(path, ()):
            size += len(part)
        return size

    def _check_room(self, growth):
        if self.is_failing:
            raise OSError(EIO, "flash failed")
        if growth >= 0 and (self.is_full or self._used_bytes + growth > self.capacity_bytes):
            raise OSError(ENOSPC, "no room")

    def _written(self):
        if self.torn_at is not None:
            self.torn_at = None
            self.on_torn()
            raise OSError(EIO, "flash failed")
        self.on_write()


def _do_nothing():
    pass


def _path_of(entry):
    return entry[0]
