"""FASTopic (Wu et al. 2024, https://arxiv.org/abs/2405.17978): topics by optimal transport."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Embeddings, ModelInputs, Split, TopicModelOutput
from theta.devices import seeded
from theta.errors import Interrupted
from theta.models.base import FitContext
from theta.models.baseline_options import TopicCount
from theta.models.clusters import squared_distances
from theta.models.requirements import require_data
from theta.models.vae import VAEOptions
from theta.options.declare import option, redeclare

_BATCH = 10_000
"""Documents per transport plan; smaller corpora have one plan, as in the paper."""

_SMALL = 100_000
"""Size of the cost matrix (20 topics × 5,000 words) up to which one thread is used.

Transport takes hundreds of small steps with a thread barrier after each. On two busy cores a plan
of 10,000, 40,000, 100,000 and 1,000,000 costs took one thread 7, 9, 31 and 418 ms (median), two
threads 1,175, 739, 489 and 1,154 ms. On an idle machine a second thread would at best halve the
first numbers.
"""


@dataclass(frozen=True)
class FastopicOptions(TopicCount):
    """Options of FASTopic."""

    epochs: int = redeclare(VAEOptions, "epochs", 200)
    learning_rate: float = redeclare(VAEOptions, "learning_rate", 0.002)
    doc_topic_alpha: float = option(
        3.0,
        "Sharpness of the plan from documents to topics: larger gives fewer topics per document.",
        valid=(1e-3, None),
        usual=(0.5, 20),
    )
    topic_word_alpha: float = option(
        2.0,
        "Sharpness of the plan from topics to words: larger gives fewer words per topic.",
        valid=(1e-3, None),
        usual=(0.5, 20),
    )
    theta_temp: float = option(
        1.0,
        "Temperature of the topic shares: smaller values give fewer topics per document.",
        valid=(1e-3, None),
        usual=(0.1, 10),
    )


class Fastopic:
    """Topic and word embeddings are learned by transport; document embeddings are fixed.

    θ_k is exp(−‖e − t_k‖² / τ), divided by its sum over the training documents and normalised
    (equation 11), for training and new documents. The authors' package loads an embedding model
    from the network and depends on torchvision; this is its method on the prepared embeddings.
    """

    name: ClassVar[str] = "fastopic"
    title: ClassVar[str] = "FASTopic"
    needs: ClassVar[frozenset[str]] = frozenset({"embeddings"})
    Options: ClassVar[type[FastopicOptions]] = FastopicOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,
        options: FastopicOptions,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents."""
        from theta.nn.inputs import as_tensor
        from theta.nn.streamed import gather_inputs
        from theta.nn.threads import at_most_threads
        from theta.nn.transport import TransportTopics, fit_transport

        embeddings = require_data(embeddings, self.name, "document embeddings")
        rows = corpus.rows(Split.TRAIN)
        with seeded(context.seed, "cpu"):
            network = TransportTopics(
                options.num_topics,
                corpus.n_words,
                embeddings.dim,
                doc_topic_alpha=options.doc_topic_alpha,
                topic_word_alpha=options.topic_word_alpha,
            )
        network = network.to(context.device)

        def after_epoch(epoch: int) -> None:
            if context.interrupted():
                raise Interrupted(f"stopped after epoch {epoch}")

        inputs = gather_inputs(
            corpus.bow, embeddings.documents, device=context.device, max_bytes=context.max_bytes
        )
        with at_most_threads(_max_threads(corpus, options.num_topics)):
            history = fit_transport(
                network,
                inputs,
                as_tensor(rows).to(context.device),
                epochs=options.epochs,
                learning_rate=options.learning_rate,
                batch_size=_BATCH,
                seed=context.seed,
                after_epoch=after_epoch,
                progress=context.progress,
            )
            topic_word = network.topic_word().cpu().numpy()
        topics = network.topic_embeddings.detach().cpu().numpy().copy()
        logits = _negative_distances(embeddings.documents[rows], topics, options.theta_temp)
        state = {"topics": topics, "log_mass": np.logaddexp.reduce(logits, axis=0)}
        return TopicModelOutput(
            doc_topic=self.infer(state, options, ModelInputs(corpus.bow, embeddings.documents)),
            topic_word=topic_word,
            topic_embeddings=topics,
            history=history,
            state=state,
            facts={"device": context.device, "epochs_run": len(history)},
        )

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: FastopicOptions,
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (K distances per document: numpy is fast enough)
    ) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others."""
        from scipy.special import softmax

        vectors = require_data(inputs.embeddings, self.name, "document embeddings")
        logits = (
            _negative_distances(vectors, state["topics"], options.theta_temp) - state["log_mass"]
        )
        doc_topic: NDArray[np.float32] = softmax(logits, axis=1).astype(np.float32)
        return doc_topic


def _max_threads(corpus: Corpus, num_topics: int) -> int:
    """Return the maximum number of threads that speed up the training."""
    largest = num_topics * max(corpus.n_words, min(len(corpus.rows(Split.TRAIN)), _BATCH))
    return 1 if largest <= _SMALL else sys.maxsize


def _negative_distances(
    embeddings: NDArray[np.floating[Any]], topics: NDArray[np.floating[Any]], temperature: float
) -> NDArray[np.float64]:
    """Return −‖e_d − t_k‖² / τ: (n_docs, num_topics)."""
    return -squared_distances(embeddings, topics) / temperature
