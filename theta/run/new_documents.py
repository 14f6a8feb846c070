"""The topics of new documents, inferred with a finished run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.contracts import ModelInputs
from theta.corpus.apply import CountedTexts
from theta.embeddings.apply import TextEncoder
from theta.run.run import Run


class TransformResult(NamedTuple):
    """The topics of some texts.

    Attributes
    ----------
    counted : CountedTexts
        Every text.
    rows : (n,) int
        The texts that have content. `inputs` and `doc_topic` have these rows, in this order.
    inputs : ModelInputs
    doc_topic : (n, num_topics) float32
        θ.
    """

    counted: CountedTexts
    rows: NDArray[np.intp]
    inputs: ModelInputs
    doc_topic: NDArray[np.float32]

    def all_rows(self) -> NDArray[np.float32]:
        """Return θ of every text, NaN for texts without content: (n_texts, num_topics)."""
        weights = np.full(
            (len(self.counted.texts), self.doc_topic.shape[1]), np.nan, dtype=np.float32
        )
        weights[self.rows] = self.doc_topic
        return weights


def transform(
    run: Run,
    texts: Sequence[str],
    vectors: TextEncoder | NDArray[np.floating[Any]] | None,
    device: str = "cpu",
    times: Sequence[str | None] | None = None,
    covariates: Mapping[str, NDArray[Any]] = MappingProxyType({}),
) -> TransformResult:
    """Return the posterior mean of θ of each text, independently of the other texts.

    Parameters
    ----------
    run : Run
    texts : sequence of str
    vectors : TextEncoder or (n_texts, dim) array, optional
        The vectors of the texts, or the encoder that makes them; None if the model uses none.
    device : str
    times : sequence of (str or None), optional
        ISO dates, for models that need them.
    covariates : mapping of str to (n_texts,) array
        For models that need them.
    """
    counted = run.preprocessing.rules.count(texts)
    rows = np.flatnonzero([bool(text) for text in counted.texts])
    if vectors is None or isinstance(vectors, np.ndarray):
        embeddings = None if vectors is None else vectors[rows]
    else:
        embeddings = vectors.encode([counted.texts[row] for row in rows.tolist()])
    days = None
    if times is not None:
        days = np.array([times[row] for row in rows.tolist()], dtype="datetime64[D]")
    chosen = {name: values[rows] for name, values in covariates.items()}
    inputs = ModelInputs(counted.bow[rows], embeddings, days, chosen)
    doc_topic = np.empty((0, run.num_topics), dtype=np.float32)
    if len(rows):
        doc_topic = run.infer(inputs, device)
    return TransformResult(counted, rows, inputs, doc_topic)
