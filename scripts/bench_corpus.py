"""How fast documents become a bag of words, beside scikit-learn; time and memory up to a million.

    python scripts/bench_corpus.py                                 # 100,000 synthetic documents
    python scripts/bench_corpus.py --csv FILE                      # documents of your own
    python scripts/bench_corpus.py --scale 100000 300000 1000000   # both commands, whole

The first two read a file and count its words: by CountVectorizer with our tokens, with its own,
and by us; with our tokens the two bags of words must be identical. The last runs the program's own
commands on synthetic documents with planted topics (see planted_corpus.py) and random embeddings.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
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

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from planted_corpus import N_TOPICS, topics_found, write_documents, write_vectors  # noqa: E402

from theta import storage  # noqa: E402
from theta.contracts import Split  # noqa: E402
from theta.corpus.bow import ChunkRules, add_occurrences, count_words  # noqa: E402
from theta.corpus.build import build_corpus  # noqa: E402
from theta.corpus.documents import DocumentReader  # noqa: E402
from theta.corpus.languages import stop_words  # noqa: E402
from theta.corpus.parallel import tokenize_chunks  # noqa: E402
from theta.corpus.read import file_source  # noqa: E402
from theta.corpus.settings import CorpusReport, CorpusSettings  # noqa: E402
from theta.corpus.store import load_corpus  # noqa: E402
from theta.corpus.tokenize import TokenRules, tokenizer  # noqa: E402
from theta.corpus.vocabulary import WordTable, select_vocabulary  # noqa: E402
from theta.devices.threads import available_cores  # noqa: E402
from theta.layout import CorpusFiles, EmbeddingFiles, ProjectPaths  # noqa: E402
from theta.run.preprocessing import PRECOMPUTED  # noqa: E402

SETTINGS = CorpusSettings(
    language="english",
    clean=False,
    text_column=None,
    label_column=None,
    time_column=None,
    sheet=None,
    date_order="auto",
    stopwords=None,
    # All of them: of words equally frequent, scikit-learn does not say which it keeps.
    vocab_size=10**9,
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
TOKENS = TokenRules("en", stop_words("en"), SETTINGS.lowercase, SETTINGS.keep_numbers)
DATASET, SIZE, MODE = "planted", "mini", "zero_shot"
DIM = 384


# --- beside scikit-learn -------------------------------------------------------------------


def count_ours(path: Path, workers: int) -> Any:
    """Return (vocabulary, counts) of the documents in a file."""
    chunks = (
        (None, rows.texts)
        for rows in DocumentReader([file_source(path)], SETTINGS.requested_columns).chunks()
    )
    table = WordTable()
    streams, lengths = [], []
    for _, chunk in tokenize_chunks(chunks, ChunkRules((TOKENS,), False, 1), workers):
        ids = table.add(chunk.words, np.bincount(chunk.ids, minlength=len(chunk.words)))
        streams.append(ids[chunk.ids])
        lengths.append(chunk.lengths)
    tf, df = np.zeros(table.n_ids, np.int64), np.zeros(table.n_ids, np.int64)
    for stream, length in zip(streams, lengths, strict=True):
        add_occurrences(tf, stream)
        add_occurrences(df, count_words(stream, length, table.n_ids).indices)
    n_docs = sum(map(len, lengths))
    found = select_vocabulary(
        table,
        tf,
        df,
        n_docs,
        size=SETTINGS.vocab_size,
        min_df=SETTINGS.min_df,
        max_df=SETTINGS.max_df,
    )
    stream = found.columns[np.concatenate(streams)]
    rows = np.repeat(np.arange(n_docs), np.concatenate(lengths))
    kept = stream >= 0
    n_kept = np.bincount(rows[kept], minlength=n_docs).astype(np.int32)
    return found.words, count_words(stream[kept], n_kept, len(found.words))


def count_scikit_learn(path: Path, **how: Any) -> Any:
    """Return (vocabulary, counts) by CountVectorizer with the same filters."""
    from sklearn.feature_extraction.text import CountVectorizer

    with path.open(encoding="utf-8", newline="") as handle:
        csv.field_size_limit(sys.maxsize)
        rows = csv.reader(handle)
        at = next(rows).index("text")
        texts = [row[at] for row in rows]
    vectorizer = CountVectorizer(min_df=SETTINGS.min_df, max_df=SETTINGS.max_df, **how)
    counts = vectorizer.fit_transform(texts)
    return list(vectorizer.get_feature_names_out()), counts


def prepare(path: Path) -> CorpusReport:
    """Prepare a corpus from a file in a temporary place."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        files = CorpusFiles(Path(folder) / "corpus")
        return build_corpus([file_source(path)], files, replace(SETTINGS, test_share=0.1))


