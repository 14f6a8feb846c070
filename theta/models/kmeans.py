"""k-means on document embeddings with c-TF-IDF: a simple control for the other models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from theta.contracts import Corpus, Embeddings, Split, TopicModelOutput
from theta.models.base import FitContext
from theta.models.baseline_options import TopicCount
from theta.models.clustering import cluster_documents
from theta.models.clusters import ClusterModel
from theta.models.requirements import require_data


@dataclass(frozen=True)
class KMeansOptions(TopicCount):
    """Options of k-means."""


class KMeansTopics(ClusterModel):
    """Topics are clusters of documents; c-TF-IDF ranks their words.

    The main topic of a document is the nearest centre; the sharpness of the assignment is fitted to
    the words of documents that were not clustered.
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
        return self.output(corpus, embeddings.documents, clusters, options.num_topics)
