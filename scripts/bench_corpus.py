"""How fast documents become a bag of words, beside scikit-learn, and how much memory it takes.

    python scripts/bench_corpus.py                       # 100,000 synthetic documents
    python scripts/bench_corpus.py --csv FILE            # documents of your own
    python scripts/bench_corpus.py --scale 100000 300000 1000000

The synthetic documents have 60 tokens: half of them Zipf-distributed over 20,000 words, half from
the 200 words of the document's topic (20 topics, written as its label).
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from theta.corpus.bow import ChunkRules, add_occurrences, count_words
from theta.corpus.build import build_corpus
from theta.corpus.languages import stop_words
from theta.corpus.parallel import available_cores, tokenize_chunks
from theta.corpus.read import file_source
from theta.corpus.settings import CorpusReport, CorpusSettings
from theta.corpus.tokenize import TokenRules, tokenizer
from theta.corpus.vocabulary import WordTable, select_vocabulary
from theta.layout import CorpusFiles

SETTINGS = CorpusSettings(
    language="english",
    clean=False,
    text_column=None,
    label_column=None,
    time_column=None,
    stopwords=None,
    vocab_size=5000,
    min_df=5,
    max_df=0.7,
    ngram_max=1,
    lowercase=True,
    keep_numbers=False,
    drop_duplicates=False,
    min_tokens=0,
    test_share=0.0,
    seed=0,
)
CHUNK = 5_000


# --- synthetic documents -------------------------------------------------------------------


def write_synthetic(path: Path, n_docs: int, seed: int = 0) -> None:
    """Write documents with planted topics as CSV."""
    draw = np.random.default_rng(seed)
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    words = np.array(
        [
            f"{syllables[i % 70]}{syllables[i // 70 % 70]}{syllables[i // 4900]}"
            for i in range(24_000)
        ]
    )
    zipf = 1 / np.arange(1, 20_001)
    cumulative = np.cumsum(zipf) / zipf.sum()
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "label"])
        for first in range(0, n_docs, 10_000):
            n = min(10_000, n_docs - first)
            topics = draw.integers(0, 20, n)
            common = np.searchsorted(cumulative, draw.random((n, 30)))
            own = 20_000 + 200 * topics[:, None] + draw.integers(0, 200, (n, 30))
            tokens = draw.permuted(np.hstack([common, own]), axis=1)
            for row, topic in zip(words[tokens].tolist(), topics.tolist(), strict=True):
                writer.writerow([" ".join(row), f"topic {topic}"])


def read_documents(path: Path) -> list[str]:
    """Return the texts of a file."""
    table = file_source(path).open()
    at = table.columns.index("text")
    return [row.values[at] for row in table.rows if row.values is not None]


# --- beside scikit-learn -------------------------------------------------------------------


def count_ours(texts: list[str], workers: int) -> Any:
    """Return (vocabulary, counts) of texts in memory."""
    rules = ChunkRules(TokenRules("en", stop_words("en"), True, False), False, 1)
    chunks = ((None, texts[at : at + CHUNK]) for at in range(0, len(texts), CHUNK))
    table = WordTable()
    streams, lengths = [], []
    for _, chunk in tokenize_chunks(chunks, rules, workers):
        ids = table.add(chunk.words, np.bincount(chunk.ids, minlength=len(chunk.words)))
        streams.append(ids[chunk.ids])
        lengths.append(chunk.lengths)
    tf, df = np.zeros(table.n_ids, np.int64), np.zeros(table.n_ids, np.int64)
    for stream, length in zip(streams, lengths, strict=True):
        add_occurrences(tf, stream)
        add_occurrences(df, count_words(stream, length, table.n_ids).indices)
    found = select_vocabulary(
        table, tf, df, len(texts), size=SETTINGS.vocab_size, min_df=5, max_df=0.7
    )
    stream = found.columns[np.concatenate(streams)]
    rows = np.repeat(np.arange(len(texts)), np.concatenate(lengths))
    kept = stream >= 0
    length = np.bincount(rows[kept], minlength=len(texts))
    return found.words, count_words(stream[kept], length, len(found.words))


def count_scikit_learn(texts: list[str], **how: Any) -> Any:
    """Return (vocabulary, counts) by CountVectorizer with the same filters."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(min_df=5, max_df=0.7, max_features=SETTINGS.vocab_size, **how)
    counts = vectorizer.fit_transform(texts)
    return list(vectorizer.get_feature_names_out()), counts


