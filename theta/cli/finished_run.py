"""The programs that work on a finished run, except kits for coders.

What they do is imported in them, so that --help does not load numpy, scipy, torch or matplotlib.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path

from theta.cli.console import print_json, print_result
from theta.cli.show.analyses import show_effects, show_relations, show_trends
from theta.cli.show.runs import show_edited, show_labelled, show_levels, show_undone
from theta.cli.start import OnFinishedRun, work_on_run
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.options.finished_run import (
    EditOptions,
    EffectOptions,
    LabelOptions,
    LevelOptions,
    PaperOptions,
    PlotOptions,
    RelationOptions,
    TrendOptions,
)

Work = Callable[[Path, ProjectPaths, OnFinishedRun], None]


def _on_run(
    description: str, options: type[OnFinishedRun], operand: str = ""
) -> Callable[[Work[OnFinishedRun]], Callable[..., int]]:
    """Make a program of the function that does its work; see `work_on_run`.

    The program takes the arguments, by default those of the process, and returns its exit code.
    """

    def program_of(work: Work[OnFinishedRun]) -> Callable[..., int]:
        @wraps(work)
        def program(argv: Sequence[str] | None = None) -> int:
            return work_on_run(argv, description, options, work, operand)

        return program

    return program_of


@_on_run(
    "Merge, split, drop, name or reorder the topics of a finished run, without training.",
    EditOptions,
    operand="edits",
)
def edit(folder: Path, project: ProjectPaths, options: EditOptions) -> None:
    """Edit the topics, or take the last edit back."""
    if sum((options.edits is not None, options.reduce_to is not None, options.undo)) != 1:
        raise InvalidOption("give one of these: a YAML file of edits, --reduce_to N, or --undo")
    from theta.pipeline import edit

    if options.undo:
        show_undone(edit.undo(folder, project), as_json=options.json)
        return
    edits = options.edits if options.edits is not None else [{"reduce_to": options.reduce_to}]
    run = edit.edit(folder, edits, project, skip_eval=options.skip_eval, skip_viz=options.skip_viz)
    show_edited(run, as_json=options.json)


@_on_run(
    "Regress the topic shares of a finished run on covariates of its documents.",
    EffectOptions,
    operand="effects",
)
def effects(folder: Path, project: ProjectPaths, options: EffectOptions) -> None:
    """Estimate effects of covariates on topic shares."""
    from theta.pipeline import effects
    from theta.pipeline.device import choose_device

    run, figures = effects.add_effects(folder, project, options, choose_device(options.gpu))
    show_effects(run, figures, as_json=options.json)


@_on_run("Estimate how the topics of a finished run change over time.", TrendOptions)
def trends(folder: Path, project: ProjectPaths, options: TrendOptions) -> None:
    """Estimate the topics over time."""
    from theta.pipeline import trends
    from theta.pipeline.device import choose_device

    run, figures = trends.add_trends(folder, project, options, choose_device(options.gpu))
    show_trends(run, figures, as_json=options.json)


@_on_run(
    "Estimate how the topics of a finished run correlate, and their shares by group.",
    RelationOptions,
)
def relations(folder: Path, project: ProjectPaths, options: RelationOptions) -> None:
    """Estimate correlations of topics and shares by group."""
    from theta.pipeline import relations
    from theta.pipeline.device import choose_device

    run, figures = relations.add_relations(folder, project, options, choose_device(options.gpu))
    show_relations(run, figures, as_json=options.json)


@_on_run(
    "Name the topics of a finished run again: from its texts, or by a language model.", LabelOptions
)
def label(folder: Path, project: ProjectPaths, options: LabelOptions) -> None:
    """Name the topics again."""
    from theta.pipeline import label
    from theta.pipeline.naming import announced_server

    run = label.label(folder, announced_server(options), project, skip_viz=options.skip_viz)
    show_labelled(run, as_json=options.json)


@_on_run("Read a finished run with fewer topics, by the hierarchy over its topics.", LevelOptions)
def levels(folder: Path, project: ProjectPaths, options: LevelOptions) -> None:
    """Add the tables of fewer topics."""
    if not options.levels:
        raise InvalidOption("--levels is missing: name numbers of topics, as in --levels 5,20")
    from theta.pipeline import levels

    run, shown = levels.add_levels(folder, project, options.levels)
    show_levels(run, shown, as_json=options.json)


@_on_run(
    "Write a methods paragraph, tables, references and figures of a finished run.", PaperOptions
)
def paper(folder: Path, project: ProjectPaths, options: PaperOptions) -> None:
    """Write what a paper needs."""
    from theta.pipeline.paper import write_paper

    written = write_paper(folder, project, options.out)
    if options.json:
        print_json({"files": [str(path.absolute()) for path in written]})
    else:
        names = ", ".join(path.name for path in written)
        print_result(f"Written in {written[0].parent.absolute()}: {names}")


@_on_run("Draw the charts and the report page of a finished run again.", PlotOptions)
def plots(folder: Path, project: ProjectPaths, options: PlotOptions) -> None:
    """Draw the charts and the report page again."""
    from theta.pipeline.draw import redraw

    drawn = redraw(
        folder,
        project,
        only=options.only,
        dpi=options.dpi,
        language=options.language,
    )
    for path in drawn:
        print_result(str(path))
