"""Embedding speed and memory, side by side with SentenceTransformer.encode in the same run.

    python scripts/bench_embed.py --texts FILE.csv --words 14   mini on this CPU
    python scripts/bench_embed.py --memory                      peak memory at 20 k and 200 k texts

FILE has a column `text` (.csv or .csv.gz); with `--words 14` its texts are also cut to headlines
of so many words. Figures are medians of several rounds, in each of which all take turns; ratios
are of CPU time, which other programs disturb least. On a GPU check_gpu.py measures the shapes of
0.6B, 4B and 8B.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from theta.embeddings.checkpoint import Checkpoint  # noqa: E402
from theta.embeddings.embed import Texts, embed_corpus  # noqa: E402
from theta.embeddings.encoder import Encoder  # noqa: E402
from theta.embeddings.loading import load_encoder  # noqa: E402
from theta.embeddings.local import LocalEngine  # noqa: E402
from theta.embeddings.locate import find_model  # noqa: E402
from theta.embeddings.precision import multiplies_bfloat16  # noqa: E402
from theta.embeddings.settings import EmbeddingSettings  # noqa: E402
from theta.embeddings.shard_jobs import SHARD_TEXTS, ShardJob  # noqa: E402
from theta.layout import EmbeddingFiles  # noqa: E402

LENGTH = 256
BATCH_SIZE = 32


def main() -> None:
    """Read the flags and run what they ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--words", type=int, nargs="*", default=[], help="cut the texts to so many")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--save", type=Path, help="folder for the vectors: FORMAT.npy")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        print_peak_memory(arguments.memory_of)
        return
    if arguments.memory:
        compare_memory()
    if arguments.texts is not None:
        compare_on_cpu(arguments)


def read_texts(path: Path, n: int) -> list[str]:
    """Return `n` texts of a table, drawn with a fixed seed."""
    csv.field_size_limit(1 << 30)
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as handle:
        texts = [row["text"] for row in csv.DictReader(handle)]
    return random.Random(0).sample(texts, min(n, len(texts)))


# --- side by side --------------------------------------------------------------------------

THEIRS = "SentenceTransformer"

HEAD = (
    "texts",
    "computed by",
    "documents per second",
    "per CPU second",
    f"times {THEIRS}",
    "smallest cosine",
)


def compare_on_cpu(arguments: argparse.Namespace) -> None:
    """Print the table of `mini` in each number format, on whole texts and on their first words."""
    import torch

    checkpoint = find_model("mini", models_dir=None, embedding_model=None)
    formats = ["float32"] + ["bfloat16"] * multiplies_bfloat16()
    encoders = {name: load(checkpoint, name) for name in formats}
    reference = load_reference(checkpoint)
    texts = read_texts(arguments.texts, arguments.documents)
    n_threads = torch.get_num_threads()
    print(f"mini, {n_threads} CPU threads, at most {LENGTH} tokens, {len(texts)} texts\n")
    print("| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|")
    compare("whole", texts, encoders, reference, arguments)
    for n_words in arguments.words:
        cut = [" ".join(text.split()[:n_words]) for text in texts]
        compare(f"{n_words} words", cut, encoders, reference, arguments)


def compare(
    name: str,
    texts: list[str],
    encoders: dict[str, Encoder],
    reference: Any,
    arguments: argparse.Namespace,
) -> None:
    """Print one row for each encoder, and one for SentenceTransformer."""
    contenders: dict[str, Callable[[], np.ndarray]] = {
        label: partial(embed_as_the_program_does, encoder, texts)
        for label, encoder in encoders.items()
    }
    contenders[THEIRS] = partial(
        reference.encode, texts, batch_size=BATCH_SIZE, show_progress_bar=False
    )
    wall: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    vectors = {}
    for _ in range(arguments.rounds):
        for label, run in contenders.items():
            started, started_cpu = time.perf_counter(), time.process_time()
            vectors[label] = run()
            wall[label].append(len(texts) / (time.perf_counter() - started))
            cpu[label].append(len(texts) / (time.process_time() - started_cpu))
    for label in contenders:
        ratios = [ours / theirs for ours, theirs in zip(cpu[label], cpu[THEIRS], strict=True)]
        cosines = (vectors[label] * vectors[THEIRS]).sum(axis=1)
        print(
            f"| {name} | {label} | {statistics.median(wall[label]):.1f} "
            f"| {statistics.median(cpu[label]):.1f} | {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}) | {cosines.min():.5f} |",
            flush=True,
        )
        if arguments.save is not None and name == "whole":
            arguments.save.mkdir(parents=True, exist_ok=True)
            np.save(arguments.save / f"{label}.npy", vectors[label].astype(np.float16))


def load(checkpoint: Checkpoint, precision: str) -> Encoder:
    """Return the encoder of the program."""
    settings = EmbeddingSettings(
        models_dir=None,
        device="cpu",
        progress=False,
        max_length=LENGTH,
        batch_size=BATCH_SIZE,
        precision=precision,
    )
    return load_encoder(checkpoint, settings)


def load_reference(checkpoint: Checkpoint) -> Any:
    """Return the SentenceTransformer of the same model and length."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(checkpoint.folder), device="cpu")
    model.max_seq_length = LENGTH
    return model


def embed_as_the_program_does(encoder: Encoder, texts: list[str]) -> np.ndarray:
    """Embed through the same shards of similar length, tokenised ahead in a thread."""
    order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    shards = [order[start : start + SHARD_TEXTS] for start in range(0, len(order), SHARD_TEXTS)]
    nothing = np.empty((0, 2), np.uint64)
    jobs = (ShardJob(nothing, [texts[place] for place in shard]) for shard in shards)
    vectors = np.empty((len(texts), encoder.dim), dtype=np.float32)
    for shard, embedded in zip(shards, LocalEngine(encoder).embed(jobs), strict=True):
        vectors[shard] = embedded.vectors
    return vectors


# --- memory --------------------------------------------------------------------------------


def compare_memory() -> None:
    """Measure the peak memory of two corpora, each in a process of its own."""
    for n in (20_000, 200_000):
        subprocess.run([sys.executable, __file__, "--memory-of", str(n)], check=True)


def print_peak_memory(n: int) -> None:
    """Embed `n` short texts with a tiny model, none of them held, and print the peak memory."""
    from tests.tiny_models import make_tiny_qwen3

    words = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split()

    def texts() -> Iterator[str]:
        draw = random.Random(0)
        for number in range(n):
            yield " ".join(draw.choices(words, k=draw.randint(3, 12))) + f" {number}"

    with tempfile.TemporaryDirectory() as folder:
        model = make_tiny_qwen3(Path(folder) / "model")
        settings = EmbeddingSettings(
            models_dir=None,
            embedding_model=str(model),
            max_length=32,
            batch_size=256,
            device="cpu",
            progress=True,
        )
        report = embed_corpus(
            Texts(texts, n),
            Texts.of([]),
            Texts.of([]),
            files=EmbeddingFiles(Path(folder) / "embeddings" / "0.6B_zero_shot"),
            settings=settings,
            corpus_fingerprint="bench",
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{n:>9,} short texts: peak {peak:,.0f} MiB, {report.seconds:.0f} s")


if __name__ == "__main__":
    main()