def compare(path: Path, repeats: int) -> None:
    """Print seconds and documents per second of both, and whether they agree."""
    cores = available_cores()
    words = tokenizer(TOKENS).words
    theirs, ours = "CountVectorizer, our tokens", "ours, 1 process"
    ways: dict[str, Callable[[], Any]] = {
        theirs: lambda: count_scikit_learn(
            path, tokenizer=words, token_pattern=None, lowercase=False
        ),
        "CountVectorizer, its own tokens": lambda: count_scikit_learn(path, stop_words="english"),
        ours: lambda: count_ours(path, 1),
        f"ours, up to {cores} processes": lambda: count_ours(path, cores),
        "ours, a corpus on disk": lambda: prepare(path),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    results = {}
    for _ in range(repeats):  # in turns, so that a busy neighbour disturbs all alike
        for name, way in ways.items():
            began, used = time.perf_counter(), os.times()
            results[name] = way()
            seconds[name].append(time.perf_counter() - began)
            cpu[name].append(sum(os.times()[:4]) - sum(used[:4]))
    n_docs = results[theirs][1].shape[0]
    print(f"{n_docs:,} documents, {path.stat().st_size / 1e6:.1f} MB, from file to bag of words")
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(
            f"{name:32} {median:7.2f} s  {n_docs / median:9,.0f} documents/s  "
            f"({statistics.median(cpu[name]):.2f} s of CPU)"
        )
    for name in (ours, f"ours, up to {cores} processes"):
        own_words, own_counts = results[name]
        same = own_words == results[theirs][0] and (own_counts != results[theirs][1]).nnz == 0
        print(f"{name}: {own_counts.shape} with {own_counts.nnz:,} counts, identical: {same}")


# --- scale ---------------------------------------------------------------------------------


def scale(sizes: list[int], options: list[str]) -> None:
    """Print seconds and peak memory of the program's two commands by number of documents."""
    print(
        "documents  prepare: s (of CPU)  peak GiB   train: s (of CPU)  peak GiB   topics found  "
        "top words right"
    )
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench_corpus-") as folder:
            data, workspace, result = (Path(folder) / n for n in ("data", "workspace", "result"))
            project = ProjectPaths(data, workspace, result, models=None)
            project.dataset_dir(DATASET).mkdir(parents=True)
            write_documents(project.dataset_dir(DATASET) / "documents.csv", size)
            known = ["--dataset", DATASET]
            prepared = measure(
                project, "prepare_data.py", *known, "--bow-only", "--language", "english"
            )
            write_embeddings(project)
            trained = measure(
                project, "run_pipeline.py", *known, "--model_size", SIZE, "--gpu", "-1", *options
            )
            run = project.run(DATASET, SIZE, MODE)
            topics = storage.read_json(run.topic_words)
            found, right = topics_found([[w["word"] for w in t["words"][:10]] for t in topics])
        print(
            f"{size:9,}  {prepared}   {trained}   {found:6} of {N_TOPICS}  {right:15.1%}",
            flush=True,
        )


def measure(project: ProjectPaths, script: str, *flags: str) -> str:
    """Run a command and return its seconds, those of CPU, and the peak memory of any process."""
    environment = {
        **os.environ,
        "THETA_DATA_DIR": str(project.data),
        "THETA_WORKSPACE_DIR": str(project.workspace),
        "THETA_RESULT_DIR": str(project.result),
    }
    log = project.data.parent / "log"
    began = time.perf_counter()
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, ROOT / script, *flags], env=environment, stdout=out, stderr=out
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if child.returncode:
        sys.exit(f"{script} ended with {child.returncode}:\n{log.read_text()}")
    cpu = used.ru_utime + used.ru_stime
    return f"{seconds:10.1f} ({cpu:6.1f})  {used.ru_maxrss / 2**20:8.2f}"


def write_embeddings(project: ProjectPaths) -> None:
    """Write random vectors instead of embeddings: only the words carry the topics."""
    corpus = load_corpus(project.corpus(DATASET))
    facts = {
        "corpus": corpus.fingerprint,
        "model": PRECOMPUTED,
        "model_size": SIZE,
        "space": {PRECOMPUTED: DATASET},
        "dim": DIM,
    }
    with storage.replacing(project.embeddings(DATASET, SIZE, MODE).root, facts) as folder:
        files = EmbeddingFiles(folder)
        write_vectors(files.documents, corpus.n_docs, DIM, seed=0)
        write_vectors(files.test_halves, len(corpus.rows(Split.TEST)), DIM, seed=1)
        write_vectors(files.words, corpus.n_words, DIM, seed=2)


def main() -> None:
    """Read the flags and run what they ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path, help="documents to count (column text)")
    parser.add_argument("--documents", type=int, default=100_000, help="synthetic documents")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scale", type=int, nargs="+", help="numbers of synthetic documents")
    parser.add_argument(
        "--run",
        default="--num_topics 20 --epochs 4 --kl_warmup 2 --batch_size 512 --hidden_dim 128 "
        "--num_layers 1 --max_memory 1",
        help="with --scale: options of run_pipeline.py",
    )
    options = parser.parse_args()
    if options.scale:
        scale(options.scale, options.run.split())
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "documents.csv"
        if options.csv is None:
            write_documents(path, options.documents)
        else:
            shutil.copyfile(options.csv, path)
        compare(path, options.repeats)


if __name__ == "__main__":
    main()
