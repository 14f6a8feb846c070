"""Judge the topics of a run and write down what each number stands on."""

from __future__ import annotations

import csv
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from theta import storage
from theta.contracts import Metric, Split, TopicModelOutput
from theta.corpus.apply import read_reference
from theta.corpus.ledger import SPREADSHEET_ENCODING, spreadsheet_cell
from theta.evaluation.inputs import EvaluationInputs, HeldOut
from theta.evaluation.metrics import evaluate_topics
from theta.layout import RunFiles
from theta.models.base import TopicModel
from theta.pipeline.predictions import describe_labels, label_task, predict_labels
from theta.pipeline.prepared import Prepared

logger = logging.getLogger(__name__)

_TOP_WORDS = 25
"""What the widest metric, TD, looks at."""


def evaluate(
    model: TopicModel,
    model_options: Any,
    prepared: Prepared,
    output: TopicModelOutput,
    *,
    reference: Path | None,
    device: str,
    seed: int,
) -> list[Metric]:
    """Return all metrics of a trained model.

    Parameters
    ----------
    model : TopicModel
        Infers θ of the first halves of the test documents.
    model_options : dataclass
    prepared : Prepared
    output : TopicModelOutput
    reference : Path, optional
        Text file, one document a line, in which coherence is counted instead of the corpus.
    device : str
    seed : int
        Of the bootstrap and of the cross-validation's folds.
    """
    began = time.perf_counter()
    corpus = prepared.corpus
    held_out = None
    if corpus.first_halves.shape[0]:
        inferred = model.infer(output.state, model_options, prepared.first_halves(), device)
        held_out = HeldOut(inferred, prepared.second_halves())
    tokens = corpus.tokens
    if reference is not None:
        tokens = read_reference(reference, prepared.corpus_files)
    # A model that has learnt from the labels of other documents is not judged by those.
    rows: Any = slice(None)
    documents_name = "all labelled documents"
    if predict_labels(output) is not None:
        rows, documents_name = corpus.rows(Split.TEST), "labelled test documents"
    evidence = EvaluationInputs(
        top_words=output.top_words(_TOP_WORDS),
        topic_word=output.topic_word,
        doc_topic=output.doc_topic[rows],
        reference=tokens,
        label_codes=None if corpus.labels is None else corpus.labels.codes[rows],
        held_out=held_out,
        label_task=label_task(prepared, output),
        seed=seed,
        reference_name="the corpus" if reference is None else reference.name,
        documents_name=documents_name,
    )
    metrics = evaluate_topics(evidence)
    logger.info("Evaluated %d metrics: %.1f s", len(metrics), time.perf_counter() - began)
    return metrics


def write_metrics(
    files: RunFiles,
    metrics: Sequence[Metric],
    prepared: Prepared,
    output: TopicModelOutput,
    others: Mapping[int, Mapping[str, float | None]],
) -> None:
    """Write evaluation_results.json: the values by name, then what each stands on.

    Of a run that has learnt labels, write the confusion matrix as a table too.

    `others` are the values of the trainings with other seeds, by seed.
    """
    content: dict[str, Any] = {metric.name: metric.value for metric in metrics}
    content |= {
        "training_time": output.facts["training_time"],
        "num_topics": output.num_topics,
        "num_documents": len(output.doc_topic),
    }
    content |= {
        name: output.facts[name] for name in ("stability", "seed_words") if name in output.facts
    }
    if others:
        by_seed = {**others, output.facts["seed"]: values_of(metrics)}
        content["seeds"] = {str(seed): values for seed, values in sorted(by_seed.items())}
    told = describe_labels(prepared, output)
    if told is None:
        files.confusion_matrix.unlink(missing_ok=True)
    else:
        content["classification"] = told
        _write_confusion_matrix(files.confusion_matrix, told["labels"], told["confusion_matrix"])
    content["details"] = {
        metric.name: {
            "definition": metric.definition,
            "documents": metric.documents,
            "reason": metric.reason,
            "interval": metric.interval,
            "per_topic": metric.per_topic,
        }
        for metric in metrics
    }
    storage.write_json(files.evaluation, content)


def _write_confusion_matrix(
    path: Path, labels: Sequence[str], counts: Sequence[Sequence[int]]
) -> None:
    """Write the documents by their label (rows) and the told one (columns) for a spreadsheet."""
    names = [spreadsheet_cell(name) for name in labels]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle:
        writer = csv.writer(handle)
        writer.writerow(["label (rows), told (columns)", *names])
        writer.writerows([name, *row] for name, row in zip(names, counts, strict=True))


def values_of(metrics: Sequence[Metric]) -> dict[str, float | None]:
    """Return the values of metrics by their names."""
    return {metric.name: metric.value for metric in metrics}


def other_seeds(files: RunFiles, seed: int, metrics: Sequence[Metric]) -> dict[int, Any]:
    """Return the values that a run has of other seeds, whose topics are not kept.

    They are compared with those of the kept seed, so they go where these have changed: the run is
    judged by another reference corpus now, or by other definitions.

    Parameters
    ----------
    files : RunFiles
    seed : int
        The kept one.
    metrics : sequence of Metric
        Of the kept one, as they are now.
    """
    if not files.evaluation.exists():
        return {}
    known = storage.read_json(files.evaluation).get("seeds", {})
    if known and known.pop(str(seed), None) != values_of(metrics):
        logger.warning(
            "The metrics are others than before; those of the seeds %s are dropped: train again",
            ", ".join(known),
        )
        return {}
    return {int(other): values for other, values in known.items()}


def read_metrics(files: RunFiles) -> list[Metric]:
    """Return the metrics that `write_metrics` wrote."""
    content = storage.read_json(files.evaluation)
    return [
        Metric(
            name=name,
            value=content[name],
            definition=details["definition"],
            per_topic=details["per_topic"],
            interval=None if details["interval"] is None else tuple(details["interval"]),
            reason=details["reason"],
            documents=details.get("documents", ""),  # runs of before do not tell
        )
        for name, details in content["details"].items()
    ]
