"""Finished embeddings from the disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from theta.contracts import Embeddings
from theta.layout import EmbeddingFiles
from theta.storage import belonging_together, check_file, fingerprint, read_array, read_manifest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def load_embeddings(files: EmbeddingFiles, fix: str) -> Embeddings:
    """Return the embeddings of a corpus, the documents mapped into memory.

    Parameters
    ----------
    files : EmbeddingFiles
    fix : str
        The command that makes them.

    Raises
    ------
    MissingFile
        If they are not there or unfinished.
    Damaged
        If a file is not what was written.
    """
    manifest = checked_manifest(files, fix)
    documents = read_array(files.documents, mapped=True)
    words, test_halves = read_array(files.words), read_array(files.test_halves)
    with belonging_together(files.root):
        return Embeddings(documents, words, test_halves, embedding_fingerprint(manifest))


def checked_manifest(files: EmbeddingFiles, fix: str) -> Mapping[str, Any]:
    """Return the manifest of embeddings, after checking them; raises as `load_embeddings`."""
    manifest = read_manifest(files.root, fix)
    for path in (files.documents, files.words, files.test_halves):
        check_file(path, manifest)
    return manifest


def embedding_fingerprint(manifest: Mapping[str, Any]) -> str:
    """Return a short hash of what is in some embeddings."""
    return fingerprint(manifest["files"])


def load_truncated(files: EmbeddingFiles, fix: str) -> NDArray[np.int64] | None:
    """Return the rows of the documents whose end was not read; None where nobody can tell.

    A server does not say how many tokens a text has; of vectors that the user brings there is no
    text.
    """
    manifest = read_manifest(files.root, fix)
    if files.truncated.name not in manifest["files"]:
        return None
    check_file(files.truncated, manifest)
    rows: NDArray[np.int64] = read_array(files.truncated)
    return rows


def embedding_facts(files: EmbeddingFiles, fix: str) -> Mapping[str, Any]:
    """Return the facts of finished embeddings: corpus, model, settings and what was cut."""
    facts: Mapping[str, Any] = read_manifest(files.root, fix)["stands_on"]
    return facts
