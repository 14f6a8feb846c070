"""The map of the documents of a run."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from theta import storage
from theta.plots.map import DocumentMap, document_map
from theta.run.prepared import Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_SEED = 0
"""One seed for all maps: runs of a grid search share the map of their corpus."""


def make_map(prepared: Prepared, doc_topic: NDArray[np.float32]) -> DocumentMap | None:
    """Return the map of the documents; None of fewer than three.

    One per embedding of a corpus, kept in the workspace for all its runs. Without embeddings the
    documents are placed by θ, which no other run shares.
    """
    n_docs, path = prepared.corpus.n_docs, prepared.map_file
    if n_docs < 3:
        return None
    if prepared.embeddings is None or path is None:
        return document_map(doc_topic, seed=_SEED)
    if path.exists() and (kept := _read(path, n_docs)) is not None:
        return kept
    made = document_map(prepared.embeddings.documents, seed=_SEED)
    with storage.replacing_file(path) as new:
        method = np.array(made.method)
        storage.write_npz(new, {"points": made.points, "rows": made.rows, "method": method})
    return made


def _read(path: Path, n_docs: int) -> DocumentMap | None:
    try:
        found = storage.read_npz(path)
        return DocumentMap(found["points"], found["rows"], n_docs, str(found["method"]))
    except (storage.Damaged, KeyError, ValueError) as error:
        logger.warning("%s is computed again: %s", path, error)
        return None
