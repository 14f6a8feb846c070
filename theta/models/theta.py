"""THETA: a variational autoencoder that reads document embeddings and explains their words.

The encoder maps a document's embedding to a distribution over topic proportions; the decoder
mixes topics that deviate from the corpus' word frequencies. What makes it work is the warm start:
the topics begin as the words of embedding clusters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import Split, TopicModelOutput
from theta.errors import InvalidOption
from theta.models.label_head import BIAS, WEIGHT, cluster_label_scores
from theta.models.seed_words import (
    SeedWords,
    find_seed_words,
    guided_clusters,
    pseudo_count,
    pseudo_documents,
    read_seed_words,
    seed_ranks,
)
from theta.models.vae import VAEOptions, train
from theta.options.declare import option
from theta.storage import fingerprint

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus, Embeddings, ModelInputs
    from theta.models.base import Fitting
    from theta.nn.elbo import VAE
    from theta.nn.guidance import SeedWordPrior

_PRIOR_COUNT = 50.0
"""Words of the background that each cluster's counts are smoothed with."""

_CLUSTER_STARTS = 3
"""Starts of k-means, of which the tightest clustering is kept."""

_CLUSTERED_DOCUMENTS = 100_000
"""Documents that k-means sees at most; its centres need no more."""


@dataclass(frozen=True)
class ThetaOptions(VAEOptions):
    """What a person can choose about THETA."""

    prior_alpha: float = option(
        0.1,
        "How many topics a document mixes: below 1 few, above 1 many (the Dirichlet prior's "
        "concentration).",
        valid=(1e-4, None),
        usual=(0.01, 1.0),
    )
    l2: float = option(
        1.0,
        "How strongly topics are held to the word frequencies of the whole corpus.",
        valid=(0.0, None),
        usual=(0.0, 100.0),
    )
    relevance: float = option(
        0.6,
        "How top words are ranked: 1 by their probability in the topic, 0 by how much more "
        "probable they are there than elsewhere.",
        valid=(0.0, 1.0),
        usual=(0.2, 1.0),
    )
    seed_words: Path | None = option(
        None,
        "YAML file of topics you expect, as in 'sport: [game, team]': the first topics keep these "
        "words near the top, the others stay free.",
        metavar="FILE",
    )
    supervised_weight: float = option(
        10.0,
        "With --mode supervised: how strongly topics are drawn to tell the labels apart; 0 "
        "ignores the labels.",
        valid=(0.0, None),
        usual=(1.0, 100.0),
    )


