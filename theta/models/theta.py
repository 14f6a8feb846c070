"""THETA: a variational autoencoder with document embeddings as input and words as output.

The encoder maps the embedding of a document and a projection of its counts to a posterior over
topic proportions; the decoder mixes topics, which are deviations from the word frequencies of the
corpus. Topics are initialised with the words of clusters (`warm_start`); in training a document
reconstructs the words of its neighbours as well as its own; top words are ranked by relevance and
co-occurrence (`topic_words`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Embeddings, ModelInputs, Split, TopicModelOutput
from theta.models.base import FitContext
from theta.models.described_topics import DescriptionFit, without_descriptions
from theta.models.document_space import LexicalSpace
from theta.models.requirements import require_data
from theta.models.seed_words import seed_ranks
from theta.models.smoothing import Smoothing
from theta.models.theta_options import ThetaOptions
from theta.models.theta_start import build, fixed_arrays, prepare_start
from theta.models.topic_words import log_count, log_counts
from theta.models.unused_topics import restart_epoch, restart_unused
from theta.models.vae import NetworkModel, TrainedNetwork, train, training_facts
from theta.models.warm_start import mean_embeddings
from theta.models.word_ranking import rank_topics
from theta.storage import fingerprint


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
        start = prepare_start(corpus, embeddings, labels, options, context)
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

        due = restart_epoch(options.epochs, math.ceil(len(rows) / options.batch_size))

        def adjust(epoch: int) -> None:
            if epoch == due and context.earlier is None:
                n_kept = 0 if guided is None else len(guided.names)
                restart_unused(model, inputs, start.space, corpus.bow, n_kept, context.seed)

        fitted = train(
            model, inputs, corpus, options, context, provenance, start.space.neighbors, adjust
        )

        doc_topic = posterior_topics(model, inputs)
        log_topic_word = log_topics(model)
        seed_words = () if seeds is None else seeds.words
        word_scores = rank_topics(
            log_topic_word,
            corpus,
            embeddings.words,
            options,
            doc_topic[rows],
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
        fixed, own = fixed_arrays(lexical, smoothing), without_descriptions(state)
        return TrainedNetwork.of(
            lambda: build(state, options, n_train=1, dropout=0.0),
            {name: array for name, array in own.items() if name not in fixed},
            inputs.bow,
            features if smoothing is None else smoothing.apply(features, device),
            None if lexical is None else lexical.project(log_counts(inputs.bow)),
            device=device,
        )
