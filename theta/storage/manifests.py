"""The manifest of a finished folder: its provenance and the sha256 of every file."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from theta import __version__
from theta.errors import MissingFile
from theta.storage.damage import Damaged
from theta.storage.formats import fingerprint, read_json, sha256, write_json

FORMAT = 1
"""Format version of the folders that this program writes; other versions are refused."""

MANIFEST = "manifest.json"

_PROVENANCE = "stands_on"
"""Key of the provenance in the file, fixed by its format."""


def write_manifest(folder: Path, provenance: Mapping[str, Any]) -> None:
    """Write the manifest of a folder that is complete but for it."""
    files = {
        str(path.relative_to(folder)): describe_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    content = {
        "format": FORMAT,
        "theta": __version__,
        _PROVENANCE: dict(provenance),
        "files": files,
    }
    write_json(folder / MANIFEST, signed(content))


def describe_file(path: Path) -> dict[str, Any]:
    """Return the entry of a file in a manifest."""
    return {"sha256": sha256(path), "bytes": path.stat().st_size}


def signed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest with a checksum of its content."""
    content = {name: part for name, part in manifest.items() if name != "checksum"}
    return {**content, "checksum": fingerprint(content)}


def parse_manifest(folder: Path, fix: str) -> dict[str, Any]:
    """Return the manifest in a folder, checked; see `theta.storage.read_manifest`."""
    path = folder / MANIFEST
    if not path.is_file():
        state = "is unfinished" if folder.exists() else "is not there"
        raise MissingFile(f"{folder} {state}", f"make it with: {fix}")
    manifest = read_json(path)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        problem = f"{folder} was written by another version"
        raise MissingFile(problem, f"make it again with: {fix}")
    content = {name: part for name, part in manifest.items() if name != "checksum"}
    wanted = fingerprint(content)
    # The first manifests of this format were written without a checksum.
    if manifest.get("checksum", wanted) != wanted or not _well_formed(content):
        raise Damaged(f"{path} is damaged: its checksum or its structure is wrong")
    return manifest


def _well_formed(manifest: Mapping[str, Any]) -> bool:
    """Return whether a manifest has all parts and lists only files inside its folder."""
    provenance, files = manifest.get(_PROVENANCE), manifest.get("files")
    if not isinstance(provenance, dict) or not isinstance(files, dict):
        return False
    if manifest.keys() != {"format", "theta", _PROVENANCE, "files"}:
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


def check_file(path: Path, manifest: Mapping[str, Any], *, deep: bool = True) -> None:
    """Raise `Damaged` unless a file matches its entry in the manifest.

    Parameters
    ----------
    path : Path
        A file in the folder of the manifest or below it.
    manifest : mapping
        As returned by `read_manifest`.
    deep : bool
        Compare the sha256 too, not only the size.
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


def copy_listed(folder: Path, manifest: Mapping[str, Any], target: Path) -> None:
    """Check the files that a manifest lists and copy them into another folder."""
    for name, entry in manifest["files"].items():
        check_file(folder / name, {"files": {name: entry}})
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, copy)
