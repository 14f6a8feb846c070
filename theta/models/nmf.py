"""Non-negative matrix factorisation of tf-idf (Lee & Seung 1999, https://doi.org/10.1038/44565)."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import ModelInputs, Split, TopicModelOutput
from theta.models.baseline_options import Iterations, TopicCount
from theta.models.requirements import library_errors
from theta.models.tf_idf import inverse_document_frequency, tf_idf
from theta.options.declare import redeclare

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus, Embeddings
    from theta.models.base import FitContext

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NmfOptions(Iterations, TopicCount):
    """Options of NMF."""

    max_iter: int = redeclare(Iterations, "max_iter", 200)


class Nmf:
    """X ≈ W H, all non-negative: X is tf-idf, the rows of H are topics, those of W documents.

    Fitted by scikit-learn's coordinate descent on rows of unit length. The weights of a document
    are the exact non-negative least squares solution given H, normalised; equal if all are 0.
    """

    name: ClassVar[str] = "nmf"
    title: ClassVar[str] = "NMF"
    needs: ClassVar[frozenset[str]] = frozenset()
    Options: ClassVar[type[NmfOptions]] = NmfOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,  # noqa: ARG002  (NMF reads counts only)
        options: NmfOptions,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents."""
        from sklearn.decomposition import NMF
        from sklearn.exceptions import ConvergenceWarning

        train = corpus.bow[corpus.rows(Split.TRAIN)]
        idf = inverse_document_frequency(train)
        estimator = NMF(
            n_components=options.num_topics, max_iter=options.max_iter, random_state=context.seed
        )
        with library_errors("scikit-learn"), warnings.catch_warnings():
            # Reaching max_iter is reported below and in the facts.
            warnings.simplefilter("ignore", ConvergenceWarning)
            estimator.fit(unit_tf_idf(train, idf))
        converged = bool(estimator.n_iter_ < options.max_iter)
        if not converged:
            logger.info("NMF did not converge in %d passes (--max_iter)", options.max_iter)
        state = {"topics": estimator.components_, "idf": idf}
        weights = estimator.components_ + (estimator.components_.sum(axis=1) == 0)[:, None]
        return TopicModelOutput(
            doc_topic=self.infer(state, options, ModelInputs(corpus.bow)),
            topic_word=(weights / weights.sum(axis=1, keepdims=True)).astype(np.float32),
            state=state,
            facts={
                "iterations": int(estimator.n_iter_),
                "converged": converged,
                "reconstruction_error": float(estimator.reconstruction_err_),
            },
        )

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: NmfOptions,  # noqa: ARG002  (the state is sufficient)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others."""
        from scipy.optimize import nnls

        topics = state["topics"]
        # ‖x − wH‖² = ‖Aw − b‖² + const with AᵀA = HHᵀ and Aᵀb = Hx: K × K instead of K × words.
        eigenvalues, vectors = np.linalg.eigh(topics @ topics.T)
        used = eigenvalues > eigenvalues.max() * 1e-12
        root = np.sqrt(eigenvalues[used])[:, None] * vectors[:, used].T
        back = vectors[:, used].T / np.sqrt(eigenvalues[used])[:, None]
        projected = unit_tf_idf(inputs.bow, state["idf"]) @ topics.T
        weights = np.array([nnls(root, back @ row)[0] for row in projected])
        weights = weights.reshape(-1, len(topics))
        weights[weights.sum(axis=1) == 0] = 1
        return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def unit_tf_idf(bow: csr_array, idf: NDArray[np.float64]) -> csr_array:
    """Return the tf-idf of documents, each row of Euclidean length one: (n_docs, n_words)."""
    weighted = tf_idf(bow, idf)
    document = np.repeat(np.arange(bow.shape[0]), np.diff(weighted.indptr))
    length = np.sqrt(np.bincount(document, weighted.data**2, bow.shape[0]))
    weighted.data /= length[document]
    return weighted
