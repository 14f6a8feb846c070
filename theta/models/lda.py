"""Latent Dirichlet allocation (Blei, Ng & Jordan 2003), by variational Bayes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import ModelInputs, Split, TopicModelOutput
from theta.models.baseline_options import Iterations, TopicCount
from theta.models.dirichlet_inference import infer_doc_topic, infer_gamma
from theta.models.posterior import DirichletPosterior
from theta.models.requirements import library_errors
from theta.options.declare import option

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus, Embeddings
    from theta.models.base import FitContext

_INITIAL_RUNS = 3
_INITIAL_PASSES = 10


@dataclass(frozen=True)
class LdaOptions(Iterations, TopicCount):
    """Options of LDA."""

    alpha: float | str = option(
        "auto",
        "Dirichlet prior of the topics of a document: small values give few topics per document; "
        "auto is 1 / num_topics.",
        valid=(1e-6, 1.0),
        usual=(0.001, 1.0),
        choices=("auto",),
    )


class Lda:
    """Latent Dirichlet allocation by scikit-learn's batch variational Bayes.

    Documents are inferred from the saved exp(E[log β]) and α, with the same result as scikit-learn.
    """

    name: ClassVar[str] = "lda"
    title: ClassVar[str] = "LDA"
    needs: ClassVar[frozenset[str]] = frozenset()
    Options: ClassVar[type[LdaOptions]] = LdaOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,  # noqa: ARG002  (LDA reads counts only)
        options: LdaOptions,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents."""
        from sklearn.decomposition import LatentDirichletAllocation

        alpha = 1 / options.num_topics if options.alpha == "auto" else float(options.alpha)
        estimator = LatentDirichletAllocation(
            n_components=options.num_topics,
            doc_topic_prior=alpha,
            learning_method="batch",
            max_iter=options.max_iter,
            random_state=context.seed,
        )
        with library_errors("scikit-learn"):
            estimator.fit(corpus.bow[corpus.rows(Split.TRAIN)])
        state = {
            "word_weights": estimator.exp_dirichlet_component_.astype(np.float32),
            "prior": np.full(options.num_topics, alpha),
        }
        facts = {"iterations": int(estimator.n_iter_)}
        validation = corpus.bow[corpus.rows(Split.VALIDATION)]
        if validation.nnz:
            # The bound includes the KL divergence of the topics, the same for any documents; per
            # document it ranks the seeds of one corpus.
            facts["validation_elbo"] = float(estimator.score(validation)) / validation.shape[0]
        components = estimator.components_
        return TopicModelOutput(
            doc_topic=self.infer(state, options, ModelInputs(corpus.bow)),
            topic_word=(components / components.sum(axis=1, keepdims=True)).astype(np.float32),
            state=state,
            facts=facts,
        )

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: LdaOptions,  # noqa: ARG002  (the state is sufficient)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others."""
        return infer_doc_topic(inputs.bow, state["word_weights"], state["prior"])

    def posterior(
        self,
        state: Mapping[str, NDArray[Any]],
        options: LdaOptions,  # noqa: ARG002  (the state is sufficient)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> DirichletPosterior:
        """Return the variational posterior of θ of documents."""
        return DirichletPosterior(infer_gamma(inputs.bow, state["word_weights"], state["prior"]))


def initial_topics(bow: csr_array, num_topics: int, seed: int) -> NDArray[np.float64]:
    """Return β of a short LDA, to initialise other models: (num_topics, n_words), positive.

    The best of three random starts by perplexity.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    num_topics, seed : int
    """
    from sklearn.decomposition import LatentDirichletAllocation

    starts = [
        LatentDirichletAllocation(
            num_topics,
            learning_method="batch",
            max_iter=_INITIAL_PASSES,
            random_state=np.random.RandomState([seed, start]),
        ).fit(bow)
        for start in range(_INITIAL_RUNS)
    ]
    weights = min(starts, key=lambda fitted: fitted.bound_).components_
    topics: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return topics
