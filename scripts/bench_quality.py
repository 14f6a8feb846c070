"""Print how good topics are: coherence, diversity and agreement with labels, model by model.

    python scripts/bench_quality.py --data /path/to/20ng

The folder holds vocab.json (the words), bow.npz (SciPy's sparse counts), documents_mini.npy and
words_mini.npy (ready vectors) and one *.csv.gz with the columns text and label. A tenth of the
documents, drawn by the seed, is for validation; the others train. NPMI and C_V are gensim's c_npmi
and c_v over the top 10 words on the vocabulary tokens of all texts, TD the share of different words
among them; NMI and purity compare the dominant topic with the label, which no model has seen.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, load_npz

from theta.contracts import Corpus, Embeddings, Labels, Split, Tokens
from theta.evaluation.agreement import contingency, normalized_mutual_information, purity
from theta.evaluation.coherence import C_V_WINDOW, NPMI_WINDOW, c_v, npmi
from theta.evaluation.diversity import topic_diversity
from theta.evaluation.windows import count_windows
from theta.models.base import Fitting
from theta.models.theta import Theta
from theta.models.theta_options import ThetaOptions
from theta.models.topic_words import damped_counts, log_word_frequencies, relevance
from theta.models.warm_start import cluster_deviations, cluster_documents

WORD = re.compile(r"\b\w\w\w+\b")
TOP_N = 10
COLUMNS = ("NPMI", "C_V", "TD10", "NMI", "purity", "seconds")


@dataclass(frozen=True)
class Topics:
    """What is judged."""

    top_words: NDArray[np.intp]
    doc_topic: NDArray[np.floating]
    note: str = ""


Fit = Callable[[Corpus, Embeddings, int, int, argparse.Namespace], Topics]


def main() -> None:
    """Print one line per model, number of topics and seed, and the means over the seeds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders as above")
    parser.add_argument("--models", type=names, default=["theta"], help=", ".join(MODELS))
    parser.add_argument("--num_topics", type=numbers, default=[20, 50])
    parser.add_argument("--seeds", type=numbers, default=[0, 1])
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--kl_warmup", type=int, default=5)
    parser.add_argument("--batch_size", type=int, default=256)
    parser.add_argument("--hidden_dim", type=int, default=256)
    parser.add_argument("--num_layers", type=int, default=1)
    parser.add_argument("--show_words", action="store_true", help="print the top words too")
    args = parser.parse_args()
    print(f"{'data':12}{'model':10}{'K':>4}{'seed':>6}" + "".join(f"{c:>9}" for c in COLUMNS))
    for folder in args.data:
        corpus, embeddings = read_folder(folder)
        for name in args.models:
            for num_topics in args.num_topics:
                bench(folder.name, name, corpus, embeddings, num_topics, args)


def bench(
    data: str,
    name: str,
    corpus: Corpus,
    embeddings: Embeddings,
    num_topics: int,
    args: argparse.Namespace,
) -> None:
    """Print the lines of one model and number of topics."""
    rows = []
    for seed in args.seeds:
        began = time.perf_counter()
        topics = MODELS[name](with_split(corpus, seed), embeddings, num_topics, seed, args)
        seconds = time.perf_counter() - began
        rows.append([*judge(topics, corpus), seconds])
        print(line(data, name, num_topics, str(seed), rows[-1]), topics.note, flush=True)
        if args.show_words:
            for words in topics.top_words:
                print("   ", " ".join(corpus.vocabulary[v] for v in words))
    if len(rows) > 1:
        means = [statistics.fmean(column) for column in zip(*rows, strict=True)]
        print(line(data, name, num_topics, "mean", means), flush=True)


def line(data: str, name: str, num_topics: int, seed: str, values: list[float]) -> str:
    """Return one line of the table."""
    numbers_ = "".join(f"{value:9.3f}" for value in values[:-1]) + f"{values[-1]:9.1f}"
    return f"{data:12}{name:10}{num_topics:4d}{seed:>6}{numbers_}"


def judge(topics: Topics, corpus: Corpus) -> list[float]:
    """Return NPMI, C_V, TD, NMI and purity."""
    near, far = count_windows(topics.top_words, corpus.tokens, [NPMI_WINDOW, C_V_WINDOW])
    assert corpus.labels is not None
    table = contingency(topics.doc_topic, corpus.labels.codes)
    return [
        float(np.mean(npmi(near))),
        float(np.mean(c_v(far))),
        float(np.mean(topic_diversity(topics.top_words))),
        normalized_mutual_information(table),
        purity(table),
    ]


