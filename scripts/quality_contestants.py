"""The methods that bench_quality.py holds against each other: arrays in, top words and θ out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Embeddings, Split
from theta.models import MODELS
from theta.models.base import FitContext
from theta.models.clustering import cluster_documents
from theta.models.clusters import class_tf_idf, count_words
from theta.models.document_space import unit_rows
from theta.models.theta import Theta
from theta.models.theta_options import ThetaOptions
from theta.models.topic_words import (
    log_counts,
    log_word_frequencies,
    relevance,
)
from theta.models.warm_start import cluster_deviations
from theta.models.word_ranking import rank_topics

TOP_N = 10

QUICK = {"epochs": 16, "kl_warmup": 5, "batch_size": 256, "hidden_dim": 256, "num_layers": 1}
"""The schedule that THETA is tried with; --schedule default takes that of the command line."""


@dataclass(frozen=True)
class Topics:
    """What is evaluated: (num_topics, 10) words and (n_docs, num_topics) weights."""

    top_words: NDArray[np.intp]
    doc_topic: NDArray[np.floating]
    perplexity: float = float("nan")


@dataclass(frozen=True)
class Task:
    """What a method gets."""

    corpus: Corpus
    embeddings: Embeddings
    num_topics: int
    seed: int
    schedule: dict[str, Any]
    changes: dict[str, Any]

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The document vectors as float32."""
        return self.embeddings.documents.astype(np.float32)


def best(scores: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the ten words of each topic with the highest scores."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :TOP_N]


def fit_theta(task: Task) -> Topics:
    """THETA; ``theta:neighbor_docs=0,coherence_weight=0`` changes options."""
    options = ThetaOptions(num_topics=task.num_topics, **{**task.schedule, **task.changes})
    output = Theta().fit(task.corpus, task.embeddings, options, FitContext(seed=task.seed))
    held_out = task.corpus.bow[task.corpus.rows(Split.VALIDATION)]
    words = log_counts(held_out).sum() / held_out.shape[0]
    perplexity = float(np.exp(-output.facts["validation_elbo"] / words))
    return Topics(output.top_words(TOP_N), output.doc_topic, perplexity)


def fit_control(task: Task) -> Topics:
    """No network: k-means, log2 counts of each cluster, ranked by relevance."""
    return _control(task, ranked=False)


def fit_control_in_company(task: Task) -> Topics:
    """As the control, its words ranked as THETA's."""
    return _control(task, ranked=True)


def _control(task: Task, *, ranked: bool) -> Topics:
    clusters = cluster_documents(task.vectors, task.num_topics, task.seed)
    counts = log_counts(task.corpus.bow)
    background = log_word_frequencies(counts)
    deviations = cluster_deviations(counts, clusters, task.num_topics, background)
    scores = relevance(background + deviations, background, ThetaOptions.relevance)
    doc_topic = np.eye(task.num_topics)[clusters]
    if ranked:
        words, train = task.embeddings.words, doc_topic[task.corpus.rows(Split.TRAIN)]
        scores = rank_topics(background + deviations, task.corpus, words, ThetaOptions(), train)
    return Topics(best(scores), doc_topic)


def fit_keynmf(task: Task) -> Topics:
    """KeyNMF (Kristensen-McLachlan et al. 2024, https://arxiv.org/abs/2410.23791).

    Each document keeps its 25 words of the largest positive cosine with it; NMF of that matrix.
    """
    from scipy.sparse import csr_array
    from sklearn.decomposition import NMF

    bow = task.corpus.bow
    of_document = np.repeat(np.arange(bow.shape[0]), np.diff(bow.indptr))
    documents = unit_rows(task.vectors)
    words = unit_rows(task.embeddings.words.astype(np.float32))
    cosine = np.concatenate(
        [
            np.einsum("ij,ij->i", documents[of_document[part]], words[bow.indices[part]])
            for part in np.array_split(np.arange(bow.nnz), 1 + bow.nnz // 100_000)
        ]
    )
    cosine = np.maximum(cosine, 0)
    for begin, end in zip(bow.indptr[:-1], bow.indptr[1:], strict=True):
        if end - begin > 25:
            row = cosine[begin:end]
            row[row < np.partition(row, -25)[-25]] = 0
    keywords = csr_array((cosine, bow.indices, bow.indptr), shape=bow.shape)
    model = NMF(task.num_topics, random_state=task.seed)
    doc_topic = model.fit_transform(keywords)
    return Topics(best(model.components_), doc_topic)


def fit_bertopic_kmeans(task: Task) -> Topics:
    """BERTopic with k-means: UMAP (15 neighbours, 5 dimensions), k-means, c-TF-IDF."""
    from sklearn.cluster import KMeans
    from umap import UMAP

    places = UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=task.seed
    ).fit_transform(task.vectors)
    clusters = KMeans(task.num_topics, n_init=10, random_state=task.seed).fit(places).labels_
    counts = count_words(task.corpus.bow, clusters, task.num_topics)
    return Topics(best(class_tf_idf(counts)), np.eye(task.num_topics)[clusters])


def library_model(name: str, **fixed: Any) -> Callable[[Task], Topics]:
    """Return the method of `theta.models` with its own defaults."""

    def fit(task: Task) -> Topics:
        model = MODELS[name]
        known = {field.name for field in fields(model.Options)}
        wanted = {"num_topics": task.num_topics, **fixed, **task.changes}
        options = model.Options(**{key: value for key, value in wanted.items() if key in known})
        output = model().fit(task.corpus, task.embeddings, options, FitContext(seed=task.seed))
        return Topics(output.top_words(TOP_N), output.doc_topic)

    fit.__doc__ = f"{MODELS[name].title} with the defaults of the command line."
    return fit


CONTESTANTS: dict[str, Callable[[Task], Topics]] = {
    "theta": fit_theta,
    "control": fit_control,
    "control+": fit_control_in_company,
    "keynmf": fit_keynmf,
    "bertopic-kmeans": fit_bertopic_kmeans,
    "nmf": library_model("nmf"),
    "combinedtm": library_model("ctm", inference_type="combined"),
    "fastopic": library_model("fastopic"),
    "prodlda": library_model("prodlda"),
    "lda": library_model("lda"),
}
