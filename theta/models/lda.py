"""Latent Dirichlet allocation (Blei, Ng & Jordan 2003), by variational Bayes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import ModelInputs, Split, TopicModelOutput
from theta.models.baseline_options import Iterations, TopicCount
from theta.models.dirichlet_inference import infer_doc_topic
from theta.models.requirements import calling
from theta.options.declare import option

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus, Embeddings
    from theta.models.base import FitContext

_ROUGH_STARTS = 3
_ROUGH_PASSES = 10


@dataclass(frozen=True)
class LdaOptions(Iterations, TopicCount):
    """What a person can choose of LDA."""

    alpha: float | str = option(
        "auto",
        "Dirichlet prior of a document's topics: small values give few topics per document; auto "
        "is one over the number of topics.",
        valid=(1e-6, 1.0),
        usual=(0.001, 1.0),
        choices=("auto",),
    )


class Lda:
    """Words of a document are drawn from its topics, topics and documents from Dirichlet priors.

    Fitted by scikit-learn's batch variational Bayes; documents are inferred here, from the saved
    exp(E[log β]) and α alone, which gives scikit-learn's own numbers.
    """

    name: ClassVar[str] = "lda"
    title: ClassVar[str] = "LDA"
    needs: ClassVar[frozenset[str]] = frozenset()
    Options: ClassVar[type[LdaOptions]] = LdaOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,  # noqa: ARG002  (LDA reads counts alone)
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
        with calling("scikit-learn"):
            estimator.fit(corpus.bow[corpus.rows(Split.TRAIN)])
        state = {
            "word_weights": estimator.exp_dirichlet_component_.astype(np.float32),
            "prior": np.full(options.num_topics, alpha),
        }
        facts = {"iterations": int(estimator.n_iter_)}
        validation = corpus.bow[corpus.rows(Split.VALIDATION)]
        if validation.nnz:
            # The bound holds the topics' own divergence from their prior too, which is the same for
            # any documents; per document it ranks the seeds of one corpus.
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
        options: LdaOptions,  # noqa: ARG002  (all is in the state)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others."""
        return infer_doc_topic(inputs.bow, state["word_weights"], state["prior"])


def rough_topics(bow: csr_array, num_topics: int, seed: int) -> NDArray[np.float64]:
    """Return β of a short LDA, for models that need a start: (num_topics, n_words), positive.

    Of three random starts the one of least perplexity is taken.

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
            max_iter=_ROUGH_PASSES,
            random_state=np.random.RandomState([seed, start]),
        ).fit(bow)
        for start in range(_ROUGH_STARTS)
    ]
    weights = min(starts, key=lambda fitted: fitted.bound_).components_
    topics: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return topics
