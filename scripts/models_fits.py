"""The fits of bench_models.py: one model, number of topics and seed, each in a new process."""

from __future__ import annotations

import json
import multiprocessing
import re
import resource
import signal
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from theta.contracts import Corpus, Embeddings, Metric, ModelInputs, Split
from theta.errors import ThetaError
from theta.evaluation import meaning
from theta.evaluation.inputs import EvaluationInputs, HeldOut
from theta.evaluation.metrics import FAMILIES
from theta.models import MODELS
from theta.models.base import FitContext
from theta.options.declare import declarations
from theta.options.resolve import read_value
from theta.run.word_vectors import word_vectors_of

COLUMNS = {
    "NPMI": "NPMI",
    "C_V": "C_V",
    "TD@10": "TD@10",
    "iRBO": "iRBO",
    "embedding_coherence": "judge",
    "expected_rating": "rating",
    "NMI": "NMI",
    "purity": "purity",
    "PPL": "PPL",
}
"""Head of the column of each metric."""

WIDEST = 25
TOP_N = 10


@dataclass(frozen=True)
class Task:
    """One fit; the number of topics is None for a model that finds it."""

    model: str
    num_topics: int | None
    seed: int
    documents: int
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Result:
    """What became of it: values by column, or the reason for none."""

    task: Task
    num_topics: int = 0
    values: dict[str, float | None] | None = None
    reasons: dict[str, str] | None = None
    words: tuple[str, ...] = ()
    error: str = ""
    limit: int | None = None
    """Seconds after which the fit was ended without an answer."""
    found: tuple[int, ...] = ()
    """Of a mean: the numbers of topics of the seeds."""


def read_results(path: Path | None, limit: int | None) -> dict[Task, Result]:
    """Return the finished fits of a file; not those that a higher limit might let finish.

    Nor those that lack a column, of an earlier version.
    """
    found: dict[Task, Result] = {}
    if path is None or not path.exists():
        return found
    for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        task = record.pop("task")
        task["changes"] = tuple(map(tuple, task["changes"]))
        result = Result(Task(**task), **{**record, "words": tuple(record["words"])})
        ended = result.limit is not None and (limit is None or limit > result.limit)
        lacking = result.values is not None and not result.values.keys() >= {*COLUMNS.values()}
        if not (ended or lacking):
            found[result.task] = result
    return found


def keep(path: Path | None, result: Result) -> None:
    """Add a fit to the file; one that failed is tried again the next time."""
    if path is not None and (result.values is not None or result.limit is not None):
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


def in_a_process(task: Task, corpus: Corpus, embeddings: Embeddings, limit: int | None) -> Result:
    """Run a task in a new process, whose peak memory is the task's alone."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=answer, args=(theirs, task, corpus, embeddings, limit))
    process.start()
    theirs.close()
    try:
        result: Result = ours.recv()
    except EOFError:
        process.join()
        if process.exitcode == -signal.SIGXCPU:
            return Result(task, error=f"took more than {limit} s and was ended", limit=limit)
        return Result(task, error=f"its process ended with {process.exitcode}: out of memory?")
    process.join()
    return result


def answer(
    pipe: Any, task: Task, corpus: Corpus, embeddings: Embeddings, limit: int | None
) -> None:
    """Send the result of a task, unless it takes more than `limit` seconds of the processor."""
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
    pipe.send(run(task, corpus, embeddings))


def run(task: Task, corpus: Corpus, embeddings: Embeddings) -> Result:
    """Fit and evaluate one model."""
    model = MODELS[task.model]()
    given = dict(task.changes)
    if task.num_topics is not None:
        given["num_topics"] = str(task.num_topics)
    declared = declarations(model.Options)
    options = model.Options(
        **{name: read_value(declared[name], raw) for name, raw in given.items()}
    )
    # A new process inherits its parent's peak; 5 sets it to what is held now (man 5 proc).
    Path("/proc/self/clear_refs").write_text("5")
    began = time.process_time()
    try:
        # The labels are for the evaluation only.
        blind = replace(corpus, labels=None)
        output = model.fit(blind, embeddings, options, FitContext(seed=task.seed, progress=False))
    except ThetaError as error:
        return Result(task, error=str(error))
    seconds = time.process_time() - began
    peak = peak_megabytes()
    inputs = ModelInputs(corpus.first_halves, embeddings.test_halves)
    test = corpus.rows(Split.TEST)
    assert corpus.labels is not None
    evidence = EvaluationInputs(
        top_words=output.top_words(WIDEST),
        topic_word=output.topic_word,
        doc_topic=output.doc_topic,
        reference=corpus.tokens,
        label_codes=corpus.labels.codes,
        vocabulary=corpus.vocabulary,
        word_vectors=word_vectors_of(corpus.languages),
        languages=corpus.languages,
        held_out=HeldOut(
            model.infer(output.state, options, inputs), corpus.bow[test] - corpus.first_halves
        ),
    )
    metrics = {metric.name: metric for metric in evaluate(evidence)}
    values = {head: metrics[name].value for name, head in COLUMNS.items()}
    words = [" ".join(corpus.vocabulary[v] for v in top) for top in output.top_words(TOP_N)]
    return Result(
        task,
        output.num_topics,
        {**values, "seconds": seconds, "MB": peak},
        {h: str(metrics[c].reason) for c, h in COLUMNS.items() if metrics[c].value is None},
        tuple(words),
    )


def peak_megabytes() -> float:
    """Return the most memory this process has held, from Linux' VmHWM."""
    status = Path("/proc/self/status").read_text()
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) / 1024


def evaluate(evidence: EvaluationInputs) -> list[Metric]:
    """Return the metrics of the table; those of labels without the slow classifier."""
    wanted = [family for family in FAMILIES if family.METRICS.keys() & set(COLUMNS)]
    metrics = [metric for family in wanted for metric in family.measure(evidence)]
    return metrics + meaning.measure(evidence, metrics)
