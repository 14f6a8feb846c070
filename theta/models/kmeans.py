"""k-means on document embeddings, topics named by c-TF-IDF: the control fancy models must beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import ModelInputs, Split, TopicModelOutput
from theta.models.baseline_options import TopicCount
from theta.models.clusters import (
    calibrate,
    class_tf_idf,
    count_words,
    soft_assignment,
    squared_distances,
    word_distribution,
)
from theta.models.requirements import require_data
from theta.models.warm_start import cluster_documents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.contracts import Corpus, Embeddings
    from theta.models.base import FitContext


@dataclass(frozen=True)
class KMeansOptions(TopicCount):
    """What a person can choose of k-means."""


class KMeansTopics:
    """Clusters of documents are topics; c-TF-IDF ranks their words.

    The clusters are those that THETA starts from. A document's main topic is the nearest centre;
    how sharply the others fall off is fitted to the words of documents that made no cluster.
    """

    name: ClassVar[str] = "kmeans"
    title: ClassVar[str] = "k-means + c-TF-IDF"
    needs: ClassVar[frozenset[str]] = frozenset({"embeddings"})
    Options: ClassVar[type[KMeansOptions]] = KMeansOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,
        options: KMeansOptions,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents."""
        embeddings = require_data(embeddings, self.name, "document embeddings")
        train = corpus.rows(Split.TRAIN)
        vectors = np.asarray(embeddings.documents[train], dtype=np.float32)
        clusters = cluster_documents(vectors, options.num_topics, context.seed)
        centres = np.array([vectors[clusters == k].mean(axis=0) for k in range(options.num_topics)])
        counts = count_words(corpus.bow[train], clusters, options.num_topics)
        topic_word = word_distribution(counts, counts.sum(axis=0))
        precision = calibrate(corpus, embeddings.documents, centres, topic_word)
        state = {"centres": centres, "precision": np.array([precision])}
        return TopicModelOutput(
            doc_topic=self.infer(state, options, ModelInputs(corpus.bow, embeddings.documents)),
            topic_word=topic_word,
            word_scores=class_tf_idf(counts).astype(np.float32),
            topic_embeddings=centres,
            state=state,
            facts={"precision": precision},
        )

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: KMeansOptions,  # noqa: ARG002  (all is in the state)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others."""
        vectors = require_data(inputs.embeddings, self.name, "document embeddings")
        distances = squared_distances(vectors, state["centres"])
        return soft_assignment(distances, float(state["precision"][0]))
