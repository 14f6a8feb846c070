"""BERTopic (Grootendorst 2022, https://arxiv.org/abs/2203.05794) on the prepared embeddings."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import Split
from theta.errors import InvalidOption, ThetaError
from theta.models.baseline_options import TopicCount
from theta.models.clusters import ClusterModel
from theta.models.requirements import library_errors, require_data, require_library
from theta.options.declare import option, redeclare

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus, Embeddings, TopicModelOutput
    from theta.models.base import FitContext

logger = logging.getLogger(__name__)

_EXTRA = "bertopic"


@dataclass(frozen=True)
class BertopicOptions:
    """Options of BERTopic."""

    num_topics: int | None = redeclare(TopicCount, "num_topics", None)
    min_cluster_size: int = option(
        10, "Minimum number of documents of a topic (HDBSCAN).", valid=(2, None), usual=(5, 500)
    )
    min_samples: int | None = option(
        None,
        "Neighbours that a document in a dense region has (HDBSCAN); higher values give more "
        "outliers. Defaults to --min_cluster_size.",
        valid=(1, None),
    )
    top_n_words: int = option(
        10, "Words by which BERTopic describes a topic.", valid=(1, None), usual=(5, 30)
    )
    n_neighbors: int = option(
        15,
        "Number of neighbours for UMAP: low values preserve local, high values global structure.",
        valid=(2, None),
        usual=(5, 100),
    )
    n_components: int = option(
        5, "Dimensions after UMAP, for the clustering.", valid=(1, None), usual=(2, 50)
    )
    random_state: int | None = option(
        None, "Seed of UMAP; defaults to --seed.", valid=(0, 2**32 - 1)
    )


class Bertopic(ClusterModel):
    """UMAP, HDBSCAN and c-TF-IDF by the BERTopic library; K is inferred unless given.

    It reads the document embeddings and the counts; no texts are needed and no embedding model is
    loaded. HDBSCAN's outliers belong to no topic. The topic embeddings are saved: as in BERTopic
    models saved without UMAP and HDBSCAN, the topic of a document, including outliers and new
    documents, is the one with the largest cosine.
    """

    name: ClassVar[str] = "bertopic"
    title: ClassVar[str] = "BERTopic"
    libraries: ClassVar[Mapping[str, str]] = dict.fromkeys(("bertopic", "umap", "hdbscan"), _EXTRA)
    centres_in_state: ClassVar[str] = "topics"
    unit_centres: ClassVar[bool] = True
    Options: ClassVar[type[BertopicOptions]] = BertopicOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,
        options: BertopicOptions,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents."""
        from theta.nn.threads import same_threads

        embeddings = require_data(embeddings, self.name, "document embeddings")
        train = corpus.rows(Split.TRAIN)
        bow = corpus.bow[train]
        vectors = np.asarray(embeddings.documents[train], dtype=np.float32)
        # UMAP's numba would change torch's number of threads for the models that follow.
        with same_threads():
            clusters, scores, facts = _cluster(bow, vectors, options, context, corpus.vocabulary)
        output = self.output(corpus, embeddings.documents, clusters, len(scores), scores)
        inside = clusters >= 0
        agreement = output.doc_topic[train][inside].argmax(axis=1) == clusters[inside]
        facts |= {
            "outliers": int((~inside).sum()),
            # Share of clustered documents whose topic by cosine is their cluster.
            "agreement_with_clusters": round(float(agreement.mean()), 4),
        }
        return replace(output, facts={**facts, **output.facts})

    def check_corpus(self, corpus: Corpus, options: BertopicOptions) -> None:
        """Raise `InvalidOption` if there are too few documents for UMAP and HDBSCAN."""
        n_train = len(corpus.rows(Split.TRAIN))
        # UMAP's spectral start needs more documents than dimensions and one constant.
        least = max(options.min_cluster_size, options.n_components + 2)
        if n_train < least:
            raise InvalidOption(
                f"bertopic needs {least} training documents with --min_cluster_size "
                f"{options.min_cluster_size} and --n_components {options.n_components}; there are "
                f"{n_train}"
            )


def _cluster(
    bow: csr_array,
    vectors: NDArray[np.float32],
    options: BertopicOptions,
    context: FitContext,
    vocabulary: Sequence[str],
) -> tuple[NDArray[np.int64], NDArray[np.float32], dict[str, Any]]:
    """Return the topic of each document (-1: outlier), c-TF-IDF of the topics, and facts.

    Raises
    ------
    ThetaError
        If HDBSCAN finds no cluster.
    """
    library = require_library("bertopic", _EXTRA)
    texts = _as_texts(bow)
    present = np.unique(bow.indices)
    model = _configured(library, present, options, context)
    with library_errors("bertopic"), warnings.catch_warnings():
        # UMAP warns that a seed implies one thread, as intended.
        warnings.filterwarnings("ignore", message="n_jobs value", category=UserWarning)
        model.fit(texts, embeddings=vectors)
    clusters = np.array(model.topics_)
    n_found = int(clusters.max()) + 1
    if n_found == 0:
        raise ThetaError(
            f"bertopic found no cluster of {options.min_cluster_size} documents; "
            f"try a smaller --min_cluster_size"
        )
    wanted = n_found if options.num_topics is None else options.num_topics
    if wanted > n_found:
        logger.warning(
            "BERTopic found %d topics, fewer than --num_topics %d: it can merge topics, not split "
            "them; a smaller --min_cluster_size finds more",
            n_found,
            wanted,
        )
    elif wanted < n_found:
        # BERTopic counts the outliers as one topic.
        with library_errors("bertopic"):
            model.reduce_topics(texts, nr_topics=wanted + int((clusters < 0).any()))
        clusters = np.array(model.topics_)
    num_topics = int(clusters.max()) + 1
    scores = np.zeros((num_topics, bow.shape[1]), dtype=np.float32)
    scores[:, present] = model.c_tf_idf_.toarray()[-num_topics:]  # the outliers' row comes first
    described = model.get_topics()
    facts = {
        "num_topics_before_reduction": n_found,
        "descriptions": [
            " ".join(vocabulary[int(word)] for word, _ in described[k] if word)
            for k in range(num_topics)
        ],
    }
    return clusters, scores, facts


def _configured(
    library: Any, words: NDArray[np.integer[Any]], options: BertopicOptions, context: FitContext
) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    seed = context.seed if options.random_state is None else options.random_state
    umap = require_library("umap", _EXTRA).UMAP(
        n_neighbors=options.n_neighbors,
        n_components=options.n_components,
        min_dist=0.0,
        metric="cosine",
        random_state=seed,
    )
    hdbscan = require_library("hdbscan", _EXTRA).HDBSCAN(
        min_cluster_size=options.min_cluster_size,
        min_samples=options.min_samples,
        metric="euclidean",
        cluster_selection_method="eom",
        core_dist_n_jobs=1,
    )
    counter = CountVectorizer(
        vocabulary=[str(v) for v in words], tokenizer=str.split, token_pattern=None
    )
    return library.BERTopic(
        umap_model=umap,
        hdbscan_model=hdbscan,
        vectorizer_model=counter,
        top_n_words=options.top_n_words,
        verbose=False,
    )


def _as_texts(bow: csr_array) -> list[str]:
    """Return documents as word ids joined by spaces, which BERTopic's preprocessing keeps."""
    return [
        " ".join(
            np.repeat(
                bow.indices[bow.indptr[d] : bow.indptr[d + 1]].astype(str),
                bow.data[bow.indptr[d] : bow.indptr[d + 1]],
            )
        )
        for d in range(bow.shape[0])
    ]
