"""python -m theta.paper: what a paper needs of a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theta.cli.console import print_json, print_result
from theta.cli.start import work_on_run
from theta.layout import ProjectPaths
from theta.options.paper import PaperOptions

DESCRIPTION = "Write a methods paragraph, tables, references and figures of a finished run."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return work_on_run(argv, DESCRIPTION, PaperOptions, _write)


def _write(folder: Path, project: ProjectPaths, options: PaperOptions) -> None:
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline.paper import write_paper

    written = write_paper(folder, project, options.out)
    if options.json:
        print_json({"files": [str(path.absolute()) for path in written]})
    else:
        names = ", ".join(path.name for path in written)
        print_result(f"Written in {written[0].parent.absolute()}: {names}")
