"""Results on stdout: tables for people, or one JSON object for scripts."""

from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta.cli.console import (
    format_number,
    format_small,
    format_table,
    print_result,
    split_columns,
)

if TYPE_CHECKING:
    from theta.corpus.preview import Preview
    from theta.evaluation.seed_noise import SeedRow
    from theta.pipeline.compare import ComparisonReport
    from theta.pipeline.infer import InferReport
    from theta.pipeline.prepare import PrepareReport
    from theta.pipeline.run import Outcome
    from theta.pipeline.status import Item
    from theta.pipeline.verify import Verification
    from theta.run import Run
    from theta.run.hierarchy import Group
    from theta.storage.places import Place
    from theta.tuning.conclusion import Conclusion

logger = logging.getLogger(__name__)

_SHOWN_SETTINGS = 10
"""Settings of a search in the table on the console; trials.csv has all."""

_TABLE_WIDTH = 110
"""Largest width of a table of runs; further columns go into another table below."""


def show_json(value: Any) -> None:
    """Print one JSON object."""
    print_result(json.dumps(value, ensure_ascii=False, default=str))


def show_preparation(report: PrepareReport, *, as_json: bool) -> None:
    """Print where the corpus and the embeddings are, and whether anything changed."""
    if as_json:
        show_json(report.record())
        return
    if not report.renewed:
        print_result("Nothing has changed since the last preparation.")
    print_result(f"Corpus: {report.corpus_files.root.absolute()}")
    if report.embedding_files is not None:
        print_result(f"Embeddings: {report.embedding_files.root.absolute()}")


def show_preview(preview: Preview, *, as_json: bool) -> None:
    """Print what a few documents would become: their text, counted words and removed words."""
    if as_json:
        show_json(asdict(preview))
        return
    for document in preview.documents:
        print_result(
            f"{document.row_id} ({document.file}, line {document.line}): {document.status}"
        )
        print_result(f"  text: {document.text!r}")
        print_result(f"  counted ({len(document.words)}): {' '.join(document.words)}")
        for reason, words in document.removed.items():
            print_result(f"  removed, {reason}: {' '.join(words)}")
        print_result()
    print_result(f"Language: {preview.language_how}; words split by: {preview.segmenter}.")
    print_result(
        "Rare and very frequent words (--min_df, --max_df, --vocab_size) are removed once all "
        "documents are counted. Nothing was written."
    )
    for note in preview.notes:
        logger.warning("%s", note)


def show_runs(
    outcomes: Sequence[Outcome], comparison: ComparisonReport | None, *, as_json: bool
) -> None:
    """Print the topics, metrics and folder of each run, and how several runs compare."""
    if as_json:
        record: dict[str, Any] = {"runs": [_run_record(outcome) for outcome in outcomes]}
        if comparison is not None:
            record["comparison"] = _comparison_record(comparison)
        show_json(record)
        return
    for outcome in outcomes:
        if outcome.run is not None:
            _show_run(outcome.run)
    if comparison is not None:
        print_result()
        show_comparison(comparison, as_json=False)


def show_labelled(run: Run, *, as_json: bool) -> None:
    """Print the names of the topics of a run and where they come from."""
    sources = dict(zip(run.numbers, run.name_sources, strict=True))
    if as_json:
        topics = [{**asdict(topic), "source": sources[topic.number]} for topic in run.topics]
        show_json({"run": str(run.files.root.absolute()), "topics": topics})
        return
    rows = [["topic", "name", "from", "top words"]]
    rows += [[str(t.number), t.name, sources[t.number], " ".join(t.words)] for t in run.topics]
    print_result(format_table(rows, right=(0,)))


def show_levels(run: Run, levels: Mapping[int, Sequence[Group]], *, as_json: bool) -> None:
    """Print a run with fewer topics, and where the tables are."""
    if as_json:
        tables = {n: [asdict(group) for group in groups] for n, groups in levels.items()}
        show_json({"run": str(run.files.root.absolute()), "levels": tables})
        return
    for groups in levels.values():
        rows = [["share", "name", "topics", "top words"]]
        for group in groups:
            numbers = " ".join(map(str, group.topics))
            rows.append([f"{group.share:.1%}", group.name, numbers, " ".join(group.words)])
        print_result(format_table(rows, right=(0,)))
        print_result()
    print_result(f"The tables are in {run.files.levels.absolute()}")


