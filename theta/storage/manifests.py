"""The manifest of a finished folder: what it stands on, and the sha256 of every file."""

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
"""Version of the folders that this program writes; another one is refused, not guessed at."""

MANIFEST = "manifest.json"


def write_manifest(folder: Path, provenance: Mapping[str, Any]) -> None:
    """Write the manifest of a folder that is otherwise complete."""
    files = {
        str(path.relative_to(folder)): describe_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    content = {
        "format": FORMAT,
        "theta": __version__,
        "stands_on": dict(provenance),
        "files": files,
    }
    write_json(folder / MANIFEST, signed(content))


def describe_file(path: Path) -> dict[str, Any]:
    """Return what a manifest says of a file."""
    return {"sha256": sha256(path), "bytes": path.stat().st_size}


def signed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest with the checksum of all else that it says."""
    content = {name: part for name, part in manifest.items() if name != "checksum"}
    return {**content, "checksum": fingerprint(content)}


def parse_manifest(folder: Path, remedy: str) -> dict[str, Any]:
    """Return the manifest in a folder, checked; see `theta.storage.read_manifest`."""
    path = folder / MANIFEST
    if not path.is_file():
        state = "is unfinished" if folder.exists() else "is not there"
        raise MissingFile(f"{folder} {state}", f"make it with: {remedy}")
    manifest = read_json(path)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        problem = f"{folder} was written by another version"
        raise MissingFile(problem, f"make it anew with: {remedy}")
    content = {name: part for name, part in manifest.items() if name != "checksum"}
    wanted = fingerprint(content)
    # The first manifests of this format were written without a checksum.
    if manifest.get("checksum", wanted) != wanted or not _well_formed(content):
        raise Damaged(f"{path} is damaged: it is not what was written")
    return manifest


def _well_formed(manifest: Mapping[str, Any]) -> bool:
    """Tell whether a manifest has its parts and lists nothing outside of its folder."""
    provenance, files = manifest.get("stands_on"), manifest.get("files")
    if not isinstance(provenance, dict) or not isinstance(files, dict):
        return False
    if manifest.keys() != {"format", "theta", "stands_on", "files"}:
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


def copy_listed(folder: Path, manifest: Mapping[str, Any], target: Path) -> None:
    """Copy the files that a manifest lists, each checked, into another folder."""
    for name in manifest["files"]:
        check_file(folder / name, manifest)
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, copy)
