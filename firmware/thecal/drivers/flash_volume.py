"""The board's file system as the records room needs it. Closing a LittleFS file is what makes its content safe."""

import os


class FlashVolume:
    """root: folder that holds all records."""

    def __init__(self, root):
        self._root = root
        self._make(root)

    def read(self, path):
        """Bytes of a file, or None where there is none."""
        try:
            with open(self._root + "/" + path, "rb") as file:
                return file.read()
        except OSError as error:
            if error.args[0] == 2:  # ENOENT
                return None
            raise

    def write(self, path, data):
        """Replace a file: LittleFS keeps the old content until the new one is closed."""
        with open(self._root + "/" + path, "wb") as file:
            file.write(data)

    def append(self, path, data):
        """Add to a file, which is made where it is missing."""
        with open(self._root + "/" + path, "ab") as file:
            file.write(data)

    def remove(self, path):
        os.remove(self._root + "/" + path)

    def listdir(self, path):
        """Sorted names in a folder."""
        return sorted(os.listdir(self._root + "/" + path))

    def mkdir(self, path):
        """Make a folder; one that exists is kept."""
        self._make(self._root + "/" + path)

    def _make(self, path):
        try:
            os.mkdir(path)
        except OSError as error:
            if error.args[0] != 17:  # EEXIST
                raise
