"""The common base of NVDM, GSM, ProdLDA, ETM and CTM.

The models differ in the input of the encoder, the prior and the decoder, which their files define.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import Corpus, Embeddings, ModelInputs, TopicModelOutput
from theta.devices import seeded
from theta.models.requirements import require_data
from theta.models.vae import NetworkModel, TrainedNetwork, VAEOptions, train, training_facts
from theta.options.declare import redeclare
from theta.storage import fingerprint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.models.base import FitContext
    from theta.nn.document_encoder import Activation, DocumentEncoder
    from theta.nn.elbo import VAE


@dataclass(frozen=True)
class NeuralBaselineOptions(VAEOptions):
    """Options of the neural baselines."""

    hidden_dim: int = redeclare(VAEOptions, "hidden_dim", 256)
    kl_warmup: int = redeclare(VAEOptions, "kl_warmup", 0)
    # As in all five papers.
    lr_schedule: str = redeclare(VAEOptions, "lr_schedule", "constant")


@dataclass(frozen=True)
class Sizes:
    """Dimensions of the data that determine a network.

    Attributes
    ----------
    n_words : int
    n_features : int
        Dimension of the document embeddings; 0 for a model that needs none.
    """

    n_words: int
    n_features: int


def document_encoder(
    options: NeuralBaselineOptions,
    activation: Activation,
    *,
    n_words: int,
    n_features: int = 0,
    shares: bool = False,
    normalized_heads: bool = False,
) -> DocumentEncoder:
    """Return the untrained encoder; see `DocumentEncoder`."""
    from theta.nn.document_encoder import DocumentEncoder

    return DocumentEncoder(
        n_words=n_words,
        n_features=n_features,
        num_topics=options.num_topics,
        hidden_dim=options.hidden_dim,
        num_layers=options.num_layers,
        dropout=options.dropout,
        activation=activation,
        shares=shares,
        normalized_heads=normalized_heads,
    )


class NeuralBaseline(NetworkModel, ABC):
    """A neural baseline; subclasses define the network."""

    name: ClassVar[str]
    title: ClassVar[str]
    needs: ClassVar[frozenset[str]] = frozenset()
    Options: ClassVar[type[Any]] = NeuralBaselineOptions

    @abstractmethod
    def build(self, sizes: Sizes, options: Any) -> VAE:
        """Return the untrained network, initialised with torch's generator."""

    def start(self, corpus: Corpus, options: Any, context: FitContext) -> dict[str, NDArray[Any]]:  # noqa: ARG002
        """Return initial weights derived from the data, by name; none by default."""
        return {}

    def word_scores(self, network: VAE) -> NDArray[np.float32] | None:  # noqa: ARG002
        """Return the scores that rank the words of a topic; None for β."""
        return None

    def fit(
        self, corpus: Corpus, embeddings: Embeddings | None, options: Any, context: FitContext
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents."""
        from theta.nn.infer import (
            load_state_arrays,
            log_topics,
            posterior_topics,
            state_arrays,
        )
        from theta.nn.streamed import gather_inputs

        features, provenance = None, [corpus.fingerprint]
        if "embeddings" in self.needs:
            embeddings = require_data(embeddings, self.name, "document embeddings")
            features = embeddings.documents
            provenance.append(embeddings.fingerprint)
        start = self.start(corpus, options, context)
        sizes = Sizes(corpus.n_words, 0 if features is None else features.shape[1])
        with seeded(context.seed, "cpu"):
            network = self.build(sizes, options)
        load_state_arrays(network, {**state_arrays(network), **start})
        network = network.to(context.device)
        inputs = gather_inputs(
            corpus.bow, features, device=context.device, max_bytes=context.max_bytes
        )
        fitted = train(network, inputs, corpus, options, context, fingerprint(*provenance))
        return TopicModelOutput(
            doc_topic=posterior_topics(network, inputs),
            topic_word=np.exp(log_topics(network)),
            word_scores=self.word_scores(network),
            history=fitted.history,
            state=state_arrays(network),
            facts=training_facts(fitted, context),
        )

    def trained(
        self,
        state: Mapping[str, NDArray[Any]],
        options: Any,
        inputs: ModelInputs,
        device: str,
    ) -> TrainedNetwork:
        """Return the network with its weights, and what it reads of documents."""
        features = None
        if "embeddings" in self.needs:
            features = require_data(inputs.embeddings, self.name, "document embeddings")
        sizes = Sizes(inputs.bow.shape[1], 0 if features is None else features.shape[1])
        return TrainedNetwork.of(
            lambda: self.build(sizes, options), state, inputs.bow, features, device=device
        )