def show_edited(run: Run, *, as_json: bool) -> None:
    """Print the topics of an edited run, and what they are made of."""
    sources: Mapping[str, Sequence[Any]] = run.facts.get("topic_sources", {})
    if as_json:
        record: dict[str, Any] = {"run": str(run.files.root.absolute())}
        record["topic_sources"] = sources
        record["topics"] = [asdict(topic) for topic in run.topics]
        record["metrics"] = {metric.name: metric.value for metric in run.metrics}
        show_json(record)
        return
    _show_run(run)
    for number, parts in sources.items():
        print_result(f"Topic {number} is made of {_made_of(parts)}")
    undo = ["theta", "edit", "--run", str(run.files.root), "--undo"]
    print_result(f"To take the edit back: {shlex.join(undo)}")


def _made_of(parts: Sequence[Any]) -> str:
    texts = [
        f"a part of topic {part['part_of']}" if isinstance(part, dict) else str(part)
        for part in parts
    ]
    return texts[0] if len(texts) == 1 else f"topics {', '.join(texts)}"


def _run_record(outcome: Outcome) -> dict[str, Any]:
    run = outcome.run
    return {
        "model": outcome.model,
        "run": str(outcome.files.root.absolute()),
        "error": None if outcome.error is None else str(outcome.error),
        "topic_count": run.topic_count.record() if run and run.topic_count else None,
        "metrics": {metric.name: metric.value for metric in run.metrics} if run else {},
        "topics": [asdict(topic) for topic in run.topics] if run else [],
        "tables": {
            table.name: str(run.files.model_table(table.name).absolute()) for table in run.tables
        }
        if run
        else {},
    }


def _show_run(run: Run) -> None:
    from theta.evaluation.metrics import METRICS

    print_result()
    rows = [["topic", "name", "share", "top words"]]
    rows += [[str(t.number), t.name, f"{t.share:.1%}", " ".join(t.words)] for t in run.topics]
    print_result(format_table(rows, right=(0, 2)))
    if run.topic_count is not None:
        print_result()
        print_result(f"--num_topics auto: {run.topic_count.sentence}")
    for table in run.tables:
        print_result()
        for sentence in table.sentences:
            print_result(sentence)
        print_result(f"The full table is in {run.files.model_table(table.name).absolute()}")
    if run.effects is not None:
        print_result()
        _print_effects(run)
    if run.trends is not None:
        print_result()
        _print_trends(run)
    if run.metrics:
        print_result()
        rows = [["metric", "value", "95 % interval", "what it says"]]
        for metric in run.metrics:
            interval = " to ".join(map(format_number, metric.interval or ()))
            meaning = METRICS[metric.name].meaning if metric.name in METRICS else metric.definition
            says = metric.reason or meaning
            rows.append([metric.name, format_number(metric.value), interval, says])
        print_result(format_table(rows, right=(1,)))
    if run.unfolded:
        values = ", ".join(f"{name} {format_number(v)}" for name, v in run.unfolded.items())
        print_result(f"Without folding the forms of words: {values}")
    print_result()
    print_result(f"Everything is in {run.files.root.absolute()}")
    print_result(
        f"{run.files.doc_topics_table.name}: one row per document; row_id is your column id, or "
        "the number of the row, counted from 1"
    )


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
        show_json(
            {
                "run": str(files.root.absolute()),
                "formula": effects.formula,
                "response": effects.response,
                "documents": effects.n_docs,
                "draws": effects.n_draws,
                "errors": effects.errors,
                "prevalence": effects.calibration and effects.calibration.prevalence,
                "notes": list(effects.notes),
                "tables": [str(path.absolute()) for path in tables],
                "figures": [str(path.absolute()) for path in figures],
            }
        )
        return
    _print_effects(run)
    if figures:
        shown = ", ".join(path.name for path in figures if path.suffix == ".png")
        print_result(f"Figures in {files.visualizations.absolute()}: {shown}")


def _print_effects(run: Run) -> None:
    from theta.effects.summary import summary

    assert run.effects is not None
    for sentence in summary(run.effects, [topic.heading() for topic in run.labels]):
        print_result(sentence)
    print_result(f"All effects are in {run.files.effects_table.absolute()}")


def show_trends(run: Run, figures: Sequence[Path], *, as_json: bool) -> None:
    """Print how the topics of a run change over time, and where tables and figures are."""
    trends, files = run.trends, run.files
    assert trends is not None
    if as_json:
        tables = [files.shares_over_time, files.trends_table, files.words_by_period]
        tables += [] if trends.changes is None else [files.change_points]
        show_json(
            {
                "run": str(files.root.absolute()),
                "period": trends.unit,
                "periods": len(trends.starts),
                "draws": trends.n_draws,
                "notes": list(trends.notes),
                "tables": [str(path.absolute()) for path in tables],
                "figures": [str(path.absolute()) for path in figures],
            }
        )
        return
    _print_trends(run)
    shown = ", ".join(path.name for path in figures if path.suffix == ".png")
    print_result(f"Figure in {files.visualizations.absolute()}: {shown}")


