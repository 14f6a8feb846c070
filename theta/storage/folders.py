"""Folders and files that are written beside their place and swapped in whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from theta.errors import ThetaError
from theta.storage.formats import write_json
from theta.storage.manifests import (
    MANIFEST,
    describe_file,
    parse_manifest,
    signed,
    write_manifest,
)


@contextmanager
def replacing(place: Path, provenance: Mapping[str, Any]) -> Iterator[Path]:
    """Write a folder beside `place` and swap it in whole when the block ends without an error.

    The caller writes into the folder that is yielded. On success a manifest with the sha256 of
    every file and with `provenance` is written last, everything is flushed to disk, and the folder
    takes its place. On any error the new folder is removed and `place` is as it was.

    Parameters
    ----------
    place : Path
        The folder to make or replace.
    provenance : mapping
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
            write_manifest(new, provenance)
            _sync_tree(new)
            new.chmod(0o777 & ~_umask())
            _swap(new, place)
        except OSError as error:
            raise cannot_write(place, error) from error
        finally:
            shutil.rmtree(new, ignore_errors=True)


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


@contextmanager
def renewing_file(folder: Path, name: str) -> Iterator[Path]:
    """Write one file of a finished folder anew; its entry in the manifest follows.

    A crash between the two leaves a file that is not what the manifest says: only for files that
    nothing is read from.
    """
    with locked(folder):
        manifest = parse_manifest(folder, "")
        with replacing_file(folder / name) as new:
            yield new
            files = {**manifest["files"], name: describe_file(new)}
        with replacing_file(folder / MANIFEST) as new:
            write_json(new, signed({**manifest, "files": files}))


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
    return parse_manifest(folder, remedy)


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
    if place.is_dir() and not (place / MANIFEST).exists() and any(place.iterdir()):
        raise ThetaError(
            f"{place} holds files that THETA has not written (there is no {MANIFEST}) and that "
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
