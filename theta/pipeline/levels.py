"""A run read with fewer topics: a table of topics, and θ, for each number of topics."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from theta.errors import InvalidOption
from theta.layout import ProjectPaths, RunFiles
from theta.pipeline.csv_tables import write_csv
from theta.run import Run
from theta.run.hierarchy import Group, level

logger = logging.getLogger(__name__)


def add_levels(
    folder: Path, project: ProjectPaths, levels: Sequence[int]
) -> tuple[Run, dict[int, list[Group]]]:
    """Add the tables of some levels to a finished run; return the run and the levels.

    Raises
    ------
    MissingFile
        If there is no finished run, or its corpus has changed.
    InvalidOption
        If the run has fewer topics than a level.
    """
    run = Run.open(folder, project)
    too_many = [n for n in levels if n > run.num_topics]
    if too_many:
        raise InvalidOption(
            f"--levels {too_many[0]}: the run in {folder} has {run.num_topics} topics; name "
            f"numbers from 1 to {run.num_topics}"
        )
    run.require_current()
    shown = {n: level(run, n) for n in levels}
    with run.renewing() as new:
        _write(run, new, shown)
    return run, shown


def write_levels(run: Run, files: RunFiles, levels: Sequence[int]) -> None:
    """Write the tables of some levels of a run that was just trained.

    Levels with more topics than the run has are left out, with a warning.
    """
    for n in levels:
        if n > run.num_topics:
            logger.warning("--levels %d is left out: there are %d topics", n, run.num_topics)
    _write(run, files, {n: level(run, n) for n in levels if n <= run.num_topics})


def _write(run: Run, files: RunFiles, levels: Mapping[int, Sequence[Group]]) -> None:
    for n, groups in levels.items():
        files.levels.mkdir(exist_ok=True)
        write_csv(
            files.level_table(n),
            ("topics", "name", "share", "documents", "top_words"),
            (
                [
                    " ".join(map(str, group.topics)),
                    group.name,
                    f"{group.share:.6f}",
                    group.documents,
                    " ".join(group.words),
                ]
                for group in groups
            ),
        )
        columns = [
            run.doc_topic[:, [run.numbers.index(number) for number in group.topics]]
            for group in groups
        ]
        shares = np.stack([own.sum(axis=1, dtype=np.float64) for own in columns], axis=1)
        np.save(files.level_shares(n), shares.astype(np.float32))