def compare(path: Path, repeats: int) -> None:
    """Print seconds and documents per second of both, and whether they agree."""
    texts = read_documents(path)
    cores = available_cores()
    found = tokenizer(TokenRules("en", stop_words("en"), True, False))
    ways: dict[str, Callable[[], Any]] = {
        "CountVectorizer, our tokens": lambda: count_scikit_learn(
            texts, tokenizer=found.words, token_pattern=None, lowercase=False
        ),
        "CountVectorizer, its own": lambda: count_scikit_learn(texts, stop_words="english"),
        "ours, 1 process": lambda: count_ours(texts, 1),
        f"ours, {cores} processes": lambda: count_ours(texts, cores),
        "ours, file to corpus on disk": lambda: prepare(path, None),
    }
    print(f"{len(texts):,} documents, {sum(map(len, texts)) / 1e6:.1f} million characters")
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    results = {}
    for _ in range(repeats):  # in turns, so that a busy neighbour disturbs all alike
        for name, way in ways.items():
            began = time.perf_counter()
            results[name] = way()
            seconds[name].append(time.perf_counter() - began)
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"{name:30} {median:7.2f} s  {len(texts) / median:9,.0f} documents/s")
    words, counts = results["CountVectorizer, our tokens"]
    for name in ("ours, 1 process", f"ours, {cores} processes"):
        own_words, own_counts = results[name]
        same = sorted(set(words) & set(own_words))
        # Words with the count of the last one that is kept may differ: scikit-learn's choice
        # among equals is not stated.
        theirs = counts[:, [words.index(word) for word in same]]
        ours = own_counts[:, [own_words.index(word) for word in same]]
        agree = (theirs != ours).nnz == 0
        print(f"{name}: {len(same):,} of {len(words):,} words the same, counts equal: {agree}")


def prepare(path: Path, workers: int | None) -> CorpusReport:
    """Prepare a corpus from a file in a temporary place."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        files = CorpusFiles(Path(folder) / "corpus")
        settings = replace(SETTINGS, test_share=0.1)
        return build_corpus([file_source(path)], files, settings, workers)


# --- scale ---------------------------------------------------------------------------------


def scale(sizes: list[int], folder: Path) -> None:
    """Print seconds and peak memory by number of documents, each in a process of its own."""
    print("documents  seconds  of CPU  documents/s  peak RSS (MiB): first process + each worker")
    for size in sizes:
        path = folder / f"synthetic_{size}.csv"
        write_synthetic(path, size)
        program = [sys.executable, __file__, "--one", str(path)]
        found = json.loads(subprocess.run(program, check=True, capture_output=True).stdout)
        print(
            f"{size:9,}  {found['seconds']:7.1f}  {found['cpu']:6.1f}  "
            f"{size / found['seconds']:11,.0f}  "
            f"{found['main']:,.0f} + {available_cores()} x {found['worker']:,.0f}",
            flush=True,
        )
        path.unlink()


def measure_one(path: Path) -> None:
    """Prepare one corpus and print seconds and peak memory as JSON."""
    began = time.perf_counter()
    prepare(path, None)
    seconds = time.perf_counter() - began
    main = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {
        "seconds": seconds,
        "cpu": main.ru_utime + main.ru_stime + workers.ru_utime + workers.ru_stime,
        "main": main.ru_maxrss / 1024,
        "worker": workers.ru_maxrss / 1024,
    }
    print(json.dumps(found))


def main() -> None:
    """Read the flags and run what they ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path, help="documents to count (column text)")
    parser.add_argument("--documents", type=int, default=100_000, help="synthetic documents")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scale", type=int, nargs="+", help="numbers of synthetic documents")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measure_one(options.one)
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.scale:
            scale(options.scale, Path(folder))
            return
        path = options.csv
        if path is None:
            path = Path(folder) / "synthetic.csv"
            write_synthetic(path, options.documents)
        else:
            copy = Path(folder) / path.name
            copy.symlink_to(path.resolve())
            path = copy
        compare(path, options.repeats)


if __name__ == "__main__":
    main()
