"""k-means on document embeddings, topics named by c-TF-IDF: the control fancy models must beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from theta.contracts import Split, TopicModelOutput
from theta.models.baseline_options import TopicCount
from theta.models.clusters import ClusterModel, class_tf_idf, count_words, word_distribution
from theta.models.requirements import require_data
from theta.models.warm_start import cluster_documents

if TYPE_CHECKING:
    from theta.contracts import Corpus, Embeddings
    from theta.models.base import FitContext


@dataclass(frozen=True)
class KMeansOptions(TopicCount):
    """What a person can choose of k-means."""


class KMeansTopics(ClusterModel):
    """Clusters of documents are topics; c-TF-IDF ranks their words.

    The clusters are those that THETA starts from. A document's main topic is the nearest centre;
    how sharply the others fall off is fitted to the words of documents that made no cluster.
    """

    name: ClassVar[str] = "kmeans"
    title: ClassVar[str] = "k-means + c-TF-IDF"
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
        state, doc_topic = self.locate(corpus, embeddings.documents, centres, topic_word, options)
        return TopicModelOutput(
            doc_topic=doc_topic,
            topic_word=topic_word,
            word_scores=class_tf_idf(counts).astype(np.float32),
            topic_embeddings=centres,
            state=state,
            facts={"precision": float(state["precision"][0])},
        )
