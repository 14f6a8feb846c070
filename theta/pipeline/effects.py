"""Effects of covariates on topic shares: estimated, written and drawn for a run."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from theta import storage
from theta.contracts import Corpus, ModelInputs
from theta.devices.threads import choose_threads, computing_with
from theta.effects.analysis import Effects, estimate_effects
from theta.effects.formula import ModelMatrix, model_matrix
from theta.effects.variables import columns_of
from theta.errors import InvalidOption
from theta.layout import ProjectPaths, RunFiles
from theta.options import RunOptions
from theta.options.effects import EffectOptions
from theta.pipeline.draw import draw, draw_effects
from theta.pipeline.effect_tables import write_effect_tables
from theta.run import Run

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

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
    cluster : str, optional
    pool_below : int
        Levels with fewer documents are pooled.
    """

    formula: str
    response: str
    n_draws: int
    cluster: str | None
    pool_below: int

    @classmethod
    def of(cls, options: RunOptions | EffectOptions) -> Request | None:
        """Return what the options ask for; None without ``--effects``."""
        if options.effects is None:
            return None
        return cls(
            options.effects, options.response, options.draws, options.cluster, options.pool_below
        )

    def design(self, corpus: Corpus) -> tuple[ModelMatrix, NDArray[np.intp] | None]:
        """Return the design matrix and the number of the cluster of each of its documents.

        Raises
        ------
        InvalidOption
            If the formula or its columns cannot be used; see `model_matrix`.
        """
        columns = columns_of(corpus)
        also = [] if self.cluster is None else [self.cluster]
        matrix = model_matrix(self.formula, columns, corpus.row_ids, self.pool_below, also)
        if self.cluster is None:
            return matrix, None
        _, clusters = np.unique(columns[self.cluster][matrix.rows], return_inverse=True)
        if not clusters.any():
            raise InvalidOption(
                f"--cluster {self.cluster}: all documents of the regression are in one cluster; "
                "leave it out, or name another column"
            )
        return matrix, clusters


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
    matrix, clusters = request.design(run.prepared.corpus)
    for note in matrix.notes:
        logger.warning("%s", note)
    if clusters is not None and clusters.max() + 1 < _FEW_CLUSTERS:
        logger.warning(
            "--cluster %s has only %d clusters: clustered errors are too small with fewer than %d",
            request.cluster,
            clusters.max() + 1,
            _FEW_CLUSTERS,
        )
    draws, posterior = _shares(run, request.n_draws, device)
    effects = estimate_effects(
        matrix,
        draws,
        request.response,
        clusters,
        cluster=request.cluster,
        posterior=posterior,
    )
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


def _shares(run: Run, n_draws: int, device: str) -> tuple[Iterable[NDArray[np.float32]], str]:
    """Return draws of θ of all documents, and what they are from."""
    if n_draws == 0:
        return [run.doc_topic], ""
    corpus, embeddings = run.prepared.corpus, run.prepared.embeddings
    inputs = ModelInputs(
        corpus.bow,
        None if embeddings is None else embeddings.documents,
        corpus.times,
        corpus.covariates,
    )
    posterior = run.posterior(inputs, device)
    if posterior is None:
        logger.warning(
            "%s has no posterior of topic shares: the errors take the shares as known, so they are "
            "too small for short documents",
            run.model.name,
        )
        return [run.doc_topic], ""
    return posterior.draws(n_draws, run.seed), posterior.kind


def write_effects(run: Run, files: RunFiles) -> None:
    """Write the effects of a run: as JSON, and as tables."""
    assert run.effects is not None
    files.effects_folder.mkdir(parents=True, exist_ok=True)
    storage.write_json(files.effects, run.effects.to_json())
    write_effect_tables(files, run.effects, run.labels)


def add_effects(
    folder: Path, project: ProjectPaths, options: EffectOptions, device: str
) -> tuple[Run, list[Path]]:
    """Estimate effects in a finished run, and write tables, figures and the page.

    Returns
    -------
    run : Run
    drawn : list of Path
        The figures.

    Raises
    ------
    InvalidOption
        If the formula or its columns cannot be used.
    MissingFile
        If there is no finished run, or its data are gone or have changed.
    """
    request = Request.of(options)
    if request is None:
        raise InvalidOption(
            "the formula is missing: theta effects '~ party + age' --run RUN, with the names of "
            "your columns"
        )
    run = Run.open(folder, project)
    run.require_current()
    with computing_with(choose_threads(options.threads, run.prepared.corpus.n_docs)):
        run.effects = find_effects(run, request, device)
    with run.renewing() as new:
        write_effects(run, new)
        drawn = draw_effects(run, new, options.language, options.dpi)
        if new.report.exists():
            draw(run, new, options.language, ("report",))
    return run, [folder / path.relative_to(new.root) for path in drawn]
