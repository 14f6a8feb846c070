"""STM, the structural topic model: what documents are about depends on who wrote them, and when.

Roberts, Stewart & Airoldi (2016), https://doi.org/10.1080/01621459.2016.1141684, with prevalence
covariates; the estimation of the R package stm by the same authors.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import ModelInputs, ModelTable, Split, TopicModelOutput
from theta.errors import Interrupted, InvalidOption
from theta.models.baseline_options import Iterations, TopicCount
from theta.models.covariates import DESIGN, Design
from theta.models.effects import effects_table
from theta.models.lda import rough_topics
from theta.models.logistic_normal import (
    blocks,
    expectation,
    posterior_covariance,
    posterior_mode,
    shares,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus, Embeddings
    from theta.models.base import FitContext

logger = logging.getLogger(__name__)

_TOLERANCE = 1e-5
"""Relative change of the bound at which the fit has converged, as in the R package."""

_WORD_PRIOR = 0.01
"""Added to each expected count, so that no word is impossible in a topic."""

_RIDGE = 1.0
"""Penalty on the coefficients, worth one document: holds those of rare levels."""

_WORDS_TOLD = 10

_DRAWS = 50
"""Of the documents' posterior, for the standard errors."""


@dataclass(frozen=True)
class StmOptions(Iterations, TopicCount):
    """What a person can choose of STM."""


@dataclass(frozen=True)
class _Prior:
    """η_d ~ N(x_d Γ, Σ) and β."""

    coefficients: NDArray[np.float64]
    precision: NDArray[np.float64]
    by_word: NDArray[np.float64]


class Stm:
    """Topic shares are logistic-normal around a regression on the documents' covariates.

    Semi-collapsed variational EM from the topics of a short LDA. The effects of the covariates on
    topic shares are regressions on draws from the documents' posteriors, so that their standard
    errors hold the uncertainty of the shares too (the method of composition).
    """

    name: ClassVar[str] = "stm"
    title: ClassVar[str] = "STM"
    needs: ClassVar[frozenset[str]] = frozenset({"covariates"})
    Options: ClassVar[type[StmOptions]] = StmOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,  # noqa: ARG002  (STM reads counts and covariates)
        options: StmOptions,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents.

        Raises
        ------
        InvalidOption
            If there are no covariates, or numbers are missing in one.
        """
        if not corpus.covariates:
            raise InvalidOption("the model stm needs covariates: columns whose name begins cov_")
        rows = corpus.rows(Split.TRAIN)
        bow = corpus.bow[rows]
        covariates = {name: values[rows] for name, values in corpus.covariates.items()}
        design = Design.fit(covariates)
        x = design.matrix(covariates, len(rows))
        prior, history = _estimate(bow, x, options, context)
        state = {
            "topic_word": np.ascontiguousarray(prior.by_word.T),
            "coefficients": prior.coefficients,
            "precision": prior.precision,
            DESIGN: design.to_array(),
        }
        inputs = ModelInputs(corpus.bow, covariates=corpus.covariates)
        return TopicModelOutput(
            doc_topic=self.infer(state, options, inputs),
            topic_word=prior.by_word.T.astype(np.float32),
            history=history,
            state=state,
            facts={
                "iterations": len(history),
                "converged": len(history) < options.max_iter,
                "covariate_effects": covariate_effects(bow, x, design, prior, context.seed),
            },
        )

    def check_corpus(self, corpus: Corpus, options: StmOptions) -> None:  # noqa: ARG002
        """Refuse covariates that lack a number in a document, trained on or held out.

        Held-out documents of a level that none is trained on are told: they count as average.
        """
        rows = corpus.rows(Split.TRAIN)
        design = Design.fit({name: values[rows] for name, values in corpus.covariates.items()})
        design.matrix(corpus.covariates, corpus.n_docs)
        for name, unknown in design.unknown_levels(corpus.covariates).items():
            if unknown.any():
                logger.warning(
                    "%s held-out documents have a %s that no training document has: they are "
                    "taken as the average training document in it",
                    f"{int(unknown.sum()):,}",
                    name,
                )

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: StmOptions,  # noqa: ARG002  (all is in the state)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others.

        Raises
        ------
        InvalidOption
            If the documents come without the covariates.
        """
        x = Design.from_array(state[DESIGN]).matrix(inputs.covariates, inputs.bow.shape[0])
        mean = np.einsum("dp,pk->dk", x, state["coefficients"])
        by_word = np.ascontiguousarray(state["topic_word"].T)
        mode = posterior_mode(inputs.bow, by_word, mean, state["precision"], mean)
        return shares(mode).astype(np.float32)

    def tables(self, output: TopicModelOutput, vocabulary: Sequence[str]) -> list[ModelTable]:
        """Return the effects of the covariates on the shares of topics."""
        words = [[vocabulary[v] for v in top] for top in output.top_words(_WORDS_TOLD)]
        return [effects_table(output.facts["covariate_effects"], words)]


