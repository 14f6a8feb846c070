"""Correlations of topics and shares by group: estimated, written and drawn for a run."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from theta import storage
from theta.errors import InvalidOption
from theta.layout import ProjectPaths, RunFiles
from theta.options.finished_run import RelationOptions
from theta.pipeline.calibration import write_calibration
from theta.pipeline.relation_tables import write_relation_tables
from theta.pipeline.share_analysis import ShareSource, add_to_run
from theta.relations.analysis import RelationEstimator, Relations
from theta.run import Run

logger = logging.getLogger(__name__)

_CHARTS = ("topic_network", "topics_by_group")


def find_relations(run: Run, options: RelationOptions, device: str) -> Relations:
    """Return the correlations of the topics of a run, and their shares by group.

    Parameters
    ----------
    run : Run
    options : RelationOptions
        Which topic shares.
    device : str
        For the posterior of models that are networks.

    Raises
    ------
    InvalidOption
        If there are neither enough topics to correlate nor groups of documents.
    """
    began = time.perf_counter()
    n_docs, num_topics = run.doc_topic.shape
    estimator = RelationEstimator(n_docs, num_topics, run.groups, run.seed)
    if estimator.is_empty:
        raise InvalidOption(f"{run.files.root}: {estimator.notes[0]}; nor are there groups")
    source = ShareSource(run, options.shares, options.draws, device)
    draws, posterior = source.draws()
    for shares in draws:
        estimator.add(shares)
    relations = estimator.combined(posterior)
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
    write_calibration(run, files)


def add_relations(
    folder: Path, project: ProjectPaths, options: RelationOptions, device: str
) -> tuple[Run, list[Path]]:
    """Estimate the relations of the topics of a finished run; write tables, figures and the page.

    Returns and raises what `add_to_run` does.

    Raises
    ------
    InvalidOption
        If there is nothing to estimate.
    """

    def analyse(run: Run) -> None:
        run.relations = find_relations(run, options, device)
        vars(run).pop("groups", None)  # now with the intervals of the relations

    return add_to_run(folder, project, options, analyse, write_relations, _CHARTS)
