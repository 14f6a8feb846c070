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
"""One seed for all maps, so that the runs of a grid search share the map of their corpus."""


def make_map(prepared: Prepared, doc_topic: NDArray[np.float32]) -> DocumentMap | None:
    """Return the map of the documents; None for fewer than three documents.

    The map of an embedding is kept in the workspace and shared by all runs that use it. Without
    embeddings the map is drawn from θ, which belongs to one run.
    """
    n_docs, path = prepared.corpus.n_docs, prepared.map_file
    if n_docs < 3:
        return None
    if prepared.embeddings is None or path is None:
        return document_map(doc_topic, seed=_SEED)
    if path.exists() and (saved := _read(path, n_docs)) is not None:
        return saved
    new_map = document_map(prepared.embeddings.documents, seed=_SEED)
    with storage.replacing_file(path) as new:
        method = np.array(new_map.method)
        storage.write_npz(new, {"points": new_map.points, "rows": new_map.rows, "method": method})
    return new_map


def _read(path: Path, n_docs: int) -> DocumentMap | None:
    try:
        arrays = storage.read_npz(path)
        return DocumentMap(arrays["points"], arrays["rows"], n_docs, str(arrays["method"]))
    except (storage.Damaged, KeyError, ValueError) as error:
        logger.warning("Computing %s again: %s", path, error)
        return None
