"""Print the table of all models side by side, on one corpus, one split and one set of metrics.

    python scripts/bench_models.py --data /path/to/20ng --models all --num_topics 20,50 \
        --seeds 0,1 --out models.jsonl --limit 600 --markdown

The folder holds vocab.json (the words), bow.npz (SciPy's sparse counts), documents_mini.npy and
words_mini.npy (ready vectors) and one *.csv.gz with the columns text and label. The split is the
program's own: a tenth of the documents for testing, a tenth of the others for validation. Every
model is fitted with its defaults, or what --set changes, in a process of its own, one thread, so
that its peak memory is its own. Metrics are those of the program (theta.evaluation): judge is
embedding coherence, rating the expected rating, NMI and purity are over all documents. A dash is a
metric without a value; --reasons shows why. PPL evaluates θ of the first half of each test document
on its second half; for models that read embeddings the first halves of the texts are embedded here,
by the same small model. A model that finds K itself has one line per seed. Models that need what
the folder does not have (dates, covariates) are named at the end. --out keeps every finished fit as
a line of JSON: the same command goes on where it was stopped, and prints what is there. --limit
ends a fit that takes longer, and says so in its place.
Seconds, also those of --limit, are the processor's: they do not grow on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from models_data import part_for_models
from models_fits import COLUMNS, Result, Task, in_a_process, keep, read_results
from quality_data import read_folder

from theta.models import MODELS
from theta.options.declare import declarations

SERVED = {"embeddings", "labels"}
"""What a folder has for the models."""


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
        halves = args.out and args.out.with_suffix(f".halves-{n_docs}.npy")
        corpus, embeddings = part_for_models(
            args.data, whole, vectors, n_docs, halves, with_embeddings=reading
        )
    print(f"{args.data.name}: {n_docs} documents, {whole.n_words} words")
    heads = "".join(f"{column:>9}" for column in (*COLUMNS.values(), "seconds", "MB"))
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
    heads = [*COLUMNS.values(), "seconds", "MB"]
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


def numbers(text: str) -> list[int]:
    """Read numbers separated by commas."""
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