# --- models ----------------------------------------------------------------------------------


def fit_theta(
    corpus: Corpus, embeddings: Embeddings, num_topics: int, seed: int, args: argparse.Namespace
) -> Topics:
    """THETA with the schedule of the command line."""
    options = ThetaOptions(
        num_topics=num_topics,
        epochs=args.epochs,
        kl_warmup=args.kl_warmup,
        batch_size=args.batch_size,
        hidden_dim=args.hidden_dim,
        num_layers=args.num_layers,
    )
    output = Theta().fit(corpus, embeddings, options, Fitting(seed=seed))
    note = f"best epoch {output.facts['best_epoch']} of {output.facts['epochs_run']}"
    return Topics(output.top_words(TOP_N), output.doc_topic, note)


def fit_control(
    corpus: Corpus, embeddings: Embeddings, num_topics: int, seed: int, _: argparse.Namespace
) -> Topics:
    """No network: k-means on all documents, log2 counts of each cluster, ranked by relevance."""
    clusters = cluster_documents(embeddings.documents.astype(np.float32), num_topics, seed)
    counts = damped_counts(corpus.bow)
    background = log_word_frequencies(counts)
    log_topic_word = background + cluster_deviations(counts, clusters, num_topics, background)
    scores = relevance(log_topic_word, background, ThetaOptions().relevance)
    return Topics(
        np.argsort(-scores, axis=1, kind="stable")[:, :TOP_N], np.eye(num_topics)[clusters]
    )


MODELS: dict[str, Fit] = {"theta": fit_theta, "control": fit_control}


# --- data ------------------------------------------------------------------------------------


def read_folder(folder: Path) -> tuple[Corpus, Embeddings]:
    """Return the corpus, all of it for training, and its ready vectors."""
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    bow = csr_array(load_npz(folder / "bow.npz").astype(np.int32))
    (table,) = folder.glob("*.csv.gz")
    csv.field_size_limit(sys.maxsize)
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    label_names, codes = np.unique([row["label"] for row in rows], return_inverse=True)
    corpus = Corpus(
        vocabulary=tuple(vocabulary),
        bow=bow,
        tokens=tokenize([row["text"] for row in rows], vocabulary),
        split=np.zeros(len(rows), dtype=np.int8),
        first_halves=csr_array((0, len(vocabulary)), dtype=np.int32),
        row_ids=[str(number) for number in range(len(rows))],
        labels=Labels(codes.astype(np.int32), tuple(label_names.tolist())),
        fingerprint=folder.name,
    )
    documents = np.load(folder / "documents_mini.npy")
    words = np.load(folder / "words_mini.npy")
    return corpus, Embeddings(documents, words, np.empty((0, words.shape[1]), words.dtype))


def tokenize(texts: list[str], vocabulary: list[str]) -> Tokens:
    """Return the vocabulary words of each text in reading order."""
    number = {word: v for v, word in enumerate(vocabulary)}
    ids = [[number[w] for w in WORD.findall(text.lower()) if w in number] for text in texts]
    starts = np.cumsum([0, *(len(found) for found in ids)]).astype(np.int64)
    return Tokens(starts, np.concatenate([np.asarray(found, np.int32) for found in ids]))


def with_split(corpus: Corpus, seed: int) -> Corpus:
    """Return the corpus with a tenth of its documents for validation, and without its labels."""
    split = np.full(corpus.n_docs, Split.TRAIN, dtype=np.int8)
    order = np.random.default_rng(seed).permutation(corpus.n_docs)
    split[order[: corpus.n_docs // 10]] = Split.VALIDATION
    return replace(corpus, split=split, labels=None)


def numbers(text: str) -> list[int]:
    """Read numbers separated by commas."""
    return [int(part) for part in text.split(",")]


def names(text: str) -> list[str]:
    """Read names of models separated by commas."""
    chosen = text.split(",")
    unknown = [name for name in chosen if name not in MODELS]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {unknown[0]}; known: {', '.join(MODELS)}")
    return chosen


if __name__ == "__main__":
    main()