class Theta:
    """The model of `ThetaOptions`."""

    name: ClassVar[str] = "theta"
    title: ClassVar[str] = "THETA"
    needs: ClassVar[frozenset[str]] = frozenset({"embeddings"})
    Options: ClassVar[type[Any]] = ThetaOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,
        options: ThetaOptions,
        fitting: Fitting,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents."""
        from theta.nn.fit import seeded
        from theta.nn.infer import log_topics, posterior_topics, state_arrays
        from theta.nn.inputs import Inputs

        if embeddings is None:
            raise InvalidOption("the model theta needs document embeddings")
        rows = corpus.rows(Split.TRAIN)
        training = embeddings.documents[rows].astype(np.float32)
        log_background = log_word_frequencies(corpus.bow[rows])
        seeds = _seed_words(options, corpus.vocabulary)
        clusters = start_clusters(training, corpus.bow[rows], seeds, options, fitting.seed)
        state = {
            "encoder.center": training.mean(axis=0),
            "decoder.log_background": log_background,
            "decoder.deviations": start_deviations(
                corpus.bow[rows], clusters, seeds, options.num_topics, log_background
            ).T,
        }
        labels = corpus.labels if fitting.supervised else None
        if labels is not None:
            state[WEIGHT] = cluster_label_scores(labels, rows, clusters, options.num_topics)
            state[BIAS] = np.zeros(len(labels.names), np.float32)
        counts = damped_counts(corpus.bow)
        with seeded(fitting.seed, "cpu"):
            model = _build(state, options, n_train=len(rows))
            model.seed_prior = _seed_prior(seeds, counts[rows], options.num_topics)
        model = model.to(fitting.device)
        inputs = Inputs.from_arrays(
            counts,
            embeddings.documents,
            None if labels is None else labels.codes,
            device=fitting.device,
        )
        stands_on = fingerprint(
            corpus.fingerprint,
            embeddings.fingerprint,
            None if seeds is None else [seeds.names, seeds.words],
            labels is not None,
        )
        fitted = train(model, inputs, corpus, options, fitting, stands_on)

        doc_topic = posterior_topics(model, inputs)
        log_topic_word = log_topics(model)
        word_scores = relevance(log_topic_word, log_background, options.relevance)
        best = fitted.history[fitted.best_epoch - 1]
        facts = {
            "device": fitting.device,
            "epochs_run": len(fitted.history),
            "best_epoch": fitted.best_epoch,
            "stopped_early": fitted.stopped_early,
            "validation_elbo": best["validation_elbo"],
        }
        if labels is not None:
            facts["labels"] = list(labels.names)
        if seeds is not None:
            facts["seed_words"] = seed_ranks(seeds, word_scores, corpus.vocabulary)
        return TopicModelOutput(
            doc_topic=doc_topic,
            topic_word=np.exp(log_topic_word),
            word_scores=word_scores,
            topic_embeddings=mean_embeddings(doc_topic[rows], training - state["encoder.center"]),
            history=fitted.history,
            state=state_arrays(model),
            facts=facts,
        )

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: ThetaOptions,
        inputs: ModelInputs,
        device: str = "cpu",
    ) -> NDArray[Any]:
        """Return θ of documents, (n_docs, n_topics), each row independent of the others."""
        from theta.nn.fit import seeded
        from theta.nn.infer import load_state_arrays, posterior_topics
        from theta.nn.inputs import Inputs

        if inputs.embeddings is None:
            raise InvalidOption("the model theta needs document embeddings")
        with seeded(0, "cpu"):  # The random weights of a new network are overwritten at once.
            model = _build(state, options, n_train=1)
        load_state_arrays(model, state)
        documents = Inputs.from_arrays(inputs.bow, inputs.embeddings, device=device)
        return posterior_topics(model.to(device), documents)


def _build(state: Mapping[str, NDArray[Any]], options: ThetaOptions, n_train: int) -> VAE:
    from theta.nn.decoder import MixtureDecoder
    from theta.nn.elbo import VAE, sparse_dirichlet_variance
    from theta.nn.encoder import EmbeddingEncoder
    from theta.nn.guidance import LabelHead
    from theta.nn.inputs import as_tensor

    encoder = EmbeddingEncoder(
        as_tensor(state["encoder.center"]).clone(),
        options.num_topics,
        options.hidden_dim,
        options.num_layers,
        options.dropout,
    )
    decoder = MixtureDecoder(
        as_tensor(state["decoder.log_background"]).clone(),
        as_tensor(state["decoder.deviations"]).t(),
        # (λ / 2) Σ B² with this λ is l2 / n_train · Σ B².
        weight_decay=2 * options.l2 / n_train,
    )
    head = None
    if WEIGHT in state:
        weight, bias = as_tensor(state[WEIGHT]).clone(), as_tensor(state[BIAS]).clone()
        head = LabelHead(weight, bias, options.supervised_weight)
    variance = sparse_dirichlet_variance(options.num_topics, options.prior_alpha)
    return VAE(encoder, decoder, variance, head)


def _seed_words(options: ThetaOptions, vocabulary: Sequence[str]) -> SeedWords | None:
    if options.seed_words is None:
        return None
    return find_seed_words(read_seed_words(options.seed_words), vocabulary, options.num_topics)


def _seed_prior(
    seeds: SeedWords | None, counts: csr_array, num_topics: int
) -> SeedWordPrior | None:
    from theta.nn.guidance import SeedWordPrior

    if seeds is None:
        return None
    return SeedWordPrior(seeds.words, pseudo_count(counts, num_topics), counts.shape[0])


def start_clusters(
    embeddings: NDArray[np.float32],
    bow: csr_array,
    seeds: SeedWords | None,
    options: ThetaOptions,
    seed: int,
) -> NDArray[np.intp]:
    """Return the cluster of each training document, from whose words its topic starts.

    Parameters
    ----------
    embeddings : (n_train, dim) float32
    bow : (n_train, n_words) csr_array
        Counts.
    seeds : SeedWords, optional
        Of the guided topics, which get the first clusters.
    options : ThetaOptions
    seed : int
    """
    if seeds is None:
        return cluster_documents(embeddings, options.num_topics, seed)
    n_free = options.num_topics - len(seeds.words)
    free = cluster_documents(embeddings, n_free, seed) if n_free else None
    return guided_clusters(embeddings, bow, seeds, free)


def start_deviations(
    bow: csr_array,
    clusters: NDArray[np.intp],
    seeds: SeedWords | None,
    num_topics: int,
    log_background: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the deviations of `cluster_deviations`, seed words counted beforehand."""
    if seeds is not None:
        from scipy.sparse import vstack

        bow = vstack([bow, pseudo_documents(seeds, bow, num_topics)], format="csr")
        clusters = np.concatenate([clusters, np.arange(len(seeds.words))])
    return cluster_deviations(bow, clusters, num_topics, log_background)


