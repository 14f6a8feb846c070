"""A permutation test of the effects of a variable with two levels, with shares estimated anew.

The prior mean of calibrated shares depends on the covariates, and so may the topics of a model: the
test repeats all that has seen the covariates on shuffled values, as permutationTest of R's stm
(Roberts et al. 2014). THETA and the other models without covariates would find the same topics for
any values, so that only the shares are calibrated again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus
from theta.effects.analysis import estimate_effects
from theta.effects.permutation import PermutationTest
from theta.effects.results import Quantity
from theta.effects.targets import MARGINAL
from theta.effects.variables import columns_of
from theta.errors import InvalidOption
from theta.models.base import FitContext
from theta.models.calibration import Start
from theta.pipeline.effect_request import Columns, Design, EffectRequest, effect_design
from theta.run import Run

_DRAWS = 5
"""Draws per permutation; that of the observed values has as many, so that they compare."""

_QUICK = 15
"""Iterations of a model that is trained again."""


def test_by_permutation(run: Run, options: EffectRequest) -> PermutationTest:
    """Return the effects of a variable beside those of its shuffled values.

    Values are shuffled among the documents of the regression; with clusters, among the clusters if
    each has one value, or else within the clusters.

    Raises
    ------
    InvalidOption
        If the topics would have to be trained again, but were edited.
    """
    corpus = run.prepared.corpus
    permuted = str(options.permutation_test)
    retrained = "covariates" in run.model.needs
    if retrained and run.edits:
        raise InvalidOption(
            f"--permutation_test trains {run.model.name} again, without the edits of the topics; "
            "take them back (theta edit --undo) or leave the test out"
        )
    columns = columns_of(corpus)
    design = effect_design(options, corpus, columns)
    values = columns[permuted]
    rng = np.random.default_rng(run.seed)
    found = []
    for number in range(1 + options.permutations):
        now: Columns = columns
        if number:
            shuffled = _shuffled(values, design, rng)
            now = {name: shuffled if own is values else own for name, own in columns.items()}
        start = _retrained(run, now) if retrained else run.calibration
        found.append(_effect(run, options, now, start))
    estimates = np.array([one.numbers.estimate for one in found], dtype=np.float64)
    errors = np.array([one.numbers.standard_error for one in found], dtype=np.float64)
    t = estimates / errors
    names = {
        "variable": permuted,
        "level": found[0].level,
        "reference": found[0].reference,
        "retrained": retrained,
    }
    return PermutationTest.of(names, estimates[0], t[0], estimates[1:], t[1:])


def _effect(run: Run, options: EffectRequest, columns: Columns, start: Start) -> Quantity:
    """Return the marginal effect of the variable, with shares calibrated for these columns."""
    matrix, prior, clusters = effect_design(options, run.prepared.corpus, columns)
    posterior = start.at(matrix.rows).calibrated(prior, run.seed)
    draws = posterior.draws(_DRAWS, run.seed)
    effects = estimate_effects(matrix, draws, options.response, clusters)
    return next(
        one
        for one in effects.of_kind(MARGINAL)
        if one.name == options.permutation_test and not one.at
    )


def _retrained(run: Run, columns: Columns) -> Start:
    """Return the topics of a short training with other covariates, in the order of the run's."""
    from scipy.optimize import linear_sum_assignment

    corpus: Corpus = run.prepared.corpus
    covariates = {name: columns[name] for name in corpus.covariates}
    options = run.model_options
    options = replace(options, max_iter=min(options.max_iter, _QUICK))
    context = FitContext(seed=run.seed, progress=False)
    output = run.model.fit(replace(corpus, covariates=covariates), None, options, context)
    overlap = np.array([np.minimum(topic, output.topic_word).sum(1) for topic in run.topic_word])
    _, order = linear_sum_assignment(-overlap)
    return Start.after(run.calibration.em_steps, corpus.bow, output.topic_word[order], run.seed)


def _shuffled(values: NDArray[Any], design: Design, rng: np.random.Generator) -> NDArray[Any]:
    rows, clusters = design.matrix.rows, design.clusters
    own, new = values[rows], values.copy()
    if clusters is None:
        new[rows] = own[rng.permutation(len(rows))]
        return new
    _, firsts = np.unique(clusters, return_index=True)
    if (own == own[firsts][clusters]).all():
        new[rows] = own[firsts][rng.permutation(len(firsts))][clusters]
        return new
    by_cluster = np.argsort(clusters, kind="stable")
    new[rows[by_cluster]] = own[np.lexsort((rng.random(len(rows)), clusters))]
    return new
