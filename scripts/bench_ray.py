"""Two workers of a Ray cluster beside two processes of this machine: counting and applying.

    PYTHONPATH=. python scripts/bench_ray.py --documents 200000,600000

Short documents of 12 words in 20 planted topics, in Parquet files of 100,000. Counting is
prepare_data.py --model baseline; applying is run_pipeline.py --infer with an LDA of 20 topics
trained on 5,000 documents. Each command runs in a process of its own, whose seconds, CPU seconds
and peak memory are printed; the start of the cluster is measured apart. The CPU seconds of Ray
workers are not those of the driver. Finally the outputs are compared byte for byte.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from planted_corpus import COMMON_WORDS, N_TOPICS, TOPIC_WORDS, WORDS

ROOT = Path(__file__).resolve().parents[1]
PER_FILE = 100_000
WORKERS = "2"
COUNTED = ("vocab.json", "bow.npz", "tokens.npz", "first_halves.npz", "ledger.csv")

CHILD = """
import json, resource, sys, time
from contextlib import ExitStack
from theta.cli import prepare, run
from theta.workers import connected

program, flags, on_ray = json.loads(sys.argv[1])
with ExitStack() as stack:
    began = time.perf_counter()
    if on_ray:
        stack.enter_context(connected(None))
    started = time.perf_counter()
    code = {"prepare": prepare, "run": run}[program].main(flags)
    seconds = time.perf_counter() - started
own = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "code": code,
    "start": started - began,
    "seconds": seconds,
    "cpu": sum(resource.getrusage(who).ru_utime for who in
               (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)),
    "MiB": own.ru_maxrss / 1024,
}))
"""


def main() -> None:
    """Print a line per command and number of documents."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--documents", default="1000000,3000000", help="numbers of documents")
    parser.add_argument("--model", default="lda", help="a model that needs no embeddings")
    given = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'documents':>10} {'':9}{'engine':>7}{'start s':>9}{'s':>8}{'CPU s':>8}{'MiB':>7}")
    for n_docs in map(int, given.documents.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            bench(Path(folder), n_docs, given.model)


def bench(place: Path, n_docs: int, model: str) -> None:
    """Count and apply on both engines, and compare what they write."""
    write_documents(place / "data" / "reviews", n_docs)
    common = ["--dataset", "reviews", "--quiet"]
    counting = [*common, "--model", "baseline", "--language", "english", "--threads", WORKERS]
    measured: dict[str, dict[str, Any]] = {}
    for engine in ("local", "ray"):
        flags = [*counting, "--engine", engine, "--force"]
        measured[f"counting {engine}"] = show(n_docs, "counting", engine, place, "prepare", flags)
        (place / "workspace/reviews/corpus").rename(place / f"corpus-{engine}")
    (place / "corpus-ray").rename(place / "workspace/reviews/corpus")
    same = all(
        (place / "corpus-local" / name).read_bytes()
        == (place / "workspace" / "reviews" / "corpus" / name).read_bytes()
        for name in COUNTED
    )
    training = [*common, "--models", model, "--num_topics", "20", "--max_iter", "10"]
    training += ["--train_documents", "5000", "--skip_eval", "--skip_viz"]
    call(place, "run", training, on_ray=False)
    applying = [*common, "--models", model, "--num_topics", "20", "--infer", "data/reviews"]
    for engine in ("local", "ray"):
        output = ["--infer_output", f"topics-{engine}", "--engine", engine, "--workers", WORKERS]
        flags = [*applying, *output]
        measured[f"applying {engine}"] = show(n_docs, "applying", engine, place, "run", flags)
    tables = sorted(path.name for path in (place / "topics-local").glob("*.parquet"))
    same_topics = all(
        (place / "topics-local" / name).read_bytes() == (place / "topics-ray" / name).read_bytes()
        for name in [*tables, "_drift.json"]
    )
    for what in ("counting", "applying"):
        ratio = measured[f"{what} ray"]["seconds"] / measured[f"{what} local"]["seconds"]
        print(f"{what}: ray takes {ratio:.2f} of the time")
    print(f"identical bytes: counts {same}, topics and drift {same_topics}", flush=True)


def show(
    n_docs: int, what: str, engine: str, place: Path, program: str, flags: list[str]
) -> dict[str, Any]:
    """Run a command and print what it took."""
    row = call(place, program, flags, on_ray=engine == "ray")
    print(
        f"{n_docs:10,} {what:9}{engine:>7}{row['start']:9.1f}{row['seconds']:8.1f}"
        f"{row['cpu']:8.1f}{row['MiB']:7.0f}",
        flush=True,
    )
    return row


def call(place: Path, program: str, flags: list[str], *, on_ray: bool) -> dict[str, Any]:
    """Return what a command took, run in a process of its own."""
    request = json.dumps([program, flags, on_ray])
    done = subprocess.run(
        [sys.executable, "-c", CHILD, request],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if row["code"]:
        raise SystemExit(f"{program} {' '.join(flags)} ended with {row['code']}")
    return row


def write_documents(folder: Path, n_docs: int) -> None:
    """Write Parquet files of documents of 12 words, half of them of a planted topic."""
    import pyarrow
    import pyarrow.parquet

    folder.mkdir(parents=True)
    draw = np.random.default_rng(0)
    words = np.array(WORDS)
    cumulative = np.cumsum(1 / np.arange(1, COMMON_WORDS + 1))
    for number, first in enumerate(range(0, n_docs, PER_FILE)):
        n = min(PER_FILE, n_docs - first)
        topics = draw.integers(0, N_TOPICS, n)
        common = np.searchsorted(cumulative, draw.random((n, 6)) * cumulative[-1])
        own = draw.integers(0, TOPIC_WORDS, (n, 6)) + TOPIC_WORDS * topics[:, None]
        tokens = words[np.hstack([common, COMMON_WORDS + own])]
        table = pyarrow.table({"text": [" ".join(row) for row in tokens.tolist()]})
        pyarrow.parquet.write_table(table, folder / f"part-{number:05d}.parquet")


if __name__ == "__main__":
    main()
