"""python -m theta.relations: correlations of the topics of a finished run, and shares by group."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theta.cli.show.analyses import show_relations
from theta.cli.start import work_on_run
from theta.layout import ProjectPaths
from theta.options.relations import RelationOptions

DESCRIPTION = "Estimate how the topics of a finished run correlate, and their shares by group."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return work_on_run(argv, DESCRIPTION, RelationOptions, _relate)


def _relate(folder: Path, project: ProjectPaths, options: RelationOptions) -> None:
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import relations
    from theta.pipeline.device import choose_device

    run, figures = relations.add_relations(folder, project, options, choose_device(options.gpu))
    show_relations(run, figures, as_json=options.json)
