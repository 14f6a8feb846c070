"""Biterm topic model (Yan, Guo, Lan & Cheng 2013, https://doi.org/10.1145/2488388.2488514)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import ModelInputs, Split, TopicModelOutput
from theta.errors import InvalidOption
from theta.models.baseline_options import TopicCount
from theta.models.requirements import library_errors, require_library
from theta.options.declare import option

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus, Embeddings
    from theta.models.base import FitContext

logger = logging.getLogger(__name__)

_WINDOW = 15
"""Window in tokens within which two words form a biterm, as in the authors' code."""

_MANY_BITERMS = 20_000_000


@dataclass(frozen=True)
class BtmOptions(TopicCount):
    """Options of BTM."""

    n_iter: int = option(100, "Sweeps of Gibbs sampling.", valid=(1, None), usual=(20, 2000))
    alpha: float = option(
        1.0,
        "Dirichlet prior of the topic shares of the corpus.",
        valid=(1e-6, None),
        usual=(0.01, 50),
    )
    beta: float = option(
        0.01,
        "Dirichlet prior of the word distribution of a topic.",
        valid=(1e-6, None),
        usual=(0.001, 1),
    )


class Btm:
    """Each pair of nearby words (biterm) is drawn from one topic of the corpus; for short texts.

    Fitted by the collapsed Gibbs sampler of bitermplus, with one thread and a seed. θ is the mean
    of p(z|b) over the biterms of a document (equations 4 and 5 of the paper), computed from its
    counts.
    """

    name: ClassVar[str] = "btm"
    title: ClassVar[str] = "BTM"
    libraries: ClassVar[Mapping[str, str]] = {"bitermplus": "btm"}
    needs: ClassVar[frozenset[str]] = frozenset()
    Options: ClassVar[type[BtmOptions]] = BtmOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,  # noqa: ARG002  (BTM reads words only)
        options: BtmOptions,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents.

        Raises
        ------
        InvalidOption
            If no training document has two words.
        """
        library = require_library("bitermplus", self.libraries["bitermplus"])
        from scipy.sparse import csr_matrix

        train = corpus.rows(Split.TRAIN)
        starts, ids = corpus.tokens.starts, corpus.tokens.ids
        documents = [ids[starts[row] : starts[row + 1]] for row in train]
        documents = [words for words in documents if len(words) > 1]
        if not documents:
            raise InvalidOption(
                "btm needs training documents with at least two words; there are none"
            )
        with library_errors("bitermplus"):
            biterms = library.get_biterms(documents, win=_WINDOW, as_array=True)
        n_biterms = sum(map(len, biterms))
        if n_biterms > _MANY_BITERMS:
            logger.warning(
                "BTM is for short texts: this corpus has %d biterms, about %.0f s per sweep",
                n_biterms,
                n_biterms * options.num_topics * 2e-8,
            )
        with library_errors("bitermplus"):
            model = library.BTM(
                csr_matrix(corpus.bow[train]),
                np.array(corpus.vocabulary),
                T=options.num_topics,
                alpha=options.alpha,
                beta=options.beta,
                seed=context.seed,
                win=_WINDOW,
            )
            model.fit(biterms, iterations=options.n_iter, verbose=context.draws_bar)
        topic_word = np.asarray(model.matrix_topics_words_, dtype=np.float64)
        topic_word = (topic_word / topic_word.sum(axis=1, keepdims=True)).astype(np.float32)
        state = {"topic_word": topic_word, "topic_share": np.asarray(model.theta_)}
        return TopicModelOutput(
            doc_topic=self.infer(state, options, ModelInputs(corpus.bow)),
            topic_word=topic_word,
            state=state,
            facts={"biterms": n_biterms},
        )

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: BtmOptions,  # noqa: ARG002  (the state is sufficient)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others."""
        return infer_from_biterms(inputs.bow, state["topic_word"], state["topic_share"])


def infer_from_biterms(
    bow: csr_array,
    topic_word: NDArray[np.floating[Any]],
    topic_share: NDArray[np.floating[Any]],
) -> NDArray[np.float32]:
    """Return p(z|d) = Σ_b p(z|b) p(b|d) over all biterms of each document.

    p(z|b) ∝ π_z β_zi β_zj for a pair b of words i and j. A document with one word gets p(z|w), one
    without words gets π.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
        Counts.
    topic_word : (num_topics, n_words) float
        β.
    topic_share : (num_topics,) float
        π, the topic shares of the corpus.

    Returns
    -------
    (n_docs, num_topics) float32
        Each row sums to one.
    """
    by_word = np.ascontiguousarray(np.asarray(topic_word, dtype=np.float64).T)
    share = np.asarray(topic_share, dtype=np.float64)
    doc_topic = np.empty((bow.shape[0], len(share)))
    for d in range(bow.shape[0]):
        entries = slice(bow.indptr[d], bow.indptr[d + 1])
        counts, words = bow.data[entries].astype(np.float64), by_word[bow.indices[entries]]
        if counts.sum() < 2:
            doc_topic[d] = share * words.prod(axis=0)
            continue
        # Each pair of different words twice; a word with itself n (n − 1) times.
        pairs = np.outer(counts, counts) - np.diag(counts)
        pairs /= (words * share) @ words.T
        doc_topic[d] = share * np.einsum("ik,ik->k", words, pairs @ words)
    return (doc_topic / doc_topic.sum(axis=1, keepdims=True)).astype(np.float32)
