"""Folders and files that are written to a temporary sibling and swapped in as a whole."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
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

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""Error numbers of a full disk."""


@contextmanager
def replacing(target: Path, provenance: Mapping[str, Any]) -> Iterator[Path]:
    """Write a folder beside `target` and swap it in when the block ends without an error.

    The caller writes into the folder that is yielded. On success a manifest with the sha256 of
    every file and with `provenance` is written last, everything is flushed to disk, and the new
    folder replaces `target`. On any error it is removed and `target` stays as it was.

    Parameters
    ----------
    target : Path
        The folder to make or replace.
    provenance : mapping
        JSON-ready facts that show later whether the folder is stale. May be filled during
        the block.

    Raises
    ------
    ThetaError
        If `target` cannot be written, is a link or a file, or holds files that would be lost.
    """
    with locked(target):
        _recover(target)
        refuse_link(target)
        _refuse_foreign(target)
        try:
            new = Path(tempfile.mkdtemp(prefix=f".{target.name}.new-", dir=target.parent))
        except OSError as error:
            raise cannot_write(target, error) from error
        try:
            yield new
            write_manifest(new, provenance)
            _sync_tree(new)
            new.chmod(0o777 & ~_umask())
            _swap(new, target)
        except OSError as error:
            raise cannot_write(target, error) from error
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
def scratch_folder() -> Iterator[Path]:
    """Yield a folder for files that are needed in the block only.

    Raises
    ------
    ThetaError
        If the disk is full.
    """
    place = tempfile.gettempdir()
    try:
        with tempfile.TemporaryDirectory(prefix="theta-") as folder:
            yield Path(folder)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise ThetaError(
            f"cannot write temporary files to {place}: {error.strerror or error}; make room, or "
            "set TMPDIR to a folder on a larger disk, and repeat the command"
        ) from error


def remove_unfinished(folder: Path) -> None:
    """Remove the files that `replacing_file` has left in a folder, because it was killed.

    Call it only while no other process writes there.
    """
    for path in folder.glob(".????????.*"):
        path.unlink()


@contextmanager
def renewing_files(folder: Path, names: Sequence[str]) -> Iterator[list[Path]]:
    """Rewrite or add some files of a finished folder, and then their entries in the manifest.

    A crash in between leaves files that differ from the manifest or are not in it, so use this
    only for files that the program does not read back, or makes again if they are not listed.
    """
    with locked(folder):
        manifest = parse_manifest(folder, "")
        with ExitStack() as stack:
            new = [stack.enter_context(replacing_file(folder / name)) for name in names]
            yield new
            renewed = {name: describe_file(path) for name, path in zip(names, new, strict=True)}
        with replacing_file(folder / MANIFEST) as path:
            write_json(path, signed({**manifest, "files": {**manifest["files"], **renewed}}))


def read_manifest(folder: Path, fix: str) -> dict[str, Any]:
    """Return the manifest of a finished folder.

    Parameters
    ----------
    folder : Path
    fix : str
        The command that makes the folder.

    Raises
    ------
    MissingFile
        If the folder or its manifest is missing, or its format is that of another version.
    Damaged
        If the manifest has been changed.
    """
    if not folder.exists() and _previous(folder).exists():
        with locked(folder):
            _recover(folder)
    return parse_manifest(folder, fix)


@contextmanager
def locked(target: Path, *, wait: bool = True, told: bool = True) -> Iterator[None]:
    """Lock `target` against other processes; wait for one that holds the lock, and log it.

    The kernel releases the lock when its process ends, even if it is killed.

    Parameters
    ----------
    target : Path
    wait : bool
        Wait for a process that holds the lock.
    told : bool
        Whether to log that it waits.

    Raises
    ------
    ThetaError
        If the lock cannot be written, or another process holds it and `wait` is False.
    """
    import logging

    from filelock import FileLock, Timeout

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.parent / f".{target.name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            if not wait:
                raise ThetaError(
                    f"another process is writing {target}: wait until it has finished, or choose "
                    "another --output_dir"
                ) from error
            if told:
                logging.getLogger(__name__).info("Another process is writing %s; waiting.", target)
            lock.acquire()
    except OSError as error:
        raise cannot_write(target, error) from error
    try:
        yield
    finally:
        lock.release()


def refuse_link(target: Path) -> None:
    """Raise `ThetaError` if `target` is a symbolic link."""
    # Links above the target are followed: they may put a result folder on another disk.
    if target.is_symlink():
        raise ThetaError(
            f"{target} is a symbolic link (to {target.readlink()}), and nothing is written through "
            "links: remove it, or link a folder above it"
        )


def _refuse_foreign(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise ThetaError(f"{target} is a file, but a folder is needed: remove it")
    if target.is_dir() and not (target / MANIFEST).exists() and any(target.iterdir()):
        raise ThetaError(
            f"{target} holds files that THETA did not write (it has no {MANIFEST}) and that would "
            "be lost; empty it or choose another folder"
        )


def cannot_write(target: Path, error: OSError) -> ThetaError:
    """Return the error that explains why `target` could not be written."""
    reason = error.strerror or str(error)
    return ThetaError(f"cannot write {target}: {reason}; what was there before is unchanged")


def _previous(target: Path) -> Path:
    return target.parent / f".{target.name}.previous"


def _swap(new: Path, target: Path) -> None:
    # Two renames: a kill between them leaves the old folder as `.previous`, which `_recover`
    # puts back. No portable call exchanges two folders atomically.
    previous = _previous(target)
    if target.exists():
        target.rename(previous)
    new.rename(target)
    _sync(target.parent)
    shutil.rmtree(previous, ignore_errors=True)


def _recover(target: Path) -> None:
    previous = _previous(target)
    if previous.exists():
        if target.exists():
            shutil.rmtree(previous, ignore_errors=True)
        else:
            previous.rename(target)
    for leftover in target.parent.glob(f".{target.name}.new-*"):
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
