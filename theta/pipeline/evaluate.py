"""Evaluate the topics of a run and record how each number was computed."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from theta import storage
from theta.contracts import Metric, Split
from theta.corpus.apply import read_reference
from theta.corpus.ledger import spreadsheet_cell
from theta.devices.threads import available_cores
from theta.evaluation.inputs import EvaluationInputs, HeldOut
from theta.evaluation.metrics import evaluate_topics, evaluate_words
from theta.layout import RunFiles
from theta.pipeline.csv_tables import write_csv
from theta.run import Run
from theta.run.word_vectors import word_vectors_of

logger = logging.getLogger(__name__)

TOP_WORDS = 25
"""Top words per topic that TD uses, the most of all metrics."""


def evaluate(run: Run, reference: Path | None, device: str) -> list[Metric]:
    """Return all metrics of a run.

    Parameters
    ----------
    run : Run
    reference : Path, optional
        Text file, one document per line, in which coherence is counted instead of the corpus.
    device : str
        Device for inferring θ of the first halves of the test documents.
    """
    began = time.perf_counter()
    prepared, output = run.prepared, run.output
    corpus, threads = prepared.corpus, run.options.threads
    tokens = corpus.tokens
    if reference is not None:
        tokens = read_reference(reference, prepared.corpus_files)
    # A model that has learnt from labels is evaluated on documents whose labels it has not seen.
    rows: Any = slice(None)
    documents_name = "all labelled documents"
    if run.predictions is not None:
        rows, documents_name = corpus.rows(Split.TEST), "labelled test documents"
    evidence = EvaluationInputs(
        top_words=run.top_words(TOP_WORDS),
        topic_word=output.topic_word,
        doc_topic=output.doc_topic[rows],
        reference=tokens,
        label_codes=None if corpus.labels is None else corpus.labels.codes[rows],
        held_out=infer_held_out(run, device),
        label_task=run.label_task,
        seed=run.seed,
        reference_name="the corpus" if reference is None else reference.name,
        documents_name=documents_name,
        vocabulary=corpus.vocabulary,
        word_vectors=word_vectors_of(prepared.corpus.languages),
        languages=prepared.corpus.languages,
        n_threads=threads if isinstance(threads, int) else available_cores(),
    )
    metrics = evaluate_topics(evidence, run.known_metrics)
    if run.forms is not None:
        unfolded = replace(evidence, top_words=run.ranked_words[:, :TOP_WORDS])
        run.unfolded = values_of(evaluate_words(unfolded))
    logger.info("Evaluated %d metrics: %.1f s", len(metrics), time.perf_counter() - began)
    return metrics


def infer_held_out(run: Run, device: str) -> HeldOut | None:
    """Return θ of the first halves of the test documents; None without test documents."""
    prepared = run.prepared
    if not prepared.corpus.first_halves.shape[0]:
        return None
    return HeldOut(run.infer_first_halves(device), prepared.second_halves())


def write_metrics(
    run: Run, files: RunFiles, others: Mapping[int, Mapping[str, float | None]]
) -> None:
    """Write evaluation_results.json: the values by name, then how each was computed.

    For a run that has learnt labels, also write the confusion matrix as a table.

    Parameters
    ----------
    run : Run
        A run with metrics.
    files : RunFiles
        Where to write.
    others : mapping of int to mapping of str to (float or None)
        The metrics of the trainings with other seeds, by seed.
    """
    facts = run.facts
    content: dict[str, Any] = values_of(run.metrics)
    content |= {
        "training_time": facts["training_time"],
        "num_topics": run.num_topics,
        "num_documents": run.prepared.corpus.n_docs,
    }
    content |= {name: facts[name] for name in ("stability", "seed_words") if name in facts}
    if run.unfolded:
        content["unfolded"] = run.unfolded
    if others:
        by_seed = {**others, facts["seed"]: values_of(run.metrics)}
        content["seeds"] = {str(seed): values for seed, values in sorted(by_seed.items())}
    if run.classification is None:
        files.confusion_matrix.unlink(missing_ok=True)
    else:
        content["classification"] = run.classification
        _write_confusion_matrix(files.confusion_matrix, run.classification)
    content["details"] = {
        metric.name: {
            "definition": metric.definition,
            "documents": metric.documents,
            "reason": metric.reason,
            "interval": metric.interval,
            "per_topic": metric.per_topic,
        }
        for metric in run.metrics
    }
    storage.write_json(files.evaluation, content)


def _write_confusion_matrix(path: Path, classification: Mapping[str, Any]) -> None:
    """Write the documents by label (rows) and predicted label (columns) for a spreadsheet."""
    names = [spreadsheet_cell(name) for name in classification["labels"]]
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = zip(names, classification["confusion_matrix"], strict=True)
    columns = ("label (rows), predicted (columns)", *names)
    write_csv(path, columns, ([name, *row] for name, row in rows))


def values_of(metrics: Sequence[Metric]) -> dict[str, float | None]:
    """Return the values of metrics by their names."""
    return {metric.name: metric.value for metric in metrics}


def other_seeds(run: Run, metrics: Sequence[Metric]) -> dict[int, Any]:
    """Return the recorded metrics of the other seeds of a run, whose topics are not kept.

    They are only comparable with the metrics of the kept seed. If those have changed, through
    another reference corpus or another definition, they are dropped.

    Parameters
    ----------
    run : Run
        The run with its recorded metrics.
    metrics : sequence of Metric
        Metrics of the kept seed, newly computed.
    """
    known = dict(run.evaluation.get("seeds", {}))
    if known and known.pop(str(run.seed), None) != values_of(metrics):
        logger.warning(
            "The metrics have changed, so those of the seeds %s are dropped; to get them, "
            "train again",
            ", ".join(known),
        )
        return {}
    return {int(other): values for other, values in known.items()}
