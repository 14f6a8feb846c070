"""THETA: a variational autoencoder with document embeddings as input and words as output.

The encoder maps the embedding of a document and a projection of its counts to a posterior over
topic proportions; the decoder mixes topics, which are deviations from the word frequencies of the
corpus. Topics are initialised with the words of clusters (`warm_start`); in training a document
reconstructs the words of its neighbours as well as its own; top words are ranked by relevance and
co-occurrence (`topic_words`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from theta.contracts import Split, TopicModelOutput
from theta.models.described_topics import DescriptionFit, without_descriptions
from theta.models.document_space import LexicalSpace
from theta.models.label_head import BIAS, WEIGHT, cluster_label_scores
from theta.models.requirements import require_data
from theta.models.seed_words import seed_ranks, seed_word_prior
from theta.models.shared_start import SharedStart
from theta.models.smoothing import Smoothing
from theta.models.theta_options import ThetaOptions
from theta.models.topic_words import (
    log_count,
    log_counts,
    log_word_frequencies,
)
from theta.models.vae import NetworkModel, TrainedNetwork, train, training_facts
from theta.models.warm_start import mean_embeddings, start_deviations
from theta.models.word_ranking import rank_topics
from theta.storage import fingerprint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.contracts import Corpus, Embeddings, Labels, ModelInputs
    from theta.models.base import FitContext
    from theta.models.guided_topics import GuidedTopics
    from theta.models.warm_start import StartSpace
    from theta.nn.elbo import VAE


class Theta(NetworkModel):
    """The model of `ThetaOptions`."""

    name: ClassVar[str] = "theta"
    title: ClassVar[str] = "THETA"
    needs: ClassVar[frozenset[str]] = frozenset({"embeddings"})
    Options: ClassVar[type[Any]] = ThetaOptions
    continues_topics: ClassVar[bool] = True

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,
        options: ThetaOptions,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents."""
        from theta.nn.infer import log_topics, posterior_topics, state_arrays
        from theta.nn.streamed import gather_inputs

        embeddings = require_data(embeddings, self.name, "document embeddings")
        rows = corpus.rows(Split.TRAIN)
        labels = corpus.labels if context.supervised else None
        start = _start(corpus, embeddings, labels, options, context)
        guided, model = start.guided, start.model.to(context.device)
        seeds = None if guided is None else guided.seeds
        inputs = gather_inputs(
            corpus.bow,
            start.features,
            None if labels is None else labels.codes,
            start.space.lexical,
            device=context.device,
            max_bytes=context.max_bytes,
            count_transform=log_count,
        )
        provenance = fingerprint(
            corpus.fingerprint,
            embeddings.fingerprint,
            None if guided is None else guided.definition,
            labels is not None,
            None if context.earlier is None else context.earlier.fingerprint,
        )
        fitted = train(model, inputs, corpus, options, context, provenance, start.space.neighbors)

        doc_topic = posterior_topics(model, inputs)
        log_topic_word = log_topics(model)
        seed_words = () if seeds is None else seeds.words
        word_scores = rank_topics(
            log_topic_word,
            corpus,
            embeddings.words,
            options,
            doc_topic[rows].mean(axis=0),
            seed_words,
        )
        facts = {
            "validation_elbo": None,
            "neighbor_weight": start.neighbor_weight,
            **training_facts(fitted, context),
        }
        if labels is not None:
            facts["labels"] = list(labels.names)
        if seeds is not None:
            facts["seed_words"] = seed_ranks(seeds, word_scores, corpus.vocabulary)
        center, state = start.space.center, {**state_arrays(model), **start.fixed}
        if context.earlier is not None:
            facts |= context.earlier.facts()
        if start.described is not None:
            facts["described_topics"], vectors = start.described
            numbers = np.array(facts.get("trained_numbers", range(options.num_topics)))
            main_topics = numbers[doc_topic.argmax(axis=1)]
            fit = (vectors, center, corpus, embeddings.documents, main_topics, context.seed)
            state |= DescriptionFit.of(*fit).arrays()
        return TopicModelOutput(
            doc_topic=doc_topic,
            topic_word=np.exp(log_topic_word),
            word_scores=word_scores,
            topic_embeddings=mean_embeddings(doc_topic, embeddings.documents, rows, center),
            history=fitted.history,
            state=state,
            facts=facts,
        )

    def rank_words(
        self,
        topic_word: NDArray[np.float32],
        corpus: Corpus,
        embeddings: Embeddings | None,
        options: ThetaOptions,
    ) -> NDArray[np.float32]:
        """Return the scores that rank the words of topics: (num_topics, n_words)."""
        vectors = None if embeddings is None else embeddings.words
        return rank_topics(np.log(topic_word), corpus, vectors, options)

    def idle_options(self, options: ThetaOptions, mode: str) -> Mapping[str, str]:
        """Return the options that have no effect in a mode, each with the reason."""
        if mode != "supervised":
            reason = f"has no effect in --mode {mode}"
            return {"supervised_weight": reason, "supervised_dropout": reason}
        if options.supervised_weight == 0:
            # The topics do not depend on the labels, so --dropout applies as in the other modes.
            return {"supervised_dropout": "has no effect if --supervised_weight is 0"}
        return {"dropout": "has no effect in --mode supervised: --supervised_dropout replaces it"}

    def trained(
        self,
        state: Mapping[str, NDArray[Any]],
        options: ThetaOptions,
        inputs: ModelInputs,
        device: str,
    ) -> TrainedNetwork:
        """Return the network with its weights, and what it reads of documents."""
        features = require_data(inputs.embeddings, self.name, "document embeddings")
        lexical, smoothing = LexicalSpace.from_arrays(state), Smoothing.from_arrays(state)
        fixed, own = _fixed_arrays(lexical, smoothing), without_descriptions(state)
        return TrainedNetwork.of(
            lambda: _build(state, options, n_train=1, dropout=0.0),
            {name: array for name, array in own.items() if name not in fixed},
            inputs.bow,
            features if smoothing is None else smoothing.apply(features, device),
            None if lexical is None else lexical.project(log_counts(inputs.bow)),
            device=device,
        )


class _Start(NamedTuple):
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


def _start(
    corpus: Corpus,
    embeddings: Embeddings,
    labels: Labels | None,
    options: ThetaOptions,
    context: FitContext,
) -> _Start:
    """Return the network that starts with the words of clusters or of earlier topics."""
    from theta.nn.random import seeded

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
    fixed = _fixed_arrays(lexical, smoothing)
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
        model = _build(state, options, n_train=len(rows), dropout=dropout)
        if seeds is not None:
            model.seed_prior = seed_word_prior(seeds, log_counts(bow), num_topics)
    weight = 0.0 if smoothing is None else smoothing.weight
    features = shared.features(smoothing)
    return _Start(model, space, features, fixed, weight, guided, described)


def _fixed_arrays(
    lexical: LexicalSpace | None, smoothing: Smoothing | None
) -> dict[str, NDArray[Any]]:
    return {
        **({} if lexical is None else lexical.arrays()),
        **({} if smoothing is None else smoothing.arrays()),
    }


def _build(
    state: Mapping[str, NDArray[Any]], options: ThetaOptions, *, n_train: int, dropout: float
) -> VAE:
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
