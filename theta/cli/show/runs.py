"""Prints runs: their topics, metrics, names and levels, and what came of using them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from theta.cli.console import format_number, format_table, print_json, print_result
from theta.cli.show.analyses import print_effects, print_trends
from theta.cli.show.comparison import comparison_record, show_comparison

if TYPE_CHECKING:
    from theta.pipeline.compare import ComparisonReport
    from theta.pipeline.infer import InferReport
    from theta.pipeline.run import Outcome
    from theta.pipeline.verify import Verification
    from theta.run import Run
    from theta.run.hierarchy import Group


def show_runs(
    outcomes: Sequence[Outcome], comparison: ComparisonReport | None, *, as_json: bool
) -> None:
    """Print the topics, metrics and folder of each run, and how several runs compare."""
    if as_json:
        record: dict[str, Any] = {"runs": [run_record(outcome) for outcome in outcomes]}
        if comparison is not None:
            record["comparison"] = comparison_record(comparison)
        print_json(record)
        return
    for outcome in outcomes:
        if outcome.run is not None:
            show_run(outcome.run)
    if comparison is not None:
        print_result()
        show_comparison(comparison, as_json=False)


def run_record(outcome: Outcome) -> dict[str, Any]:
    """Return a run, or why there is none, ready for JSON."""
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


def show_run(run: Run) -> None:
    """Print the topics of a run, its analyses and metrics, and where everything is."""
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
        print_effects(run)
    if run.trends is not None:
        print_result()
        print_trends(run)
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


def show_labelled(run: Run, *, as_json: bool) -> None:
    """Print the names of the topics of a run and where they come from."""
    sources = dict(zip(run.numbers, run.name_sources, strict=True))
    if as_json:
        topics = [{**asdict(topic), "source": sources[topic.number]} for topic in run.topics]
        print_json({"run": str(run.files.root.absolute()), "topics": topics})
        return
    rows = [["topic", "name", "from", "top words"]]
    rows += [[str(t.number), t.name, sources[t.number], " ".join(t.words)] for t in run.topics]
    print_result(format_table(rows, right=(0,)))


def show_levels(run: Run, levels: Mapping[int, Sequence[Group]], *, as_json: bool) -> None:
    """Print a run with fewer topics, and where the tables are."""
    if as_json:
        tables = {n: [asdict(group) for group in groups] for n, groups in levels.items()}
        print_json({"run": str(run.files.root.absolute()), "levels": tables})
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
    if as_json:
        _print_edited(run)
        return
    show_run(run)
    sources: Mapping[str, Sequence[Any]] = run.facts.get("topic_sources", {})
    for number, parts in sources.items():
        print_result(f"Topic {number} is made of {_made_of(parts)}")
    undo = ["theta", "edit", "--run", str(run.files.root), "--undo"]
    print_result(f"To undo the edit: {shlex.join(undo)}")


def show_undone(run: Run, *, as_json: bool) -> None:
    """Print that a run is as it was before an edit."""
    if as_json:
        _print_edited(run)
        return
    print_result(f"{run.files.root} is as it was before its last edit")


def _print_edited(run: Run) -> None:
    record: dict[str, Any] = {"run": str(run.files.root.absolute())}
    record["topic_sources"] = run.facts.get("topic_sources", {})
    record["topics"] = [asdict(topic) for topic in run.topics]
    record["metrics"] = {metric.name: metric.value for metric in run.metrics}
    print_json(record)


def _made_of(parts: Sequence[Any]) -> str:
    texts = [
        f"a part of topic {part['part_of']}" if isinstance(part, dict) else str(part)
        for part in parts
    ]
    return texts[0] if len(texts) == 1 else f"topics {', '.join(texts)}"


def show_verification(verification: Verification, *, as_json: bool) -> None:
    """Print whether a repeated training gives the same numbers."""
    if as_json:
        print_json({**asdict(verification), "repeats": not verification.differences})
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
        print_json(report.record())
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