def damped_counts(bow: csr_array) -> csr_array:
    """Return log2(1 + x): long documents and bursts of a word weigh less.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
        Counts.
    """
    damped = bow.astype(np.float32)
    damped.data = np.log2(1 + damped.data)
    return damped


def log_word_frequencies(bow: csr_array) -> NDArray[np.float32]:
    """Return m_v = log((c_v + 1) / Σ (c + 1)) of the counts' column sums: (n_words,)."""
    counts = np.asarray(bow.sum(axis=0), dtype=np.float64).ravel() + 1
    return np.log(counts / counts.sum()).astype(np.float32)


def cluster_documents(
    embeddings: NDArray[np.float32], n_clusters: int, seed: int
) -> NDArray[np.intp]:
    """Return the k-means cluster of each document: (n_docs,).

    Parameters
    ----------
    embeddings : (n_docs, dim) float32
    n_clusters, seed : int

    Raises
    ------
    InvalidOption
        If fewer than `n_clusters` of the embeddings differ.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    different: set[bytes] = set()
    for row in embeddings:
        different.add(row.tobytes())
        if len(different) == n_clusters:
            break
    else:
        raise InvalidOption(
            f"--num_topics {n_clusters}: only {len(different)} of the {len(embeddings)} training "
            f"documents differ; ask for at most {len(different)} topics"
        )
    sample = embeddings
    if len(embeddings) > _CLUSTERED_DOCUMENTS:
        chosen = np.random.default_rng(seed).choice(
            len(embeddings), _CLUSTERED_DOCUMENTS, replace=False
        )
        sample = embeddings[np.sort(chosen)]
    # Several threads would add their partial sums in the order in which they finish.
    with threadpool_limits(limits=1, user_api="openmp"):
        k_means = KMeans(n_clusters, n_init=_CLUSTER_STARTS, random_state=seed).fit(sample)
        labels = k_means.labels_ if sample is embeddings else k_means.predict(embeddings)
    return np.asarray(labels, dtype=np.intp)


def cluster_deviations(
    bow: csr_array,
    clusters: NDArray[np.intp],
    n_clusters: int,
    log_background: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return how the words of each cluster deviate from the background, smoothed.

    B_kv = log((n_kv + 50 p_v) / ((n_k + 50) p_v)) with n_kv the count of word v in cluster k,
    n_k its sum and p = exp(m).

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
        Counts.
    clusters : (n_docs,)
    n_clusters : int
    log_background : (n_words,)
        m.

    Returns
    -------
    (n_clusters, n_words) float32
    """
    from scipy.sparse import csr_array

    n_docs = len(clusters)
    members = csr_array(
        (np.ones(n_docs), (clusters, np.arange(n_docs))), shape=(n_clusters, n_docs)
    )
    counts = (members @ bow.astype(np.float64)).toarray()
    background = np.exp(log_background.astype(np.float64))
    smoothed = counts + _PRIOR_COUNT * background
    totals = counts.sum(axis=1, keepdims=True) + _PRIOR_COUNT
    return np.log(smoothed / (totals * background)).astype(np.float32)


def relevance(
    log_topic_word: NDArray[np.float32], log_background: NDArray[np.float32], weight: float
) -> NDArray[np.float32]:
    """Return λ log β + (1 − λ) log(β / p) (Sievert & Shirley 2014, definition 1).

    Parameters
    ----------
    log_topic_word : (n_topics, n_words)
        log β.
    log_background : (n_words,)
        log p.
    weight : float
        λ.
    """
    scores = log_topic_word - (1 - weight) * log_background
    return scores.astype(np.float32)


def mean_embeddings(
    doc_topic: NDArray[np.float32], centred: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return α_k, the θ-weighted mean of the centred document embeddings: (n_topics, dim).

    Parameters
    ----------
    doc_topic : (n_docs, n_topics)
    centred : (n_docs, dim)
    """
    # A topic that no document holds has no place; it stays at the centre.
    weights = np.maximum(doc_topic.sum(axis=0, dtype=np.float64), np.finfo(np.float32).tiny)
    return ((doc_topic.T @ centred) / weights[:, None]).astype(np.float32)
