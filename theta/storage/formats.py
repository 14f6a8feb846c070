"""Files of values and arrays, and their checksums. Pickles are never read."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from theta.errors import MissingFile
from theta.storage.damage import Damaged

_CHUNK = 1 << 22


def sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def checksum(arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, str]) -> str:
    """Return the sha256 of named arrays and of facts about them, in hexadecimal."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype.str} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.hexdigest()


def write_checked(path: Path, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, str]) -> None:
    """Write named arrays and texts as safetensors, with their checksum."""
    write_arrays(path, arrays, {**facts, "checksum": checksum(arrays, facts)})


def write_arrays(
    path: Path, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, str] | None = None
) -> None:
    """Write named arrays as safetensors.

    Raises
    ------
    OSError
        If the file cannot be written. The library's own function raises an error of its own for a
        full disk, which does not say so in a form that a program can read.
    """
    from safetensors.numpy import save

    # Not `ascontiguousarray`, which gives a number a dimension.
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    path.write_bytes(save(contiguous, None if facts is None else dict(facts)))


def read_checked(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return the arrays and facts that `write_checked` wrote.

    Raises
    ------
    Damaged
        If the file or its checksum is wrong.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            facts = dict(file.metadata() or {})
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise Damaged(f"{path} is damaged: {error}") from error
    if facts.pop("checksum", None) != checksum(arrays, facts):
        raise Damaged(f"{path} is damaged: its checksum is wrong")
    return arrays, facts


def fingerprint(*parts: Any) -> str:
    """Return a short hash of JSON-ready values."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable UTF-8 JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Return the value of a JSON file; raise `Damaged` if it is not JSON, which has no NaN."""
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except FileNotFoundError as error:
        raise MissingFile(f"{path} is not there") from error
    # ValueError: not UTF-8, not JSON, or a number with too many digits.
    except (ValueError, RecursionError) as error:
        raise Damaged(f"{path} is not valid JSON: {error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def read_array(path: Path, *, mapped: bool = False) -> NDArray[Any]:
    """Return the array of a .npy file, never unpickling.

    Parameters
    ----------
    path : Path
    mapped : bool
        Map the file into memory instead of reading it.

    Raises
    ------
    Damaged
        If the file is truncated, pickled or not a .npy file.
    """
    try:
        return np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except FileNotFoundError as error:
        raise MissingFile(f"{path} is not there") from error
    except (ValueError, EOFError, OSError) as error:
        raise Damaged(f"{path} is damaged: {error}") from error


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays into one uncompressed .npz whose members can be mapped into memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)  # type: ignore[arg-type]  # savez's stub has no mapping of arrays


def read_npz(path: Path, *, mapped: bool = False) -> dict[str, NDArray[Any]]:
    """Return the arrays of a .npz file, never unpickling.

    Parameters
    ----------
    path : Path
    mapped : bool
        Map uncompressed members into memory instead of reading them.

    Raises
    ------
    Damaged
        If the file is truncated, pickled or not a .npz file.
    """
    try:
        if mapped:
            return _map_npz(path)
        with np.load(path, allow_pickle=False) as members:
            return {name: members[name] for name in members.files}
    except FileNotFoundError as error:
        raise MissingFile(f"{path} is not there") from error
    except (ValueError, EOFError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise Damaged(f"{path} is damaged: {error}") from error


def _map_npz(path: Path) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as handle:
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{member.filename} is compressed and cannot be mapped")
            # The extra field of the local header may differ in length from the one in the central
            # directory (zip specification, section 4.3.7).
            handle.seek(member.header_offset + 26)
            name_length, extra_length = struct.unpack("<HH", handle.read(4))
            handle.seek(name_length + extra_length, os.SEEK_CUR)
            version = np.lib.format.read_magic(handle)
            if version == (1, 0):
                shape, fortran, dtype = np.lib.format.read_array_header_1_0(handle)
            else:
                shape, fortran, dtype = np.lib.format.read_array_header_2_0(handle)
            if dtype.hasobject:
                raise ValueError(f"{member.filename} holds Python objects")
            name = member.filename.removesuffix(".npy")
            if 0 in shape:
                arrays[name] = np.empty(shape, dtype)
                continue
            arrays[name] = np.memmap(
                path,
                dtype=dtype,
                shape=shape,
                order="F" if fortran else "C",
                mode="r",
                offset=handle.tell(),
            )
    return arrays
