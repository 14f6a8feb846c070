"""The map of the documents of a run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta import storage
from theta.devices.threads import available_cores
from theta.plots.map import DocumentMap, document_map
from theta.run.prepared import Prepared

logger = logging.getLogger(__name__)

_SEED = 0
"""One seed for all maps, so that the runs of a grid search share the map of their corpus."""


def make_map(prepared: Prepared, doc_topic: NDArray[np.float32]) -> DocumentMap | None:
    """Return the map of the documents; None for fewer than three documents.

    The map of an embedding is kept in the workspace and shared by all runs that use it. Without
    embeddings the map is drawn from θ, which belongs to one run.
    """
    if prepared.corpus.n_docs < 3:
        return None
    if prepared.map_file is None:
        return document_map(doc_topic, seed=_SEED, n_jobs=available_cores())
    return _kept_map(prepared, prepared.map_file, available_cores())


@contextmanager
def making_map(prepared: Prepared, threads: int) -> Iterator[None]:
    """Make the map of an embedding while the block runs, on the cores that it leaves idle.

    An exception in the block stops it. Nothing is done if there is no such core, or if the map is
    there or is drawn from θ.

    Parameters
    ----------
    prepared : Prepared
    threads : int
        CPU threads that the block computes with.
    """
    path, idle = prepared.map_file, available_cores() - threads
    if path is None or path.exists() or prepared.corpus.n_docs < 3 or idle < 1:
        yield
        return
    stopped = Event()

    def check() -> None:
        if stopped.is_set():
            raise _StoppedError

    # In a thread: the work is done outside of Python's lock, and the vectors are not copied.
    with ThreadPoolExecutor(1, thread_name_prefix="map") as pool:
        made = pool.submit(_kept_map, prepared, path, idle, check)
        try:
            yield
        except BaseException:
            stopped.set()
            raise
    made.result()


class _StoppedError(Exception):
    """The map is not needed any more."""


def _kept_map(
    prepared: Prepared, path: Path, threads: int, check: Callable[[], None] | None = None
) -> DocumentMap:
    """Return the map in a file, which one process makes if it is not there."""
    assert prepared.embeddings is not None
    n_docs, vectors = prepared.corpus.n_docs, prepared.embeddings.documents
    was_there = path.exists()
    if was_there and (saved := _read(path, n_docs)) is not None:
        return saved
    with storage.locked(path):
        made_meanwhile = path.exists() and not was_there
        if made_meanwhile and (saved := _read(path, n_docs)) is not None:
            return saved
        new_map = document_map(vectors, seed=_SEED, n_jobs=threads, check=check)
        arrays: dict[str, NDArray[Any]] = {
            "points": new_map.points,
            "rows": new_map.rows,
            "method": np.array(new_map.method),
        }
        with storage.replacing_file(path) as new:
            storage.write_npz(new, arrays)
    return new_map


def _read(path: Path, n_docs: int) -> DocumentMap | None:
    try:
        arrays = storage.read_npz(path)
        return DocumentMap(arrays["points"], arrays["rows"], n_docs, str(arrays["method"]))
    except (storage.Damaged, KeyError, ValueError) as error:
        logger.warning("Computing %s again: %s", path, error)
        return None
