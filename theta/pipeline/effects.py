"""Effects of covariates on topic shares: estimated, written and drawn for a run."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theta import storage
from theta.contracts import Corpus
from theta.effects.analysis import Effects, estimate_effects
from theta.effects.calibration import CalibratedTopic, Calibration
from theta.effects.formula import ModelMatrix, model_matrix
from theta.effects.variables import columns_of
from theta.errors import InvalidOption
from theta.layout import ProjectPaths, RunFiles
from theta.models.calibration import CalibratedPosterior
from theta.models.topic_words import log_word_frequencies, relevance
from theta.options import RunOptions
from theta.options.effects import EffectOptions
from theta.options.resolve import did_you_mean
from theta.pipeline.draw import EFFECTS
from theta.pipeline.effect_tables import write_effect_tables
from theta.pipeline.permutation import Columns, test_by_permutation
from theta.pipeline.share_analysis import add_to_run, share_draws, warn_of_known_shares
from theta.run import Run

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_COMMON_MEAN = "~1"

_DRAWS_OF_MEAN = 25
"""Draws whose mean counts as known, with --draws 0 and calibrated shares."""

_RELEVANCE = 0.6
"""λ of the words of calibrated topics (Sievert & Shirley 2014)."""

_WORDS = 10

_FEW_CLUSTERS = 30
"""Clustered errors of fewer clusters are too small."""


@dataclass(frozen=True)
class Request:
    """Which effects are asked for.

    Attributes
    ----------
    formula, response : str
    n_draws : int
        0 takes the shares as known.
    shares : {"calibrated", "model"}
    prevalence : str, optional
        Formula of the prior mean of calibrated shares; that of the effects by default.
    permuted : str, optional
        Column with two levels whose values are shuffled in a permutation test.
    n_permutations : int
    cluster : str, optional
    pool_below : int
        Levels with fewer documents are pooled.
    """

    formula: str
    response: str
    n_draws: int
    shares: str
    prevalence: str | None
    permuted: str | None
    n_permutations: int
    cluster: str | None
    pool_below: int

    @classmethod
    def of(cls, options: RunOptions | EffectOptions) -> Request | None:
        """Return what the options ask for; None without ``--effects``."""
        if options.effects is None:
            return None
        return cls(
            options.effects,
            options.response,
            options.draws,
            options.shares,
            options.prevalence,
            options.permutation_test,
            options.permutations,
            options.cluster,
            options.pool_below,
        )

    def design(self, corpus: Corpus, columns: Columns | None = None) -> Design:
        """Return the design matrices of effects and prior means, and the clusters.

        Parameters
        ----------
        corpus : Corpus
        columns : mapping of str to (n_docs,) array, optional
            What formulas can name, by default the columns of the corpus.

        Raises
        ------
        InvalidOption
            If a formula or its columns cannot be used; see `model_matrix`.
        """
        columns = columns_of(corpus) if columns is None else columns
        also = [] if self.cluster is None else [self.cluster]

        def made(formula: str, complete: Sequence[str]) -> ModelMatrix:
            return model_matrix(formula, columns, corpus.row_ids, self.pool_below, complete)

        matrix = made(self.formula, also)
        prior = matrix.matrix
        if self.prevalence is not None and "".join(self.prevalence.split()) == _COMMON_MEAN:
            prior = np.ones((len(matrix.rows), 1))
        elif self.prevalence is not None:
            # Both formulas are for the documents that are complete in the columns of either.
            other = made(self.prevalence, [*also, *matrix.variables])
            prior = other.matrix
            if len(other.rows) < len(matrix.rows):
                matrix = made(self.formula, [*also, *other.variables])
        self._check_permuted(matrix)
        if self.cluster is None:
            return Design(matrix, prior, None)
        _, clusters = np.unique(columns[self.cluster][matrix.rows], return_inverse=True)
        if not clusters.any():
            raise InvalidOption(
                f"--cluster {self.cluster}: all documents of the regression are in one cluster; "
                "leave it out, or name another column"
            )
        return Design(matrix, prior, clusters)

    def _check_permuted(self, matrix: ModelMatrix) -> None:
        if self.permuted is None:
            return
        if self.permuted not in matrix.variables:
            raise InvalidOption(
                f"--permutation_test {self.permuted} is not in the formula {self.formula!r}"
                f"{did_you_mean(self.permuted, matrix.variables)}"
            )
        levels = matrix.variables[self.permuted].levels
        if levels is None or len(levels) != 2:
            has = "numbers" if levels is None else f"{len(levels)} levels"
            raise InvalidOption(
                f"--permutation_test {self.permuted} has {has}: the test is for two levels; write "
                "C() around numbers that are levels"
            )


class Design(NamedTuple):
    """What topic shares are regressed on.

    Attributes
    ----------
    matrix : ModelMatrix
    prior : (n_rows, n_columns) float64
        Design matrix of the prior means of calibrated shares.
    clusters : (n_rows,) int, optional
        The number of the cluster of each document.
    """

    matrix: ModelMatrix
    prior: NDArray[np.float64]
    clusters: NDArray[np.intp] | None


def find_effects(run: Run, request: Request, device: str) -> Effects:
    """Return the effects of covariates on the topic shares of a run.

    Parameters
    ----------
    run : Run
    request : Request
    device : str
        For the posterior of models that are networks.
    """
    began = time.perf_counter()
    matrix, prior, clusters = request.design(run.prepared.corpus)
    for note in matrix.notes:
        logger.warning("%s", note)
    if clusters is not None and clusters.max() + 1 < _FEW_CLUSTERS:
        logger.warning(
            "--cluster %s has only %d clusters: clustered errors are too small with fewer than %d",
            request.cluster,
            clusters.max() + 1,
            _FEW_CLUSTERS,
        )
    calibrated = run.calibrated(prior, matrix.rows) if request.shares == "calibrated" else None
    draws, posterior = _shares(run, calibrated, matrix.rows, request.n_draws, device)
    warn_of_known_shares(run, request.n_draws, posterior, "; --shares calibrated has one")
    effects = estimate_effects(
        matrix,
        draws,
        request.response,
        clusters,
        cluster=request.cluster,
        posterior=posterior,
    )
    if calibrated is not None:
        prevalence = request.prevalence or request.formula
        calibration = _calibration(run, calibrated, matrix.rows, prevalence)
        changed = [str(run.numbers[topic]) for topic in calibration.changed()]
        if changed:
            logger.warning(
                "calibration changed the words of the topics %s by more than half: read them in %s "
                "before their effects, or use --shares model",
                ", ".join(changed),
                run.files.calibrated_topics.name,
            )
        effects = replace(effects, calibration=calibration)
        if request.permuted is not None:
            test = test_by_permutation(run, request, calibrated)
            effects = replace(effects, permutation=test)
    for note in effects.notes[len(matrix.notes) :]:
        logger.warning("%s", note)
    logger.info(
        "Estimated effects: %s documents, %d columns, %d draws, %.1f s",
        f"{effects.n_docs:,}",
        len(matrix.names),
        effects.n_draws,
        time.perf_counter() - began,
    )
    return effects


def _shares(
    run: Run,
    calibrated: CalibratedPosterior | None,
    rows: NDArray[np.intp],
    n_draws: int,
    device: str,
) -> tuple[Iterable[NDArray[np.float32]], str]:
    """Return draws of θ of some documents, and what they are from."""
    if calibrated is not None:
        if n_draws == 0:
            return [np.mean(list(calibrated.draws(_DRAWS_OF_MEAN, run.seed)), axis=0)], ""
        return calibrated.draws(n_draws, run.seed), calibrated.kind
    draws, posterior = share_draws(run, n_draws, device)
    return (draw[rows] for draw in draws), posterior


def _calibration(
    run: Run,
    calibrated: CalibratedPosterior,
    rows: NDArray[np.intp],
    prevalence: str,
) -> Calibration:
    """Return the record of calibrated shares."""
    corpus = run.prepared.corpus
    before = run.doc_topic[rows].mean(axis=0, dtype=np.float64)
    log = np.log(calibrated.topic_word).astype(np.float32)
    ranked = np.argsort(-relevance(log, log_word_frequencies(corpus.bow), _RELEVANCE), axis=1)
    overlaps = np.minimum(calibrated.topic_word, run.topic_word).sum(axis=1)
    topics = [
        CalibratedTopic([run.vocabulary[v] for v in words[:_WORDS]], overlap, own, was)
        for words, overlap, own, was in zip(
            ranked.tolist(),
            overlaps.tolist(),
            calibrated.mean_shares.tolist(),
            before.tolist(),
            strict=True,
        )
    ]
    perplexity = {str(steps): value for steps, value in calibrated.perplexity.items()}
    return Calibration(prevalence, calibrated.em_steps, perplexity, topics)


def write_effects(run: Run, files: RunFiles) -> None:
    """Write the effects of a run: as JSON, and as tables."""
    assert run.effects is not None
    files.effects_folder.mkdir(parents=True, exist_ok=True)
    storage.write_json(files.effects, run.effects.to_json())
    write_effect_tables(files, run.effects, run.labels)


def add_effects(
    folder: Path, project: ProjectPaths, options: EffectOptions, device: str
) -> tuple[Run, list[Path]]:
    """Estimate effects in a finished run; write tables, figures and the page.

    Returns and raises what `add_to_run` does.

    Raises
    ------
    InvalidOption
        If the formula is missing, or it or its columns cannot be used.
    """
    request = Request.of(options)
    if request is None:
        raise InvalidOption(
            "the formula is missing: theta effects '~ party + age' --run RUN, with the names of "
            "your columns"
        )

    def analyse(run: Run) -> None:
        run.effects = find_effects(run, request, device)

    return add_to_run(folder, project, options, analyse, write_effects, (EFFECTS,))
