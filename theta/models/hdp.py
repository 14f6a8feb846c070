"""Hierarchical Dirichlet process (Teh, Jordan, Beal & Blei 2006): LDA without a given K.

https://doi.org/10.1198/016214506000000302
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Embeddings, ModelInputs, Split, TopicModelOutput
from theta.models.base import FitContext
from theta.models.baseline_options import Iterations
from theta.models.dirichlet_inference import infer_doc_topic, infer_gamma
from theta.models.posterior import DirichletPosterior
from theta.models.requirements import library_errors, require_library
from theta.options.declare import option, redeclare

logger = logging.getLogger(__name__)

_FIRST_TOPICS = 50
"""Initial number of topics. From the default of two the sampler does not escape in hundreds of
passes: 75 % of the words of 20 Newsgroups stay in two topics."""

_WORD_PRIOR = 0.1
"""η. With 0.01 every third document of 20 Newsgroups gets its own topic."""

_CONCENTRATION = 1.0
"""γ, the concentration of topics in the corpus."""

_PASSES_AT_A_TIME = 10


@dataclass(frozen=True)
class HdpOptions(Iterations):
    """Options of HDP."""

    num_topics: ClassVar[None] = None
    """Inferred by the model."""

    max_topics: int = option(
        150, "Maximum number of topics to keep, largest first.", valid=(2, None), usual=(20, 500)
    )
    alpha: float = option(
        1.0,
        "Concentration of a document's topics: larger values give more topics per document.",
        valid=(1e-6, None),
        usual=(0.01, 10),
    )
    max_iter: int = redeclare(Iterations, "max_iter", 300)


class Hdp:
    """Infers the number of topics; tomotopy's collapsed Gibbs sampler on one thread."""

    name: ClassVar[str] = "hdp"
    title: ClassVar[str] = "HDP"
    libraries: ClassVar[Mapping[str, str]] = {"tomotopy": "hdp"}
    needs: ClassVar[frozenset[str]] = frozenset()
    Options: ClassVar[type[HdpOptions]] = HdpOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,  # noqa: ARG002  (HDP reads words only)
        options: HdpOptions,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents."""
        model = self._sample(corpus, options, context)
        sizes = np.asarray(model.get_count_by_topics(), dtype=np.int64)
        live = [k for k in range(model.k) if model.is_live_topic(k)]
        topics = sorted(live, key=lambda k: -sizes[k])
        kept = topics[: options.max_topics]
        topic_word = _full_rows(model, kept, corpus.n_words)
        share = sizes[kept] / sizes[kept].sum()
        # The prior of a document is α times the weights of the topics in the corpus (equation 12).
        state = {"topic_word": topic_word, "prior": options.alpha * share}
        return TopicModelOutput(
            doc_topic=self.infer(state, options, ModelInputs(corpus.bow)),
            topic_word=topic_word,
            state=state,
            facts={
                "topics_found": len(topics),
                "topics_left_out": len(topics) - len(kept),
                "tokens_of_topics_left_out": int(sizes[topics].sum() - sizes[kept].sum()),
                "log_likelihood_per_word": float(model.ll_per_word),
            },
        )

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: HdpOptions,  # noqa: ARG002  (the state is sufficient)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others."""
        return infer_doc_topic(inputs.bow, state["topic_word"], state["prior"])

    def posterior(
        self,
        state: Mapping[str, NDArray[Any]],
        options: HdpOptions,  # noqa: ARG002  (the state is sufficient)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> DirichletPosterior:
        """Return the variational posterior of θ of documents."""
        return DirichletPosterior(infer_gamma(inputs.bow, state["topic_word"], state["prior"]))

    def _sample(self, corpus: Corpus, options: HdpOptions, context: FitContext) -> Any:
        from tqdm import tqdm

        model = require_library("tomotopy", self.libraries["tomotopy"]).HDPModel(
            initial_k=min(_FIRST_TOPICS, options.max_topics),
            alpha=options.alpha,
            gamma=_CONCENTRATION,
            eta=_WORD_PRIOR,
            seed=context.seed,
        )
        model.optim_interval = 0  # otherwise α would be resampled
        starts, ids = corpus.tokens.starts, corpus.tokens.ids
        for row in corpus.rows(Split.TRAIN):
            if starts[row] < starts[row + 1]:
                model.add_doc([str(word) for word in ids[starts[row] : starts[row + 1]]])
        hidden = None if context.progress else True
        with tqdm(total=options.max_iter, desc="HDP", unit="pass", disable=hidden) as bar:
            for done in range(0, options.max_iter, _PASSES_AT_A_TIME):
                passes = min(_PASSES_AT_A_TIME, options.max_iter - done)
                # With several threads the sampling order would vary.
                with library_errors("tomotopy"):
                    model.train(passes, workers=1)
                bar.update(passes)
        return model


def _full_rows(model: Any, topics: list[int], n_words: int) -> NDArray[np.float32]:
    """Return β over the vocabulary; words outside the training documents get the prior share."""
    words = np.array([int(word) for word in model.used_vocabs])
    rows = np.empty((len(topics), n_words))
    for row, topic in zip(rows, topics, strict=True):
        shares = np.asarray(model.get_topic_word_dist(topic), dtype=np.float64)
        row[:] = _WORD_PRIOR / (_WORD_PRIOR * len(words))
        row[words] = shares
    return (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)
