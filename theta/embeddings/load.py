"""Finished embeddings from the disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theta.contracts import Embeddings
from theta.layout import EmbeddingFiles
from theta.storage import belonging_together, check_file, fingerprint, read_array, read_manifest


def load_embeddings(files: EmbeddingFiles, remedy: str) -> Embeddings:
    """Return the embeddings of a corpus, the documents mapped into memory.

    Parameters
    ----------
    files : EmbeddingFiles
    remedy : str
        The command that makes them.

    Raises
    ------
    MissingFile
        If they are not there or unfinished.
    Damaged
        If a file is not what was written.
    """
    manifest = read_manifest(files.root, remedy)
    arrays = {}
    for name, path in (
        ("documents", files.documents),
        ("words", files.words),
        ("test_halves", files.test_halves),
    ):
        check_file(path, manifest)
        arrays[name] = read_array(path, mapped=name == "documents")
    with belonging_together(files.root):
        return Embeddings(**arrays, fingerprint=fingerprint(manifest["files"]))


def embedding_facts(files: EmbeddingFiles, remedy: str) -> Mapping[str, Any]:
    """Return what finished embeddings stand on: corpus, model, settings and what was cut."""
    facts: Mapping[str, Any] = read_manifest(files.root, remedy)["stands_on"]
    return facts
