"""Result folders that hold either nothing new or everything: written aside, then moved into place."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from thecal_tools.errors import ThecalError


def check_usable(folder: Path) -> None:
    """Raises ThecalError before any work is done where the path is taken by something that is no folder."""
    if folder.exists() and not folder.is_dir():
        raise ThecalError(f"{folder}: is a file, not a folder: choose another place with --out")


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put the files (content by name or relative path) into the folder, made if need be. Raises ThecalError.

    Other files in an existing folder stay; one of the same name is replaced as a whole.
    """
    aside: str | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent)
        for name, content in files.items():
            (Path(aside) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(aside) / name).write_bytes(content)
        folder.mkdir(exist_ok=True)
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(Path(aside) / name, folder / name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ThecalError(f"{folder}: cannot be written ({reason}): choose another folder with --out") from None
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
