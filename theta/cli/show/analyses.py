"""Prints analyses of the topic shares of a run: effects, trends and relations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta.cli.console import print_json, print_result

if TYPE_CHECKING:
    from theta.run import Run


def show_effects(run: Run, figures: Sequence[Path], *, as_json: bool) -> None:
    """Print the clearest effects of covariates in a run, and where the tables and figures are."""
    effects, files = run.effects, run.files
    assert effects is not None
    tables = [
        files.effects_table,
        files.predicted_shares,
        files.effects_markdown,
        files.effects_latex,
    ]
    if effects.calibration is not None:
        tables.append(files.calibrated_topics)
    if effects.permutation is not None:
        tables.append(files.permutation_test)
    if as_json:
        facts = {
            "formula": effects.formula,
            "response": effects.response,
            "documents": effects.n_docs,
            "draws": effects.n_draws,
            "errors": effects.errors,
            "prevalence": effects.calibration and effects.calibration.prevalence,
        }
        _print_record(run, facts, effects.notes, tables, figures)
        return
    print_effects(run)
    _print_figures(run, figures)


def print_effects(run: Run) -> None:
    """Print the clearest effects of covariates in a run, and where the table of all is."""
    from theta.effects.summary import summary

    assert run.effects is not None
    for sentence in summary(run.effects, _headings(run)):
        print_result(sentence)
    print_result(f"All effects are in {run.files.effects_table.absolute()}")


def show_trends(run: Run, figures: Sequence[Path], *, as_json: bool) -> None:
    """Print how the topics of a run change over time, and where tables and figures are."""
    trends, files = run.trends, run.files
    assert trends is not None
    if as_json:
        tables = [files.shares_over_time, files.trends_table, files.words_by_period]
        tables += [] if trends.changes is None else [files.change_points]
        facts = {"period": trends.unit, "periods": len(trends.starts), "draws": trends.n_draws}
        _print_record(run, facts, trends.notes, tables, figures)
        return
    print_trends(run)
    _print_figures(run, figures)


def print_trends(run: Run) -> None:
    """Print how the topics of a run change over time, and where the tables are."""
    from theta.trends.summary import notes, summary

    assert run.trends is not None
    for sentence in (*summary(run.trends, _headings(run)), *notes(run.trends)):
        print_result(sentence)
    print_result(
        f"Shares by {run.trends.unit} are in {run.files.shares_over_time.absolute()}, the words "
        f"of each {run.trends.unit} in {run.files.words_by_period.name}"
    )


def show_relations(run: Run, figures: Sequence[Path], *, as_json: bool) -> None:
    """Print the clearest correlations of the topics of a run, and where tables and figures are."""
    from theta.relations.summary import notes, summary

    relations, files = run.relations, run.files
    assert relations is not None
    tables = [] if relations.pairs is None else [files.topic_correlations]
    tables += [files.topics_by_group] if relations.groups else []
    if as_json:
        facts = {"draws": relations.n_draws, "clear_correlations": len(relations.clear)}
        _print_record(run, facts, relations.notes, tables, figures)
        return
    for sentence in (*summary(relations, _headings(run)), *notes(relations)):
        print_result(sentence)
    print_result(f"Tables in {files.relations_folder.absolute()}: {_file_names(tables)}")
    _print_figures(run, figures)


def _headings(run: Run) -> list[str]:
    return [topic.heading() for topic in run.labels]


def _print_record(
    run: Run,
    facts: Mapping[str, Any],
    notes: Sequence[str],
    tables: Sequence[Path],
    figures: Sequence[Path],
) -> None:
    """Print an analysis as one JSON object."""
    print_json(
        {
            "run": str(run.files.root.absolute()),
            **facts,
            "notes": list(notes),
            "tables": [str(path.absolute()) for path in tables],
            "figures": [str(path.absolute()) for path in figures],
        }
    )


def _print_figures(run: Run, figures: Sequence[Path]) -> None:
    shown = [path for path in figures if path.suffix == ".png"]
    if shown:
        heading = "Figure" if len(shown) == 1 else "Figures"
        print_result(f"{heading} in {run.files.visualizations.absolute()}: {_file_names(shown)}")


def _file_names(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)
