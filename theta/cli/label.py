"""theta label: name the topics of a finished run anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theta.cli.show.runs import show_labelled
from theta.cli.start import work_on_run
from theta.layout import ProjectPaths
from theta.options.label import LabelOptions

DESCRIPTION = "Name the topics of a finished run anew: from its texts, or by a language model."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return work_on_run(argv, DESCRIPTION, LabelOptions, _label)


def _label(folder: Path, project: ProjectPaths, options: LabelOptions) -> None:
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import label
    from theta.pipeline.naming import announced_server

    run = label.label(folder, announced_server(options), project, skip_viz=options.skip_viz)
    show_labelled(run, as_json=options.json)
