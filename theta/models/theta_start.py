"""Where a training of THETA begins: the network and what it reads of the documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.contracts import Split
from theta.devices import seeded
from theta.models.document_space import LexicalSpace
from theta.models.label_head import BIAS, WEIGHT, cluster_label_scores
from theta.models.seed_words import seed_word_prior
from theta.models.shared_start import SharedStart
from theta.models.smoothing import Smoothing
from theta.models.theta_options import ThetaOptions
from theta.models.topic_words import log_counts, log_word_frequencies
from theta.models.warm_start import start_deviations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.contracts import Corpus, Embeddings, Labels
    from theta.models.base import FitContext
    from theta.models.guided_topics import GuidedTopics
    from theta.models.warm_start import StartSpace
    from theta.nn.elbo import VAE


class Start(NamedTuple):
    """Where a training begins.

    Attributes
    ----------
    model : VAE
        The network with its initial weights.
    space : StartSpace
    features : (n_docs, dim) array
        What the encoder reads of the documents.
    fixed : mapping of str to array
        What turns documents into inputs: `LexicalSpace.arrays` and `Smoothing.arrays`.
    neighbor_weight : float
    guided : GuidedTopics, optional
    described : (records, vectors), optional
        Numbers, names and descriptions of the described topics, and the vectors of these.
    """

    model: VAE
    space: StartSpace
    features: NDArray[Any]
    fixed: Mapping[str, NDArray[Any]]
    neighbor_weight: float
    guided: GuidedTopics | None
    described: tuple[Sequence[Mapping[str, Any]], NDArray[np.float32]] | None


def prepare_start(
    corpus: Corpus,
    embeddings: Embeddings,
    labels: Labels | None,
    options: ThetaOptions,
    context: FitContext,
) -> Start:
    """Return the network that starts with the words of clusters or of earlier topics."""
    rows, num_topics = corpus.rows(Split.TRAIN), options.num_topics
    # With a weight of 0 the head is fitted, but the topics do not depend on the labels.
    guiding_labels = labels if options.supervised_weight > 0 else None
    bow = corpus.bow[rows]
    shared = SharedStart(corpus, embeddings, options, context, rows)
    earlier = context.earlier
    guided = None if earlier is not None else shared.guided_topics()
    lexical, projected = shared.lexical()
    smoothing = shared.smoothing(projected)
    space = shared.space(projected, guiding_labels)
    seeds = None if guided is None else guided.seeds
    background = log_word_frequencies(bow)
    if earlier is None:
        described = None if guided is None else guided.described_record()
        clusters = shared.clusters(space, guided, guiding_labels)
        deviations = start_deviations(bow, clusters, seeds, num_topics, background)
    else:
        described = earlier.descriptions
        clusters = earlier.clusters(space, context.seed)
        deviations = earlier.deviations(bow, clusters, background)
    fixed = fixed_arrays(lexical, smoothing)
    state = {
        "encoder.center": space.center,
        "decoder.log_background": background,
        "decoder.deviations": deviations.T,
        **fixed,
    }
    if labels is not None:
        state[WEIGHT] = cluster_label_scores(labels, rows, clusters, num_topics)
        state[BIAS] = np.zeros(len(labels.names), np.float32)
    with seeded(context.seed, "cpu"):
        dropout = options.dropout if guiding_labels is None else options.supervised_dropout
        model = build(state, options, n_train=len(rows), dropout=dropout)
        if seeds is not None:
            model.seed_prior = seed_word_prior(seeds, log_counts(bow), num_topics)
    weight = 0.0 if smoothing is None else smoothing.weight
    features = shared.features(smoothing)
    return Start(model, space, features, fixed, weight, guided, described)


def fixed_arrays(
    lexical: LexicalSpace | None, smoothing: Smoothing | None
) -> dict[str, NDArray[Any]]:
    """Return the arrays that turn documents into inputs, for the state of the model."""
    return {
        **({} if lexical is None else lexical.arrays()),
        **({} if smoothing is None else smoothing.arrays()),
    }


def build(
    state: Mapping[str, NDArray[Any]], options: ThetaOptions, *, n_train: int, dropout: float
) -> VAE:
    """Return the network with the start that `state` has: centre, topics and label weights.

    Parameters
    ----------
    state : mapping of str to array
    options : ThetaOptions
    n_train : int
        Number of training documents, over which the penalty of the deviations is spread.
    dropout : float
    """
    from theta.nn.decoder import MixtureDecoder
    from theta.nn.elbo import VAE, sparse_dirichlet_variance
    from theta.nn.encoder import EmbeddingEncoder
    from theta.nn.guidance import LabelHead
    from theta.nn.inputs import as_tensor

    encoder = EmbeddingEncoder(
        as_tensor(state["encoder.center"]).clone(),
        len(state["lexical.center"]) if "lexical.center" in state else 0,
        options.num_topics,
        options.hidden_dim,
        options.num_layers,
        dropout,
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
