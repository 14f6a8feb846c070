"""Zip archives with one table."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath

from theta.corpus.read.files import InputFile
from theta.errors import InvalidOption


def member_of(file: InputFile, readable: tuple[str, ...]) -> InputFile:
    """Return the one table of a zip archive.

    Parameters
    ----------
    file : InputFile
        The archive.
    readable : tuple of str
        Suffixes of supported files.

    Raises
    ------
    InvalidOption
        If it is not a valid archive, or has no table or several.
    """
    try:
        with zipfile.ZipFile(file.path) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise InvalidOption(f"{file} is not a valid zip archive: {error}") from error
    visible = [name for name in names if not _is_hidden(PurePosixPath(name))]
    tables = [name for name in visible if name.lower().endswith(readable)]
    if len(tables) == 1:
        return InputFile(file.path, tables[0])
    listed = ", ".join((tables or visible)[:5]) or "nothing"
    if not tables:
        raise InvalidOption(
            f"{file} has no table ({', '.join(readable)}) but {listed}; unpack it if it has one "
            "document per file"
        )
    more = f" and {len(tables) - 5} more" if len(tables) > 5 else ""
    raise InvalidOption(
        f"{file} has {len(tables)} tables: {listed}{more}; unpack it, and keep those of one corpus"
    )


def _is_hidden(name: PurePosixPath) -> bool:
    # macOS adds a folder of its own to archives.
    return name.parts[0] == "__MACOSX" or name.name.startswith((".", "~$"))
