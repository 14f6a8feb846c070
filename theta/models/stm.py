"""STM, the structural topic model: topic prevalence depends on document covariates.

Roberts, Stewart & Airoldi (2016), https://doi.org/10.1080/01621459.2016.1141684, with prevalence
covariates, estimated as in the authors' R package stm.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import ModelInputs, ModelTable, Split, TopicModelOutput
from theta.effects.covariate_values import is_numeric, read_numbers, refuse_missing
from theta.effects.covariates import DESIGN, CovariateRules, Design
from theta.errors import Interrupted, InvalidOption, MissingFile
from theta.models.baseline_options import Iterations, TopicCount
from theta.models.lda import initial_topics
from theta.models.logistic_normal import expectation, posterior_mode, shares
from theta.models.stm_posterior import CoefficientError, Prior, StmPosterior, shares_from_words
from theta.options.declare import option

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus, Embeddings
    from theta.models.base import FitContext

logger = logging.getLogger(__name__)

_TOLERANCE = 1e-5
"""Relative change of the bound at which the fit has converged, as in the R package."""

_WORD_PRIOR = 0.01
"""Added to each expected count, so that no word has probability 0."""

_RIDGE = 1.0
"""Ridge penalty on the coefficients, equivalent to one document; regularises rare levels."""

_WORDS_SHOWN = 10

_DRAWS = 50
"""Draws from the posterior, for the standard errors of the effects."""


@dataclass(frozen=True)
class StmOptions(Iterations, TopicCount):
    """Options of STM."""

    missing_covariates: str = option(
        "error",
        "Documents with a missing number in a numeric covariate: raise an error, or exclude them "
        "from training and effects (their topics are then inferred at the mean of the covariate).",
        choices=("error", "exclude"),
    )
    min_level_count: int = option(
        5,
        "Levels of a covariate with fewer training documents are pooled into one.",
        valid=(1, None),
        usual=(1, 100),
    )

    @property
    def rules(self) -> CovariateRules:
        """Treatment of missing numbers and rare levels."""
        return CovariateRules(self.missing_covariates == "exclude", self.min_level_count)


class Stm:
    """Topic shares are logistic-normal with a regression on covariates as mean.

    Semi-collapsed variational EM, initialised with a short LDA. Covariate effects are estimated on
    draws from the posteriors of the documents, so that standard errors include the uncertainty of
    the shares (method of composition).
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
            If the covariates cannot be used; see `Design.fit`.
        """
        if not corpus.covariates:
            raise InvalidOption("the model stm needs covariates: columns whose name begins cov_")
        rows = _training_rows(corpus, options)
        bow = corpus.bow[rows]
        covariates = {name: values[rows] for name, values in corpus.covariates.items()}
        design = Design.fit(covariates, options.rules)
        x = design.matrix(covariates, len(rows))
        prior, error, history = _estimate(bow, x, options, context)
        state = {
            "topic_word": np.ascontiguousarray(prior.by_word.T),
            "coefficients": prior.coefficients,
            "precision": prior.precision,
            "error_by_column": error.by_column,
            "error_by_topic": error.by_topic,
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
                "documents": len(rows),
                "covariate_effects": covariate_effects(
                    StmPosterior(bow, x, prior, error), design, context.seed
                ),
            },
        )

    def check_corpus(self, corpus: Corpus, options: StmOptions) -> None:
        """Raise `InvalidOption` if effects cannot be estimated; warn of changed covariates.

        Raises
        ------
        InvalidOption
            If a number is missing in any document, unless such documents are excluded; or see
            `Design.fit`.
        """
        train = corpus.rows(Split.TRAIN)
        rows = _training_rows(corpus, options)
        for name, values in corpus.covariates.items():
            if is_numeric(values) and options.missing_covariates == "error":
                refuse_missing(name, values, corpus.row_ids)
        if len(rows) < len(train):
            logger.warning(
                "%s of %s training documents have no number in a numeric covariate: they are "
                "excluded from training and effects (--missing_covariates)",
                f"{len(train) - len(rows):,}",
                f"{len(train):,}",
            )
        covariates = {name: values[rows] for name, values in corpus.covariates.items()}
        design = Design.fit(covariates, options.rules)
        for note in design.notes:
            logger.warning("%s", note)
        held_out = np.flatnonzero(corpus.split != Split.TRAIN)
        others = {name: values[held_out] for name, values in corpus.covariates.items()}
        for name, unknown in design.unknown_levels(others).items():
            if unknown.any():
                logger.warning(
                    "%s held-out documents have a value of %s that no training document has: "
                    "the training average is used instead",
                    f"{int(unknown.sum()):,}",
                    name,
                )

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: StmOptions,  # noqa: ARG002  (the state is sufficient)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others.

        Raises
        ------
        InvalidOption
            If a covariate is missing.
        """
        x = Design.from_array(state[DESIGN]).matrix(inputs.covariates, inputs.bow.shape[0])
        mean = np.einsum("dp,pk->dk", x, state["coefficients"])
        by_word = np.ascontiguousarray(state["topic_word"].T)
        mode = posterior_mode(inputs.bow, by_word, mean, state["precision"], mean)
        return shares(mode).astype(np.float32)

    def posterior(
        self,
        state: Mapping[str, NDArray[Any]],
        options: StmOptions,  # noqa: ARG002  (the state is sufficient)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> StmPosterior:
        """Return the posterior of θ of documents.

        Raises
        ------
        InvalidOption
            If a covariate is missing.
        MissingFile
            If the run was made by a version that did not keep the error of its coefficients.
        """
        if "error_by_column" not in state:
            raise MissingFile(
                "this run of stm was made by an earlier version, which did not keep the error of "
                "its coefficients; train it again"
            )
        x = Design.from_array(state[DESIGN]).matrix(inputs.covariates, inputs.bow.shape[0])
        by_word = np.ascontiguousarray(state["topic_word"].T)
        prior = Prior(state["coefficients"], state["precision"], by_word)
        error = CoefficientError(state["error_by_column"], state["error_by_topic"])
        return StmPosterior(inputs.bow, x, prior, error)

    def tables(self, output: TopicModelOutput, vocabulary: Sequence[str]) -> list[ModelTable]:
        """Return the effects of the covariates on the shares of topics."""
        from theta.effects.covariate_table import effects_table

        words = [[vocabulary[v] for v in top] for top in output.top_words(_WORDS_SHOWN)]
        return [effects_table(output.facts["covariate_effects"], words)]


def _training_rows(corpus: Corpus, options: StmOptions) -> NDArray[np.intp]:
    """Return the training documents, without those excluded for missing numbers."""
    rows = corpus.rows(Split.TRAIN)
    if options.missing_covariates == "exclude":
        complete = np.ones(len(rows), dtype=bool)
        for values in corpus.covariates.values():
            if is_numeric(values[rows]):
                complete &= np.isfinite(read_numbers(values[rows]))
        rows = rows[complete]
    if not len(rows):
        raise InvalidOption("no training document has numbers in all numeric covariates")
    return rows


def _estimate(
    bow: csr_array, x: NDArray[np.float64], options: StmOptions, context: FitContext
) -> tuple[Prior, CoefficientError, list[dict[str, Any]]]:
    from tqdm import tqdm

    num_topics = options.num_topics
    prior = Prior(
        coefficients=np.zeros((x.shape[1], num_topics - 1)),
        precision=np.eye(num_topics - 1) / 20,  # the wide initial prior of the R package
        by_word=np.ascontiguousarray(initial_topics(bow, num_topics, context.seed).T),
    )
    mode = np.zeros((len(x), num_topics - 1))
    history: list[dict[str, Any]] = []
    hidden = None if context.progress else True
    for number in tqdm(range(1, options.max_iter + 1), desc="STM", disable=hidden):
        mean = x @ prior.coefficients
        mode = posterior_mode(bow, prior.by_word, mean, prior.precision, mode)
        expected = expectation(bow, prior.by_word, mean, prior.precision, mode)
        history.append({"iteration": number, "bound": expected.bound})
        penalty = np.diag([0.0] + [_RIDGE] * (x.shape[1] - 1))
        coefficients = np.linalg.solve(x.T @ x + penalty, x.T @ mode)
        residual = mode - x @ coefficients
        by_word = expected.word_counts + _WORD_PRIOR
        prior = Prior(
            coefficients,
            np.linalg.inv((expected.covariance + residual.T @ residual) / len(x)),
            by_word / by_word.sum(axis=0),
        )
        if context.interrupted():
            raise Interrupted(f"stopped after iteration {number}")
        if number > 1 and _has_converged(history):
            break
    mean = x @ prior.coefficients
    mode = posterior_mode(bow, prior.by_word, mean, prior.precision, mode)
    return prior, CoefficientError.of(x, mode - mean, prior.precision), history


def _has_converged(history: list[dict[str, Any]]) -> bool:
    before, now = history[-2]["bound"], history[-1]["bound"]
    return bool(abs((now - before) / before) < _TOLERANCE)


def covariate_effects(posterior: StmPosterior, design: Design, seed: int) -> list[dict[str, Any]]:
    """Return how the share of each topic changes with each covariate.

    Returns
    -------
    list of dict
        The fields of `theta.effects.covariate_table.Effect`.
    """
    from theta.effects.permutation import permutation_test
    from theta.effects.pooling import pool
    from theta.effects.regression import Regression

    x = posterior.x
    regression = Regression(x, "share")
    fits = [regression.fit(draw) for draw in posterior.draws(_DRAWS, seed)]
    variances = np.array([np.diagonal(fit.covariance, axis1=1, axis2=2).T for fit in fits])
    coefficients = np.array([fit.coefficients for fit in fits])
    pooled = pool(coefficients, variances, regression.degrees_of_freedom)
    positions: dict[str, list[int]] = {}
    for position, column in enumerate(design.columns, start=1):
        positions.setdefault(column.covariate, []).append(position)
    theta = shares_from_words(posterior.bow, x, posterior.prior)
    p_values = permutation_test(theta, x, list(positions.values()), seed)
    return [
        {
            "topic": topic,
            "covariate": column.covariate,
            "level": column.level,
            "reference": column.reference,
            "effect": float(pooled.estimate[position, topic] / column.scale),
            "standard_error": float(pooled.standard_error[position, topic] / column.scale),
            "p_value": float(p_values[position, topic]),
            "degrees_of_freedom": float(pooled.degrees_of_freedom[position, topic]),
        }
        for topic in range(theta.shape[1])
        for position, column in enumerate(design.columns, start=1)
    ]