def _estimate(
    bow: csr_array, x: NDArray[np.float64], options: StmOptions, context: FitContext
) -> tuple[_Prior, list[dict[str, Any]]]:
    from tqdm import tqdm

    num_topics = options.num_topics
    prior = _Prior(
        coefficients=np.zeros((x.shape[1], num_topics - 1)),
        precision=np.eye(num_topics - 1) / 20,  # the R package's wide start
        by_word=np.ascontiguousarray(rough_topics(bow, num_topics, context.seed).T),
    )
    mode = np.zeros((len(x), num_topics - 1))
    history: list[dict[str, Any]] = []
    hidden = None if context.progress else True
    for number in tqdm(range(1, options.max_iter + 1), desc="STM", disable=hidden):
        mean = x @ prior.coefficients
        mode = posterior_mode(bow, prior.by_word, mean, prior.precision, mode)
        found = expectation(bow, prior.by_word, mean, prior.precision, mode)
        history.append({"iteration": number, "bound": found.bound})
        penalty = np.diag([0.0] + [_RIDGE] * (x.shape[1] - 1))
        coefficients = np.linalg.solve(x.T @ x + penalty, x.T @ mode)
        away = mode - x @ coefficients
        by_word = found.word_counts + _WORD_PRIOR
        prior = _Prior(
            coefficients,
            np.linalg.inv((found.covariance + away.T @ away) / len(x)),
            by_word / by_word.sum(axis=0),
        )
        if context.interrupted():
            raise Interrupted(f"stopped after iteration {number}")
        if number > 1 and _has_settled(history):
            break
    return prior, history


def _has_settled(history: list[dict[str, Any]]) -> bool:
    before, now = history[-2]["bound"], history[-1]["bound"]
    return bool(abs((now - before) / before) < _TOLERANCE)


def covariate_effects(
    bow: csr_array, x: NDArray[np.float64], design: Design, prior: _Prior, seed: int
) -> list[dict[str, Any]]:
    """Return how the share of each topic changes with each covariate, with standard errors.

    For each of 50 draws of η from the documents' posteriors the shares are regressed on the
    covariates by least squares. The effect is the mean over draws; its variance is the mean of the
    regressions' own plus the variance between draws (Treier & Jackman 2008; estimateEffect of the R
    package stm).

    Returns
    -------
    list of dict
        ``topic``, ``covariate``, ``level`` and ``reference`` (None for a number), ``effect`` (on
        the share: against the reference level, or per unit of a number), ``standard_error``.
    """
    rng = np.random.default_rng(seed)
    n_docs, n_columns = x.shape
    mean = x @ prior.coefficients
    mode = posterior_mode(bow, prior.by_word, mean, prior.precision, mean)
    num_topics = prior.by_word.shape[1]
    products, squares = np.zeros((_DRAWS, n_columns, num_topics)), np.zeros((_DRAWS, num_topics))
    for part in blocks(bow, num_topics):
        nu, _, _ = posterior_covariance(bow[part], prior.by_word, mode[part], prior.precision)
        root = np.linalg.cholesky(nu)
        for draw in range(_DRAWS):
            noise = rng.standard_normal(mode[part].shape)
            theta = shares(mode[part] + np.einsum("dij,dj->di", root, noise))
            products[draw] += x[part].T @ theta
            squares[draw] += (theta**2).sum(axis=0)
    inverse = np.linalg.pinv(x.T @ x)
    coefficients = inverse @ products
    # Σ (θ − xc)² = Σ θ² − c · xᵀθ at the least squares solution.
    residual = squares - (coefficients * products).sum(axis=1)
    within = residual / max(n_docs - n_columns, 1)
    variance = np.diag(inverse)[:, None] * within.mean(axis=0) + coefficients.var(axis=0, ddof=1)
    effect, error = coefficients.mean(axis=0), np.sqrt(variance)
    return [
        {
            "topic": topic,
            "covariate": column.covariate,
            "level": column.level,
            "reference": column.reference,
            "effect": float(effect[place, topic] / column.scale),
            "standard_error": float(error[place, topic] / column.scale),
        }
        for topic in range(num_topics)
        for place, column in enumerate(design.columns, start=1)
    ]
