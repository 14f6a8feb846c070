"""python -m theta.paper: what a paper needs of a finished run."""

from __future__ import annotations

from collections.abc import Sequence

from theta.cli.console import print_result, run_command
from theta.cli.show import show_json
from theta.cli.start import required_run, start
from theta.layout import ProjectPaths
from theta.options.paper import PaperOptions

DESCRIPTION = "Write a methods paragraph, tables, references and figures of a finished run."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    options = start(argv, DESCRIPTION, PaperOptions)
    folder = required_run(options.run)
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline.paper import write_paper

    written = write_paper(folder, ProjectPaths.from_environment(), options.out)
    if options.json:
        show_json({"files": [str(path.absolute()) for path in written]})
    else:
        names = ", ".join(path.name for path in written)
        print_result(f"Written in {written[0].parent.absolute()}: {names}")
    return 0
