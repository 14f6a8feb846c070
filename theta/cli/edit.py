"""theta edit: change the topics of a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theta.cli.show.runs import show_edited, show_undone
from theta.cli.start import work_on_run
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.options.edit import EditOptions

DESCRIPTION = "Merge, split, drop, name or reorder the topics of a finished run, without training."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return work_on_run(argv, DESCRIPTION, EditOptions, _edit, operand="edits")


def _edit(folder: Path, project: ProjectPaths, options: EditOptions) -> None:
    if sum((options.edits is not None, options.reduce_to is not None, options.undo)) != 1:
        raise InvalidOption("name one of a YAML file of edits, --reduce_to N and --undo")
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import edit

    if options.undo:
        show_undone(edit.undo(folder, project), as_json=options.json)
        return
    edits = options.edits if options.edits is not None else [{"reduce_to": options.reduce_to}]
    run = edit.edit(
        folder,
        edits,
        project,
        skip_eval=options.skip_eval,
        skip_viz=options.skip_viz,
    )
    show_edited(run, as_json=options.json)
