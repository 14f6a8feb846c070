"""What the analyses of topic shares have in common: draws of θ, and adding to a finished run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from theta.contracts import ModelInputs
from theta.devices.threads import choose_threads, computing_with
from theta.layout import ProjectPaths, RunFiles
from theta.options.finished_run import ShareAnalysisOptions
from theta.pipeline.calibration import warn_of_topics
from theta.pipeline.draw import PAGE, draw
from theta.run import Run

logger = logging.getLogger(__name__)

_DRAWS_OF_MEAN = 25
"""Draws whose mean counts as known, with --draws 0 and calibrated shares."""


class ShareSource:
    """Where an analysis takes topic shares from.

    Parameters
    ----------
    run : Run
    shares : {"calibrated", "model"}
    n_draws : int
        Draws from their posterior; 0 takes the shares as known.
    device : str
        For the posterior of models that are networks.
    """

    def __init__(self, run: Run, shares: str, n_draws: int, device: str) -> None:
        self._run, self._n_draws, self._device = run, n_draws, device
        # With one topic every share is 1, and there is nothing to calibrate.
        self.is_calibrated = shares == "calibrated" and run.num_topics > 1

    def draws(
        self, prior: NDArray[np.float64] | None = None, rows: NDArray[np.intp] | None = None
    ) -> tuple[Iterable[NDArray[np.float32]], str]:
        """Return draws of θ, and the name of the posterior they come from.

        Shares that are taken as known are one draw with an empty name. What is wrong with the
        shares is a warning.

        Parameters
        ----------
        prior : (n_rows, n_columns) float64, optional
            Design matrix of the prior means of calibrated shares; a common mean by default.
        rows : (n_rows,) int, optional
            The documents; all by default.
        """
        if self.is_calibrated:
            return self._calibrated(prior, rows)
        draws, name = self._of_model()
        if self._n_draws and not name:
            logger.warning(
                "%s has no posterior of topic shares: the errors take the shares as known, so they "
                "are too small for short documents; --shares calibrated has one",
                self._run.model.name,
            )
        return (draws if rows is None else (draw[rows] for draw in draws)), name

    def _calibrated(
        self, prior: NDArray[np.float64] | None, rows: NDArray[np.intp] | None
    ) -> tuple[Iterable[NDArray[np.float32]], str]:
        run = self._run
        posterior = run.calibrated(prior, rows)
        warn_of_topics(run)
        if self._n_draws == 0:
            return [np.mean(list(posterior.draws(_DRAWS_OF_MEAN, run.seed)), axis=0)], ""
        return posterior.draws(self._n_draws, run.seed), posterior.kind

    def _of_model(self) -> tuple[Iterable[NDArray[np.float32]], str]:
        run = self._run
        if self._n_draws == 0:
            return [run.doc_topic], ""
        corpus, embeddings = run.prepared.corpus, run.prepared.embeddings
        inputs = ModelInputs(
            corpus.bow,
            None if embeddings is None else embeddings.documents,
            corpus.times,
            corpus.covariates,
        )
        posterior = run.posterior(inputs, self._device)
        if posterior is None:
            return [run.doc_topic], ""
        return posterior.draws(self._n_draws, run.seed), posterior.kind


def add_to_run(
    folder: Path,
    project: ProjectPaths,
    options: ShareAnalysisOptions,
    analyse: Callable[[Run], None],
    write: Callable[[Run, RunFiles], None],
    charts: Sequence[str],
) -> tuple[Run, list[Path]]:
    """Analyse the topic shares of a finished run; write the results, the figures and the page.

    Parameters
    ----------
    folder : Path
        Folder of the run.
    project : ProjectPaths
    options : ShareAnalysisOptions
    analyse : callable
        Sets the results of the analysis on the run.
    write : callable
        Writes them to the files of the run.
    charts : sequence of str
        Names of the charts that show them; see `theta.pipeline.draw.draw`.

    Returns
    -------
    run : Run
    drawn : list of Path
        The figures.

    Raises
    ------
    MissingFile
        If there is no finished run, or its data are gone or have changed.
    """
    run = Run.open(folder, project)
    run.require_current()
    with computing_with(choose_threads(options.threads, run.prepared.corpus.n_docs)):
        analyse(run)
    with run.renewing() as new:
        write(run, new)
        drawn = draw(run, new, options.language, charts, options.dpi)
        if new.report.exists():
            draw(run, new, options.language, (PAGE,))
    return run, [folder / path.relative_to(new.root) for path in drawn]
