"""Hours and money for topics of very many documents, stage by stage.

    PYTHONPATH=. python scripts/plan_scale.py --measure
    PYTHONPATH=. python scripts/plan_scale.py --documents 1e9 --gpu_rate 30000

--measure measures the rates of one core on synthetic documents of 60 words: the three passes of
counting, what the driver adds up in between, and applying a run without embeddings. The rate of
embedding is that of bench_infer.py --texts (mini, sentences of 25 tokens, one core); the rate of
training is from the table "Where the seconds go" of docs/benchmarks.md. --gpu_rate is "documents
per minute" of scripts/check_gpu.py, for the texts and the model that it was measured with.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

from planted_corpus import write_documents

RATES = {"count": 21_000, "add_up": 1_600_000, "apply": 3_200, "embed": 129, "train": 11_000}
"""Documents per second of one core; of training, documents times epochs."""

HOUR = 3600
BYTES_PER_ROW = 15
"""Memory of the driver while it counts."""


def main() -> None:
    """Print the plan, or the measured rates."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--measure", action="store_true", help="measure the rates and print them")
    parser.add_argument("--measured_documents", type=int, default=50_000)
    parser.add_argument("--documents", type=float, default=1e9)
    parser.add_argument("--corpus", type=float, default=2e6, help="documents that are prepared")
    parser.add_argument("--train_documents", type=float, default=1e6)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--cores", type=int, default=256, help="cores of the cluster")
    parser.add_argument("--core_price", type=float, default=0.04, help="of a core for an hour")
    parser.add_argument("--gpus", type=int, default=8)
    parser.add_argument("--gpu_price", type=float, default=2.5, help="of a GPU for an hour")
    parser.add_argument("--gpu_rate", type=float, help="documents per minute; none: embed on cores")
    for name, rate in RATES.items():
        parser.add_argument(f"--{name}_rate", type=float, default=rate, help="per second and core")
    given = parser.parse_args()
    if given.measure:
        measure(given.measured_documents)
    else:
        plan(given)


def plan(given: argparse.Namespace) -> None:
    """Print a line of Markdown per stage."""
    n, corpus = given.documents, given.corpus

    def embedding(n_docs: float) -> tuple[float, float, str]:
        if given.gpu_rate is None:
            seconds = n_docs / given.embed_rate / given.cores
            return seconds, seconds * given.cores * given.core_price / HOUR, f"{given.cores} cores"
        seconds = 60 * n_docs / given.gpu_rate / given.gpus
        return seconds, seconds * given.gpus * given.gpu_price / HOUR, f"{given.gpus} GPUs"

    def on_cores(core_seconds: float, cores: int) -> tuple[float, float, str]:
        seconds = core_seconds / cores
        return seconds, core_seconds * given.core_price / HOUR, f"{cores} cores"

    stages = {
        f"count the corpus ({corpus:,.0f})": on_cores(
            corpus / given.count_rate + corpus / given.add_up_rate, 1
        ),
        f"embed the corpus ({corpus:,.0f})": embedding(corpus),
        f"train on {given.train_documents:,.0f}, {given.epochs} epochs": on_cores(
            given.train_documents * given.epochs / given.train_rate, 1
        ),
        f"apply: embed {n:,.0f}": embedding(n),
        f"apply: count and infer {n:,.0f}": on_cores(n / given.apply_rate, given.cores),
    }
    rows = {**stages, "all": tuple(map(sum, zip(*(s[:2] for s in stages.values()), strict=True)))}
    print("| stage | on | hours | money |\n|---|---|---|---|")
    for name, (seconds, money, *where) in rows.items():
        print(f"| {name} | {''.join(where)} | {seconds / HOUR:,.2f} | {money:,.2f} |")
    bottleneck = max(stages, key=lambda name: stages[name][0])
    share = stages[bottleneck][0] / rows["all"][0]
    print(f"\nThe bottleneck is: {bottleneck} ({share:.0%} of the hours).")
    workers, driver = n / given.count_rate / given.cores, n / given.add_up_rate
    print(
        f"Counting all {n:,.0f} instead: {workers / HOUR:,.2f} hours of the workers, then at least "
        f"{driver / HOUR:,.2f} hours and {n * BYTES_PER_ROW / 2**30:,.0f} GiB of the driver."
    )


def measure(n_docs: int) -> None:
    """Print documents per second of one core, without what any number of documents costs."""
    seconds_of(max(n_docs // 50, 200))  # what is loaded once is loaded
    few, many = (seconds_of(n) for n in (n_docs // 5, n_docs))
    for name, seconds in many.items():
        rate = (n_docs - n_docs // 5) / (seconds - few[name])
        print(f"--{name}_rate {rate:,.0f} documents per second of one core")


def seconds_of(n_docs: int) -> dict[str, float]:
    """Return CPU seconds of counting, by worker and driver, and of applying an LDA."""
    import pyarrow
    import pyarrow.parquet

    from theta.cli import prepare, run
    from theta.corpus.build import Spread, build_corpus
    from theta.corpus.read import file_source
    from theta.corpus.read.shards import cut_shards
    from theta.layout import CorpusFiles
    from theta.options import PrepareOptions
    from theta.pipeline.prepare_settings import corpus_settings
    from theta.storage.places import Place
    from theta.workers.engines import Job, Start, run_here

    spent = {"count": 0.0}

    def timed(start: Start, jobs: Job) -> Job:  # the engine, with a clock around the workers
        began = time.process_time()
        finished = list(run_here(start, jobs, 1))
        spent["count"] += time.process_time() - began
        yield from finished

    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        os.chdir(folder)
        data = Path("data/planted/documents.csv")
        data.parent.mkdir(parents=True)
        write_documents(data, n_docs)
        with data.open(encoding="utf-8", newline="") as handle:
            texts = [row["text"] for row in csv.DictReader(handle)]
        table = data.with_suffix(".parquet")
        pyarrow.parquet.write_table(pyarrow.table({"text": texts}), table)
        data.unlink()
        spread = Spread(cut_shards(Place.of(table)), timed)
        settings = corpus_settings(PrepareOptions(language="english"))
        files, began = CorpusFiles(Path("counted/corpus")), time.process_time()
        build_corpus([file_source(table)], files, settings, spread=spread)
        spent["add_up"] = time.process_time() - began - spent["count"]
        common = ["--dataset", "planted", "--quiet"]
        prepare.main([*common, "--model", "baseline", "--language", "english", "--threads", "1"])
        model = [*common, "--models", "lda", "--num_topics", "20"]
        flags = ["--max_iter", "10", "--train_documents", "5000", "--skip_eval", "--skip_viz"]
        run.main([*model, *flags])
        began = time.process_time()
        run.main([*model, "--infer", str(table), "--infer_output", "topics"])
        spent["apply"] = time.process_time() - began
        os.chdir("/")
    return spent


if __name__ == "__main__":
    main()
