"""Two workers of a Ray cluster beside two processes of this machine: counting and applying.

    PYTHONPATH=. python scripts/bench_ray.py --documents 200000,600000

Short documents (--words) in 20 planted topics, in Parquet files of 100,000. Counting is
prepare_data.py --model baseline; applying is run_pipeline.py --infer with an LDA of 20 topics
trained on 5,000 documents. Each command runs in a process of its own. Printed are its seconds, the
CPU seconds of all its processes with Ray's own, and the peak memory of the driver; the start of the
cluster is measured apart. Finally the outputs are compared byte for byte.
"""

from __future__ import annotations

import argparse
import json
import os
import select
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
COUNTED = ("vocab.json", "bow.npz", "tokens.npz", "first_halves.npz")

CHILD = """
import json, re, sys, time
from pathlib import Path
from contextlib import ExitStack
from theta.cli import prepare, run
from theta.workers import connected

program, flags, on_ray = json.loads(sys.argv[1])
with ExitStack() as stack:
    began = time.perf_counter()
    if on_ray:
        stack.enter_context(connected(None))
    print("started", flush=True)
    started = time.perf_counter()
    code = {"prepare": prepare, "run": run}[program].main(flags)
    seconds = time.perf_counter() - started
# The peak of getrusage is inherited from the process that started this one.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(json.dumps({
    "code": code,
    "start": started - began,
    "seconds": seconds,
    "MiB": int(peak[1]) / 1024,
}))
"""


def main() -> None:
    """Print a line per command and number of documents."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--documents", default="1000000,3000000", help="numbers of documents")
    parser.add_argument("--model", default="lda", help="a model that needs no embeddings")
    parser.add_argument("--words", type=int, default=12, help="words of a document, even")
    parser.add_argument("--skip_local", action="store_true", help="measure Ray only")
    parser.add_argument("--skip_applying", action="store_true", help="measure counting only")
    given = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    columns = f"{'start s':>9}{'CPU s':>7}{'s':>8}{'CPU s':>8}{'MiB':>7}"
    print(f"{'documents':>10} {'':9}{'engine':>7}{columns}")
    for n_docs in map(int, given.documents.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            bench(Path(folder), n_docs, given)


def bench(place: Path, n_docs: int, given: argparse.Namespace) -> None:
    """Count and apply on both engines, and compare what they write."""
    write_documents(place / "data" / "reviews", n_docs, given.words // 2)
    engines = ("ray",) if given.skip_local else ("local", "ray")
    common = ["--dataset", "reviews", "--quiet"]
    counting = [*common, "--model", "baseline", "--language", "english", "--threads", WORKERS]
    workspace = place / "workspace" / "reviews"
    measured = {}
    for engine in engines:
        if workspace.exists():
            workspace.rename(place / "local")
        flags = [*counting, "--engine", engine]
        measured[engine] = show(n_docs, "counting", engine, place, "prepare", flags)
    compare("counting", measured)
    if given.skip_applying:
        return
    training = [*common, "--models", given.model, "--num_topics", "20", "--max_iter", "10"]
    training += ["--train_documents", "5000", "--skip_eval", "--skip_viz"]
    call(place, "run", training, on_ray=False)
    if not given.skip_local:
        print(f"identical corpora: {same_corpus(place / 'local/corpus', workspace / 'corpus')}")
    applying = [*common, "--models", given.model, "--num_topics", "20", "--infer", "data/reviews"]
    for engine in engines:
        output = ["--infer_output", f"topics-{engine}", "--engine", engine, "--workers", WORKERS]
        measured[engine] = show(n_docs, "applying", engine, place, "run", [*applying, *output])
    compare("applying", measured)
    if not given.skip_local:
        print(f"identical topics: {same_topics(place / 'topics-local', place / 'topics-ray')}")


def compare(what: str, measured: dict[str, dict[str, Any]]) -> None:
    """Print the ratios of Ray to the local engine."""
    if len(measured) == 2:
        seconds, cpu = (measured["ray"][x] / measured["local"][x] for x in ("seconds", "cpu"))
        print(f"{what}: ray takes {seconds:.2f} of the time and {cpu:.2f} of the CPU seconds")


def same_corpus(local: Path, ray: Path) -> bool:
    """Return whether the counts and the ledgers of two corpora are the same."""
    parts = [path.read_bytes().split(b"\n", 1) for path in sorted((ray / "ledger").iterdir())]
    ledger = parts[0][0] + b"\n" + b"".join(part[1] for part in parts)
    return ledger == (local / "ledger.csv").read_bytes() and all(
        (local / name).read_bytes() == (ray / name).read_bytes() for name in COUNTED
    )


def same_topics(local: Path, ray: Path) -> bool:
    """Return whether two folders of topics are the same."""
    names = [*(path.name for path in local.glob("*.parquet")), "_drift.json"]
    return all((local / name).read_bytes() == (ray / name).read_bytes() for name in names)


def show(
    n_docs: int, what: str, engine: str, place: Path, program: str, flags: list[str]
) -> dict[str, Any]:
    """Run a command and print what it took."""
    row = call(place, program, flags, on_ray=engine == "ray")
    print(
        f"{n_docs:10,} {what:9}{engine:>7}{row['start']:9.1f}{row['start CPU']:7.1f}"
        f"{row['seconds']:8.1f}{row['cpu']:8.1f}{row['MiB']:7.0f}",
        flush=True,
    )
    return row


def call(place: Path, program: str, flags: list[str], *, on_ray: bool) -> dict[str, Any]:
    """Return what a command took, run in a process of its own."""
    request = json.dumps([program, flags, on_ray])
    cpu: dict[int, float] = {}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, request],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        before = sum(cpu_seconds(process.pid).values())
        while not select.select([process.stdout], [], [], 0.2)[0]:
            cpu |= cpu_seconds(process.pid)
        row: dict[str, Any] = json.loads(process.stdout.read().splitlines()[-1])
    if row["code"]:
        raise SystemExit(f"{program} {' '.join(flags)} ended with {row['code']}")
    return {**row, "start CPU": before, "cpu": sum(cpu.values()) - before}


def cpu_seconds(process: int) -> dict[int, float]:
    """Return the CPU seconds so far of a process and of all below it, by its id."""
    seconds = {}
    parents = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            fields = folder.joinpath("stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        parents[int(folder.name)] = int(fields[1])
        seconds[int(folder.name)] = sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    found, added = {process}, {process}
    while added:
        added = {child for child, parent in parents.items() if parent in added}
        found |= added
    return {one: seconds[one] for one in found & seconds.keys()}


def write_documents(folder: Path, n_docs: int, half: int) -> None:
    """Write Parquet files of documents, half of whose words are of a planted topic."""
    import pyarrow
    import pyarrow.parquet

    folder.mkdir(parents=True)
    draw = np.random.default_rng(0)
    words = np.array(WORDS)
    cumulative = np.cumsum(1 / np.arange(1, COMMON_WORDS + 1))
    for number, first in enumerate(range(0, n_docs, PER_FILE)):
        n = min(PER_FILE, n_docs - first)
        topics = draw.integers(0, N_TOPICS, n)
        common = np.searchsorted(cumulative, draw.random((n, half)) * cumulative[-1])
        own = draw.integers(0, TOPIC_WORDS, (n, half)) + TOPIC_WORDS * topics[:, None]
        tokens = words[np.hstack([common, COMMON_WORDS + own])]
        table = pyarrow.table({"text": [" ".join(row) for row in tokens.tolist()]})
        pyarrow.parquet.write_table(table, folder / f"part-{number:05d}.parquet")


if __name__ == "__main__":
    main()
