"""Makes the corpus and the embeddings of texts passed from Python, as prepare_data.py does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from theta import storage
from theta.corpus.store import load_corpus
from theta.estimator.texts import Column
from theta.layout import ProjectPaths
from theta.models.base import TopicModel
from theta.options import PrepareOptions, RunOptions
from theta.pipeline.precomputed import save_precomputed
from theta.pipeline.prepare import prepare


def prepare_texts(
    model: type[TopicModel],
    columns: Mapping[str, Column],
    vectors: NDArray[np.float16] | None,
    run_options: RunOptions,
    prepare_options: PrepareOptions,
    project: ProjectPaths,
) -> NDArray[np.intp]:
    """Make the corpus and the embeddings; return the indices of the texts in the corpus.

    Parameters
    ----------
    model : type of TopicModel
    columns : mapping of str to sequence of (str or None)
        The texts and their metadata, by column name.
    vectors : (n_texts, dim) float16, optional
        Vectors of the texts, instead of those of an embedding model.
    run_options : RunOptions
    prepare_options : PrepareOptions
    project : ProjectPaths
    """
    dataset, mode = str(run_options.dataset), run_options.mode
    documents = project.workspace / dataset / "documents.parquet"
    _write_documents(documents, columns)
    prepare_options = replace(
        prepare_options,
        dataset=dataset,
        raw_input=str(documents),
        bow_only=vectors is not None or "embeddings" not in model.needs,
    )
    prepare(prepare_options, project)
    corpus = load_corpus(project.corpus(dataset))
    kept = np.array([int(row) - 1 for row in corpus.row_ids], dtype=np.intp)
    if vectors is not None:
        size = prepare_options.model_size
        save_precomputed(project.embeddings(dataset, size, mode), corpus, vectors[kept], size)
    return kept


def _write_documents(path: Path, columns: Mapping[str, Column]) -> None:
    """Write columns to a file that prepare_data.py reads, unless the file exists."""
    import pyarrow
    import pyarrow.parquet

    if path.exists():
        return
    table = pyarrow.table(
        {name: pyarrow.array(values, pyarrow.string()) for name, values in columns.items()}
    )
    with storage.replacing_file(path) as new:
        pyarrow.parquet.write_table(table, new)
