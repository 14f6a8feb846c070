"""What the analyses of topic shares have in common: draws of θ, and adding to a finished run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from theta.contracts import ModelInputs
from theta.devices.threads import choose_threads, computing_with
from theta.layout import ProjectPaths, RunFiles
from theta.options.finished_run import ShareAnalysisOptions
from theta.pipeline.draw import PAGE, draw
from theta.run import Run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)


def share_draws(run: Run, n_draws: int, device: str) -> tuple[Iterable[NDArray[np.float32]], str]:
    """Return draws of θ of all documents, and the name of the posterior they come from.

    Without a posterior, or with `n_draws` 0, this is θ itself, and the name is empty.
    """
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
        return [run.doc_topic], ""
    return posterior.draws(n_draws, run.seed), posterior.kind


def warn_of_known_shares(run: Run, n_draws: int, posterior: str, way_out: str = "") -> None:
    """Warn if draws were asked for and the model has no posterior to draw from.

    Parameters
    ----------
    run : Run
    n_draws : int
    posterior : str
        The name that `share_draws` returned.
    way_out : str
        End of the warning.
    """
    if n_draws and not posterior:
        logger.warning(
            "%s has no posterior of topic shares: the errors take the shares as known, so they are "
            "too small for short documents%s",
            run.model.name,
            way_out,
        )


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
