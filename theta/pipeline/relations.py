"""Correlations of topics and shares by group: estimated, written and drawn for a run."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path

from theta import storage
from theta.devices.threads import choose_threads, computing_with
from theta.errors import InvalidOption
from theta.layout import ProjectPaths, RunFiles
from theta.options.relations import RelationOptions
from theta.pipeline.draw import PAGE, draw
from theta.pipeline.effects import share_draws, warn_of_known_shares
from theta.pipeline.relation_tables import write_relation_tables
from theta.relations.analysis import RelationEstimator, Relations
from theta.run import Run

logger = logging.getLogger(__name__)

_CHARTS = ("topic_network", "topics_by_group")


def find_relations(run: Run, n_draws: int, device: str) -> Relations:
    """Return the correlations of the topics of a run, and their shares by group.

    Parameters
    ----------
    run : Run
    n_draws : int
        Draws of the topic shares from their posterior; 0 takes the shares as known.
    device : str
        For the posterior of models that are networks.

    Raises
    ------
    InvalidOption
        If there are neither enough topics to correlate nor groups of documents.
    """
    began = time.perf_counter()
    draws, posterior = share_draws(run, n_draws, device)
    n_docs, num_topics = run.doc_topic.shape
    estimator = RelationEstimator(n_docs, num_topics, run.groups, run.seed, posterior)
    if estimator.is_empty:
        raise InvalidOption(f"{run.files.root}: {estimator.notes[0]}; nor are there groups")
    for shares in draws:
        estimator.add(shares)
    relations = estimator.combined()
    logger.info(
        "Relations of topics: %d draws, %.1f s", relations.n_draws, time.perf_counter() - began
    )
    return relations


def write_relations(run: Run, files: RunFiles) -> None:
    """Write the relations of the topics of a run: as JSON, and as tables."""
    assert run.relations is not None
    files.relations_folder.mkdir(parents=True, exist_ok=True)
    storage.write_json(files.relations, run.relations.to_json())
    write_relation_tables(files, run.relations, run.labels)


def add_relations(
    folder: Path, project: ProjectPaths, options: RelationOptions, device: str
) -> tuple[Run, Sequence[Path]]:
    """Estimate the relations of the topics of a finished run; write tables, figures and the page.

    Returns
    -------
    run : Run
    drawn : sequence of Path
        The figures.

    Raises
    ------
    InvalidOption
        If there is nothing to estimate.
    MissingFile
        If there is no finished run, or its data are gone or have changed.
    """
    run = Run.open(folder, project)
    run.require_current()
    with computing_with(choose_threads(options.threads, run.prepared.corpus.n_docs)):
        run.relations = find_relations(run, options.draws, device)
    if options.draws:
        warn_of_known_shares(run, run.relations.posterior)
    vars(run).pop("groups", None)  # now with the intervals of the relations
    with run.renewing() as new:
        write_relations(run, new)
        drawn = draw(run, new, options.language, _CHARTS, options.dpi)
        if new.report.exists():
            draw(run, new, options.language, (PAGE,))
    return run, [folder / path.relative_to(new.root) for path in drawn]
