"""Reading and writing so that a crash, a full disk or a second process never harms a result.

Folders are written beside their place and swapped in whole; the manifest is written last and
holds the sha256 of every file. Nothing read here is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from theta import __version__
from theta.errors import MissingFile, ThetaError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1
"""Version of the folders that this program writes; another one is refused, not guessed at."""

_MANIFEST = "manifest.json"
_CHUNK = 1 << 22


class Damaged(ThetaError):
    """A file that this program wrote no longer holds what was written."""


# --- folders -------------------------------------------------------------------------------


@contextmanager
def replacing(place: Path, stands_on: Mapping[str, Any]) -> Iterator[Path]:
    """Write a folder beside `place` and swap it in whole when the block ends without an error.

    The caller writes into the folder that is yielded. On success a manifest with the sha256 of
    every file and with `stands_on` is written last, everything is flushed to disk, and the folder
    takes its place. On any error the new folder is removed and `place` is as it was.

    Parameters
    ----------
    place : Path
        The folder to make or replace.
    stands_on : mapping
        JSON-ready facts that tell later whether the folder is stale. It may be filled during
        the block.

    Raises
    ------
    ThetaError
        If `place` cannot be written, is a link or a file, or holds what would be lost.
    """
    with locked(place):
        _recover(place)
        refuse_link(place)
        _refuse_foreign(place)
        try:
            new = Path(tempfile.mkdtemp(prefix=f".{place.name}.new-", dir=place.parent))
        except OSError as error:
            raise cannot_write(place, error) from error
        try:
            yield new
            _write_manifest(new, stands_on)
            _sync_tree(new)
            new.chmod(0o777 & ~_umask())
            _swap(new, place)
        except OSError as error:
            raise cannot_write(place, error) from error
        finally:
            shutil.rmtree(new, ignore_errors=True)


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Hold `place` against other processes; wait for one that holds it, and say so.

    The lock is the kernel's, so it ends with the process that held it, killed or not.
    """
    import logging

    from filelock import FileLock, Timeout

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(place.parent / f".{place.name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            logging.getLogger(__name__).info("Another process is writing %s; waiting.", place)
            lock.acquire()
    except OSError as error:
        raise cannot_write(place, error) from error
    try:
        yield
    finally:
        lock.release()


def refuse_link(place: Path) -> None:
    """Raise `ThetaError` if what is to be written is a link."""
    # Above the place links are followed: that is how a result folder is put on another disk.
    if place.is_symlink():
        raise ThetaError(
            f"{place} is a symbolic link (to {place.readlink()}) and nothing is written through "
            "one: remove the link, or link a folder above it"
        )


def _refuse_foreign(place: Path) -> None:
    if place.exists() and not place.is_dir():
        raise ThetaError(f"{place} is a file where a folder belongs: remove it")
    if place.is_dir() and not (place / _MANIFEST).exists() and any(place.iterdir()):
        raise ThetaError(
            f"{place} holds files that THETA has not written (there is no {_MANIFEST}) and that "
            "would be lost; empty it or choose another place"
        )


def cannot_write(place: Path, error: OSError) -> ThetaError:
    """Return the error that says why `place` could not be written, and what is still there."""
    reason = error.strerror or str(error)
    return ThetaError(f"cannot write {place}: {reason}; what was there before is untouched")


def _previous(place: Path) -> Path:
    return place.parent / f".{place.name}.previous"


def _swap(new: Path, place: Path) -> None:
    # Two renames: a kill between them leaves the old folder as `.previous`, which `_recover`
    # puts back. There is no portable call that exchanges two folders at once.
    previous = _previous(place)
    if place.exists():
        place.rename(previous)
    new.rename(place)
    _sync(place.parent)
    shutil.rmtree(previous, ignore_errors=True)


def _recover(place: Path) -> None:
    previous = _previous(place)
    if previous.exists():
        if place.exists():
            shutil.rmtree(previous, ignore_errors=True)
        else:
            previous.rename(place)
    for leftover in place.parent.glob(f".{place.name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- manifests -----------------------------------------------------------------------------


def _write_manifest(folder: Path, stands_on: Mapping[str, Any]) -> None:
    files = {
        str(path.relative_to(folder)): {"sha256": sha256(path), "bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    content = {
        "format": FORMAT,
        "theta": __version__,
        "stands_on": dict(stands_on),
        "files": files,
    }
    write_json(folder / _MANIFEST, {**content, "checksum": fingerprint(content)})


def read_manifest(folder: Path, remedy: str) -> dict[str, Any]:
    """Return the manifest of a finished folder.

    Parameters
    ----------
    folder : Path
    remedy : str
        The command that makes the folder.

    Raises
    ------
    MissingFile
        If the folder or its manifest is not there, or is of another format.
    Damaged
        If the manifest is not what was written.
    """
    if not folder.exists() and _previous(folder).exists():
        with locked(folder):
            _recover(folder)
    path = folder / _MANIFEST
    if not path.is_file():
        state = "is unfinished" if folder.exists() else "is not there"
        raise MissingFile(f"{folder} {state}; make it with: {remedy}")
    manifest = read_json(path)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise MissingFile(f"{folder} was written by another version; make it anew with: {remedy}")
    content = {name: part for name, part in manifest.items() if name != "checksum"}
    wanted = fingerprint(content)
    # The first manifests of this format were written without a checksum.
    if manifest.get("checksum", wanted) != wanted or not _well_formed(content):
        raise Damaged(f"{path} is damaged: it is not what was written")
    return manifest


def _well_formed(manifest: Mapping[str, Any]) -> bool:
    """Tell whether a manifest has its parts and lists nothing outside of its folder."""
    stands_on, files = manifest.get("stands_on"), manifest.get("files")
    if not isinstance(stands_on, dict) or not isinstance(files, dict):
        return False
    return all(
        PurePosixPath(name).parts
        and not PurePosixPath(name).is_absolute()
        and ".." not in PurePosixPath(name).parts
        and isinstance(entry, dict)
        and isinstance(entry.get("sha256"), str)
        and isinstance(entry.get("bytes"), int)
        for name, entry in files.items()
    )


@contextmanager
def naming_remedy(remedy: str) -> Iterator[None]:
    """Let what is found damaged say the command that makes it anew."""
    try:
        yield
    except Damaged as error:
        raise Damaged(f"{error}; make it anew with: {remedy}") from error


def check_file(path: Path, manifest: Mapping[str, Any], *, deep: bool = True) -> None:
    """Raise `Damaged` unless the file beside the manifest is what was written.

    Parameters
    ----------
    path : Path
        A file directly or deeper inside the folder of the manifest.
    manifest : mapping
        As returned by `read_manifest`.
    deep : bool
        Compare the sha256 too, not the size alone.
    """
    wanted = {name: entry for name, entry in manifest["files"].items() if path.match(name)}
    if not wanted:
        raise Damaged(f"{path} is not listed in its manifest")
    entry = wanted[max(wanted, key=len)]
    if not path.is_file():
        raise Damaged(f"{path} has been removed")
    if path.stat().st_size != entry["bytes"]:
        raise Damaged(f"{path} is damaged: {path.stat().st_size} bytes, not {entry['bytes']}")
    if deep and sha256(path) != entry["sha256"]:
        raise Damaged(f"{path} is damaged: its sha256 is not the one in the manifest")


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Write one file beside `path` and swap it in when the block ends without an error.

    Raises
    ------
    ThetaError
        If `path` cannot be written or is a link.
    """
    refuse_link(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The suffix stays, since np.savez adds one where there is none.
        handle, name = tempfile.mkstemp(prefix=".", suffix=f".{path.name}", dir=path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    os.close(handle)
    new = Path(name)
    try:
        yield new
        _sync(new)
        new.chmod(0o666 & ~_umask())
        new.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        new.unlink(missing_ok=True)


def copy_listed(folder: Path, manifest: Mapping[str, Any], target: Path) -> None:
    """Copy the files that a manifest lists, each checked, into another folder."""
    for name in manifest["files"]:
        check_file(folder / name, manifest)
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, copy)


def sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def fingerprint(*parts: Any) -> str:
    """Return a short hash of JSON-ready values."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# --- files ---------------------------------------------------------------------------------


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable UTF-8 JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Return the value of a JSON file; `Damaged` if it is not JSON, which has no NaN."""
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except FileNotFoundError as error:
        raise MissingFile(f"{path} is not there") from error
    # ValueError: not UTF-8, not JSON, or a number too long to be one.
    except (ValueError, RecursionError) as error:
        raise Damaged(f"{path} is not valid JSON: {error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


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
            # The local header repeats the name and may have an extra field of another length
            # than the central one (zip specification, section 4.3.7).
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
