"""Arrays that are written to disk in pieces, and archives of them for memory mapping."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGNMENT = 64
_LOCAL_HEADER = 30  # bytes before the name (zip specification, section 4.3.7)
_PIECE = 1 << 20
_ZIP64_EXTRA = 20  # that zipfile adds with force_zip64


class ArrayFile:
    """A vector that is written in pieces."""

    def __init__(self, path: Path, dtype: DTypeLike) -> None:
        self.path = path
        self.dtype = np.dtype(dtype)
        self.length = 0
        self._handle = path.open("wb")

    def append(self, values: NDArray[Any]) -> None:
        """Append values."""
        self._handle.write(np.ascontiguousarray(values, self.dtype).data)
        self.length += len(values)

    def close(self) -> None:
        """Close the file."""
        self._handle.close()

    @property
    def shape(self) -> tuple[int]:
        """The shape of the vector."""
        return (self.length,)

    def read(self, start: int = 0, n: int = -1) -> NDArray[Any]:
        """Return the vector, or `n` of its values from `start`."""
        self.close()
        return np.fromfile(self.path, self.dtype, n, offset=start * self.dtype.itemsize)

    def pieces(self, sizes: Iterable[int] | None = None) -> Iterator[NDArray[Any]]:
        """Yield the vector in pieces.

        It is read, not mapped: pages of a mapped file would count as memory in use until they are
        needed elsewhere, which would hide that memory is bounded.

        Parameters
        ----------
        sizes : iterable of int, optional
            Number of values of each piece; by default about a million.
        """
        self.close()
        if sizes is None:
            whole, rest = divmod(self.length, _PIECE)
            sizes = [_PIECE] * whole + [rest]
        with self.path.open("rb") as handle:
            for size in sizes:
                yield np.fromfile(handle, self.dtype, size)


class CountsFile:
    """A sparse matrix of counts that is written in blocks of rows."""

    def __init__(self, folder: Path, name: str, n_columns: int) -> None:
        self._data = ArrayFile(folder / f"{name}.data", np.int32)
        self._indices = ArrayFile(folder / f"{name}.indices", np.int32)
        self._indptr = ArrayFile(folder / f"{name}.indptr", np.int64)
        self._indptr.append(np.zeros(1, np.int64))
        self._n_columns = n_columns

    def append(self, counts: Any) -> None:
        """Append the rows of a csr_array."""
        start = self._data.length
        self._data.append(counts.data)
        self._indices.append(counts.indices)
        self._indptr.append(start + counts.indptr[1:].astype(np.int64))

    def write(self, path: Path) -> None:
        """Write the matrix as an archive of data, indices, indptr and shape."""
        shape = np.array([self._indptr.length - 1, self._n_columns], np.int64)
        write_archive(
            path,
            {
                "data": self._data,
                "indices": self._indices,
                "indptr": self._indptr,
                "shape": shape,
            },
        )


def write_archive(path: Path, vectors: Mapping[str, NDArray[Any] | ArrayFile]) -> None:
    """Write vectors into an uncompressed .npz whose members start at aligned offsets.

    The members of NumPy's savez start wherever the zip headers end; mapped, such arrays are not
    aligned and every use of them makes a copy.

    Parameters
    ----------
    path : Path
    vectors : mapping of str to (vector or ArrayFile)
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, vector in vectors.items():
            member = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(member, "w", force_zip64=True) as handle:
                start = member.header_offset + _LOCAL_HEADER + len(member.filename) + _ZIP64_EXTRA
                handle.write(_npy_header(vector, start))
                pieces = vector.pieces() if isinstance(vector, ArrayFile) else [vector]
                for piece in pieces:
                    handle.write(np.ascontiguousarray(piece).data)


def _npy_header(vector: NDArray[Any] | ArrayFile, start: int) -> bytes:
    """Return a .npy header (version 1.0) whose end is aligned if it begins at `start`."""
    described = {
        "descr": np.lib.format.dtype_to_descr(vector.dtype),
        "fortran_order": False,
        "shape": vector.shape,
    }
    text = repr(described).encode("latin-1")
    magic = np.lib.format.magic(1, 0)
    used = start + len(magic) + 2 + len(text) + 1
    text += b" " * (-used % _ALIGNMENT) + b"\n"
    return bytes(magic) + len(text).to_bytes(2, "little") + text
