"""theta label: name the topics of a finished run anew."""

from __future__ import annotations

from collections.abc import Sequence

from theta.cli.console import run_command
from theta.cli.show import show_labelled
from theta.cli.start import required_run, start
from theta.layout import ProjectPaths
from theta.options.label import LabelOptions

DESCRIPTION = "Name the topics of a finished run anew: from its texts, or by a language model."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    options = start(argv, DESCRIPTION, LabelOptions)
    folder = required_run(options.run)
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import label
    from theta.pipeline.naming import announced_server

    project = ProjectPaths.from_environment()
    run = label.label(folder, announced_server(options), project, skip_viz=options.skip_viz)
    show_labelled(run, as_json=options.json)
    return 0
