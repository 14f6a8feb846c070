"""Effects of covariates on topic shares: estimated, written and drawn for a run."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path

from theta import storage
from theta.effects.analysis import estimate_effects
from theta.effects.results import Effects
from theta.errors import InvalidOption
from theta.layout import ProjectPaths, RunFiles
from theta.options.finished_run import EffectOptions
from theta.pipeline.calibration import describe_calibration, write_calibration
from theta.pipeline.draw import EFFECTS
from theta.pipeline.effect_request import EffectRequest, effect_design
from theta.pipeline.effect_tables import write_effect_tables
from theta.pipeline.permutation import test_by_permutation
from theta.pipeline.share_analysis import ShareSource, add_to_run
from theta.run import Run

logger = logging.getLogger(__name__)

_FEW_CLUSTERS = 30
"""Clustered errors of fewer clusters are too small."""


def find_effects(run: Run, options: EffectRequest, device: str) -> Effects:
    """Return the effects of covariates on the topic shares of a run.

    Parameters
    ----------
    run : Run
    options : RunOptions or EffectOptions
    device : str
        For the posterior of models that are networks.

    Raises
    ------
    InvalidOption
        If a formula or its columns cannot be used, or there is only one topic.
    """
    began = time.perf_counter()
    if run.num_topics == 1:
        raise InvalidOption(
            f"{run.files.root} has one topic, whose share is 1 in every document: there are no "
            "effects on it"
        )
    matrix, prior, clusters = effect_design(options, run.prepared.corpus)
    for note in matrix.notes:
        logger.warning("%s", note)
    if clusters is not None and clusters.max() + 1 < _FEW_CLUSTERS:
        logger.warning(
            "--cluster %s has only %d clusters: clustered errors are too small with fewer than %d",
            options.cluster,
            clusters.max() + 1,
            _FEW_CLUSTERS,
        )
    source = ShareSource(run, options.shares, options.draws, device)
    draws, posterior = source.draws(prior, matrix.rows)
    effects = estimate_effects(
        matrix,
        draws,
        options.response,
        clusters,
        cluster=options.cluster,
        posterior=posterior,
    )
    if source.is_calibrated:
        calibration = describe_calibration(
            run, options.prevalence or str(options.effects), matrix.rows
        )
        effects = replace(effects, calibration=calibration)
    if options.permutation_test is not None:
        effects = replace(effects, permutation=test_by_permutation(run, options))
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


def write_effects(run: Run, files: RunFiles) -> None:
    """Write the effects of a run: as JSON, and as tables."""
    assert run.effects is not None
    files.effects_folder.mkdir(parents=True, exist_ok=True)
    storage.write_json(files.effects, run.effects.to_json())
    write_effect_tables(files, run.effects, run.labels)
    write_calibration(run, files)


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
    if options.effects is None:
        raise InvalidOption(
            "the formula is missing: theta effects '~ party + age' --run RUN, with the names of "
            "your columns"
        )

    def analyse(run: Run) -> None:
        run.effects = find_effects(run, options, device)

    return add_to_run(folder, project, options, analyse, write_effects, (EFFECTS,))