def show_relations(run: Run, figures: Sequence[Path], *, as_json: bool) -> None:
    """Print the clearest correlations of the topics of a run, and where tables and figures are."""
    from theta.relations.summary import notes, summary

    relations, files = run.relations, run.files
    assert relations is not None
    tables = [] if relations.pairs is None else [files.topic_correlations]
    tables += [files.topics_by_group] if relations.groups else []
    if as_json:
        show_json(
            {
                "run": str(files.root.absolute()),
                "draws": relations.n_draws,
                "clear_correlations": len(relations.clear),
                "notes": list(relations.notes),
                "tables": [str(path.absolute()) for path in tables],
                "figures": [str(path.absolute()) for path in figures],
            }
        )
        return
    for sentence in summary(relations, [topic.heading() for topic in run.labels]):
        print_result(sentence)
    for note in notes(relations):
        print_result(note)
    print_result(f"Tables in {files.relations_folder.absolute()}: {_file_names(tables)}")
    if figures:
        shown = [path for path in figures if path.suffix == ".png"]
        print_result(f"Figures in {files.visualizations.absolute()}: {_file_names(shown)}")


def _file_names(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _print_trends(run: Run) -> None:
    from theta.trends.summary import notes, summary

    assert run.trends is not None
    for sentence in summary(run.trends, [topic.heading() for topic in run.labels]):
        print_result(sentence)
    for note in notes(run.trends):
        print_result(note)
    print_result(
        f"Shares by {run.trends.unit} are in {run.files.shares_over_time.absolute()}, the words "
        f"of each {run.trends.unit} in {run.files.words_by_period.name}"
    )


def show_comparison(report: ComparisonReport, *, as_json: bool) -> None:
    """Print a table of runs with the best values marked, and the spread over seeds."""
    comparison = report.comparison
    if as_json:
        show_json(_comparison_record(report))
        return
    columns = [
        _compared_column(name, cells, comparison.best.get(name, frozenset()))
        for name, *cells in zip(comparison.columns, *comparison.rows, strict=True)
    ]
    for block in split_columns(columns, _TABLE_WIDTH):
        numeric = [i for i, column in enumerate(block) if column[0].rstrip() in comparison.best]
        print_result(format_table(list(zip(*block, strict=True)), right=numeric))
        print_result()
    print_result(
        f"* best of its column. The table is also in {report.files.table} and {report.files.figure}"
    )
    for note in comparison.notes:
        print_result(note)
    if comparison.seeds:
        _show_seeds(comparison.seeds, comparison.reference, report.files.seeds)


def _compared_column(name: str, cells: Sequence[object], best: Collection[int]) -> list[str]:
    """Return a column as text; every cell leaves room for the star, so that digits align."""
    room = " " if best else ""
    marked = [format_number(cell) + ("*" if i in best else room) for i, cell in enumerate(cells)]
    return [name + room, *marked]


def _comparison_record(report: ComparisonReport) -> dict[str, Any]:
    comparison = report.comparison
    rows = [dict(zip(comparison.columns, row, strict=True)) for row in comparison.rows]
    files = {"table": str(report.files.table), "figure": str(report.files.figure)}
    seeds = [{**asdict(row), "verdict": row.verdict} for row in comparison.seeds]
    return {
        "runs": rows,
        "not_ranked": [name for name in comparison.columns if name in comparison.unranked],
        "notes": comparison.notes,
        "seeds": seeds,
        "reference": comparison.reference,
        **files,
    }


def _show_seeds(rows: Sequence[SeedRow], reference: str | None, file: Path) -> None:
    """Print mean and standard deviation of each metric, then the lead of the reference run."""
    runs = list(dict.fromkeys(row.run for row in rows))
    metrics = list(dict.fromkeys(row.metric for row in rows))
    cells = {(row.run, row.metric): row for row in rows}

    def table(title: str, columns: Sequence[str], text: Callable[[SeedRow], str]) -> None:
        lines = [[title, *columns]]
        for metric in metrics:
            of_metric = [cells.get((run, metric)) for run in columns]
            lines.append([metric, *("-" if row is None else text(row) for row in of_metric)])
        print_result()
        print_result(format_table(lines))

    n_seeds = sorted({row.spread.n_seeds for row in rows})
    table(f"mean ± sd of {' or '.join(map(str, n_seeds))} seeds", runs, _spread_text)
    others = [run for run in runs if run != reference]
    if reference is not None and any(row.lead is not None for row in rows):
        table(f"{reference} minus", others, _lead_text)
        print_result()
        print_result(
            "better, worse: by more than the noise of the seeds (the 95 % interval of the mean "
            f"difference, seed by seed, excludes 0); noise: not so. The table is also in {file}"
        )


def _spread_text(row: SeedRow) -> str:
    return f"{format_number(row.spread.mean)} ± {format_small(row.spread.sd)}"


def _lead_text(row: SeedRow) -> str:
    if row.lead is None:
        return "-"
    sign = "+" if row.lead.mean >= 0 else ""
    return f"{sign}{format_small(row.lead.mean)} {row.verdict}"


def show_verification(verification: Verification, *, as_json: bool) -> None:
    """Print whether a repeated training gives the same numbers."""
    if as_json:
        show_json({**asdict(verification), "repeats": not verification.differences})
        return
    for note in verification.notes:
        print_result(f"changed since: {note}")
    for difference in verification.differences:
        print_result(f"differs: {difference}")
    if not verification.differences:
        print_result(f"{verification.run} repeats: every file is intact and every number the same.")


def show_inference(report: InferReport, *, as_json: bool) -> None:
    """Print the topics of new documents and their drift from the corpus."""
    if as_json:
        show_json(report.record())
        return
    drift = report.drift
    rows = [["topic", "name", "share", "in the corpus", "top words"]]
    order = sorted(range(len(report.topics)), key=lambda k: -drift.topic_shares[k])
    for k in order:
        topic = report.topics[k]
        shares = [f"{share[k]:.1%}" for share in (drift.topic_shares, drift.topic_shares_corpus)]
        rows.append([str(topic.number), topic.name, *shares, " ".join(topic.words)])
    print_result(format_table(rows, right=(0, 2, 3)))
    print_result()
    for sentence in drift.sentences:
        print_result(sentence)
    print_result()
    print_result(f"Topics of the documents are in {report.output}")
    print_result(f"Details of the drift are in {report.drift_file}")


def show_search(conclusion: Conclusion, outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    """Print the best settings of a search, the recommended one and why, and its run."""
    from theta.tuning.tables import describe_setting, record_of

    files = conclusion.plan.files
    if as_json:
        runs = [_run_record(outcome) for outcome in outcomes]
        show_json({**record_of(conclusion), "folder": str(files.root.absolute()), "runs": runs})
        return
    for outcome in outcomes:
        if outcome.run is not None:
            _show_run(outcome.run)
    names = [objective.name for objective in conclusion.objectives]
    options = list(conclusion.recommended.setting)
    marks = dict.fromkeys(conclusion.equals, "=") | {conclusion.recommended.number: "*"}
    settings = {trial.number: trial.setting for trial in conclusion.trials}
    best = sorted(conclusion.standing, key=lambda number: -conclusion.standing[number])
    rows = [["", *options, *names, "front"]]
    for number in best[:_SHOWN_SETTINGS]:
        values = [format_number(conclusion.values[number][name]) for name in names]
        chosen = [str(settings[number][name]) for name in options]
        front = "yes" if number in conclusion.front else ""
        rows.append([marks.get(number, ""), *chosen, *values, front])
    print_result()
    print_result(format_table(rows, right=range(1, len(rows[0]) - 1)))
    print_result()
    print_result(f"* recommended: {describe_setting(conclusion.recommended.setting)}")
    for reason in conclusion.reasons:
        print_result(f"  {reason}")
    if conclusion.equals:
        print_result("= cannot be told apart from it")
    for note in conclusion.notes:
        print_result(note)
    print_result(f"Its command: {conclusion.command}")
    print_result(f"The search is in {files.root.absolute()}: {files.trials.name} has every trial")


def show_status(items: Sequence[Item], *, as_json: bool) -> None:
    """Print what is ready, stale or missing, and the commands that make it."""
    if as_json:
        show_json({item.name: item.record() for item in items})
        return
    rows = [["item", "state", "", "command"]]
    rows += [[item.name, item.state, item.detail, item.command] for item in items]
    print_result(format_table(rows))


def show_plan(
    options: Mapping[str, Any],
    reads: Sequence[Path | Place],
    writes: Sequence[Path | Place],
    *,
    as_json: bool,
) -> None:
    """Print the resolved options and the paths that would be read and written."""
    groups = {name: asdict(group) for name, group in options.items()}
    if as_json:
        show_json({"options": groups, "reads": [*map(str, reads)], "writes": [*map(str, writes)]})
        return
    for name, group in groups.items():
        print_result(f"{name}:")
        for option, value in group.items():
            print_result(f"  {option}: {value}")
    for title, paths in (("reads", reads), ("writes", writes)):
        print_result(f"{title}:")
        for path in paths:
            print_result(f"  {path.absolute() if isinstance(path, Path) else path}")
