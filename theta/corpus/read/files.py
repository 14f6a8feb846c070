"""The bytes of a file, decompressed within limits."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from theta.corpus.read.table import MAX_UNPACKED_FREELY, MAX_UNPACKED_RATIO
from theta.errors import InvalidOption


def _unpack_zstandard(stream: IO[bytes]) -> IO[bytes]:
    import pyarrow

    return cast("IO[bytes]", pyarrow.CompressedInputStream(pyarrow.PythonFile(stream), "zstd"))


PACKINGS: dict[str, tuple[re.Pattern[bytes], Callable[[Any], Any]]] = {
    ".gz": (re.compile(rb"\x1f\x8b\x08"), lambda raw: gzip.GzipFile(fileobj=raw)),
    ".bz2": (re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), bz2.BZ2File),
    ".xz": (re.compile(rb"\xfd7zXZ\x00"), lzma.LZMAFile),
    ".zst": (re.compile(rb"\x28\xb5\x2f\xfd"), _unpack_zstandard),
}
"""First bytes of compressed files, and their decompressors, by suffix."""

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_OTHER_CONTENT = {
    b"PK\x03\x04": "a zip archive or a workbook; name it .zip or .xlsx",
    _OLD_OFFICE: (
        "an old Excel file (.xls) or one with a password; open it in Excel and save it as .xlsx "
        "without a password"
    ),
    b"PAR1": "a Parquet file; name it .parquet",
    b"%PDF-": "a PDF document; name it .pdf",
    b"SQLite format 3\x00": "an SQLite database; export the table as CSV",
}
"""Files that are not text, by their first bytes."""


@dataclass(frozen=True)
class InputFile:
    """A file, or one member of a zip archive.

    Attributes
    ----------
    path : Path
    member : str
        Name inside the archive; empty if the file is not an archive.
    """

    path: Path
    member: str = ""

    def __str__(self) -> str:
        return f"{self.path} ({self.member})" if self.member else str(self.path)

    @property
    def name(self) -> str:
        """The file's name, with the member's."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    @property
    def limit(self) -> int:
        """Most bytes that it may unpack to."""
        return max(MAX_UNPACKED_FREELY, MAX_UNPACKED_RATIO * self.path.stat().st_size)

    def open(self) -> IO[bytes]:
        """Open the file for reading, unpacked.

        The compression is detected from the first bytes, since browsers decompress files without
        renaming them.

        Raises
        ------
        InvalidOption
            If its content is not text.
        """
        raw = self._open_raw()
        head = raw.peek(16)[:16]
        for start, kind in _OTHER_CONTENT.items():
            if head.startswith(start):
                raw.close()
                raise InvalidOption(f"{self} is {kind}")
        stream: IO[bytes] = raw
        for begins, unpack in PACKINGS.values():
            if begins.match(head):
                stream = unpack(raw)
        if stream is raw and not self.member:
            return raw
        return cast("IO[bytes]", io.BufferedReader(_Limited(self, stream, raw), 1 << 20))

    def seekable(self) -> Any:
        """Return the path, or the bytes of a member, for libraries that need to seek."""
        if not self.member:
            return self.path
        with self._open_raw() as raw, _Limited(self, raw, raw) as limited:
            return io.BytesIO(limited.readall())

    def size(self) -> int:
        """Return the size of the compressed file in bytes."""
        return self.path.stat().st_size

    def _open_raw(self) -> io.BufferedReader:
        if not self.member:
            return self.path.open("rb")
        try:
            archive = zipfile.ZipFile(self.path)
            stream = archive.open(self.member)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise InvalidOption(f"{self} cannot be unpacked: {error}") from error
        except RuntimeError as error:  # how zipfile reports a password
            raise InvalidOption(f"{self} is encrypted: unpack it yourself") from error
        return io.BufferedReader(cast("io.RawIOBase", stream))


class _Limited(io.RawIOBase):
    """A stream that raises an error beyond a file's limit."""

    def __init__(self, file: InputFile, stream: IO[bytes], raw: IO[bytes]) -> None:
        self._file = file
        self._limit = self._left = file.limit
        self._stream = stream
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._left -= len(data)
        if self._left < 0:
            raise InvalidOption(
                f"{self._file} unpacks to more than {self._limit:,} bytes, the limit for a file "
                f"of its size ({MAX_UNPACKED_RATIO} times the packed size); unpack it yourself if "
                "you trust it"
            )
        return len(data)

    def close(self) -> None:
        self._stream.close()
        self._raw.close()
        super().close()


def refuse_unpacked(file: InputFile, unpacked: int) -> None:
    """Raise `InvalidOption` if a file would unpack to far more than its size."""
    if unpacked > file.limit:
        raise InvalidOption(
            f"{file} unpacks to {unpacked:,} bytes, over the limit of {file.limit:,} for its size "
            f"({MAX_UNPACKED_RATIO} times the packed size)"
        )


def refuse_bomb(file: InputFile) -> None:
    """Raise `InvalidOption` if a workbook or Word document unpacks to far more than its size."""
    with file.path.open("rb") as handle:
        begins = handle.read(8)
    if not file.member and begins == _OLD_OFFICE:
        raise InvalidOption(f"{file} is {_OTHER_CONTENT[begins]}")
    try:
        with zipfile.ZipFile(file.seekable()) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        kind = Path(file.member or file.path.name).suffix
        raise InvalidOption(f"{file} is not a valid {kind} file: {error}") from error
    refuse_unpacked(file, unpacked)
