"""Embedding speed and memory, side by side with SentenceTransformer.encode in the same run.

    python scripts/bench_embed.py --texts FILE.csv              mini on this CPU
    python scripts/bench_embed.py --memory                      peak memory at 20 k and 200 k texts

FILE has a column `text` (.csv or .csv.gz). Rates are medians of several rounds; in each round
the two take turns; on a busy machine the rates per CPU second are the ones to compare. On a GPU
check_gpu.py measures the shapes of 0.6B, 4B and 8B.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from theta.embeddings.batches import pack  # noqa: E402
from theta.embeddings.checkpoint import Checkpoint  # noqa: E402
from theta.embeddings.embed import Texts, embed_corpus  # noqa: E402
from theta.embeddings.encoder import Encoder  # noqa: E402
from theta.embeddings.loading import load_encoder  # noqa: E402
from theta.embeddings.local import LocalEngine  # noqa: E402
from theta.embeddings.locate import find_model  # noqa: E402
from theta.embeddings.settings import EmbeddingSettings  # noqa: E402
from theta.embeddings.shard_jobs import SHARD_TEXTS, ShardJob  # noqa: E402
from theta.layout import EmbeddingFiles  # noqa: E402


def main() -> None:
    """Read the flags and run what they ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        print_peak_memory(arguments.memory_of)
        return
    if arguments.memory:
        compare_memory()
    if arguments.texts is None:
        return
    compare_on_cpu(read_texts(arguments.texts, arguments.documents), arguments.rounds)


def read_texts(path: Path, n: int) -> list[str]:
    """Return `n` texts of a table, drawn with a fixed seed."""
    csv.field_size_limit(1 << 30)
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as handle:
        texts = [row["text"] for row in csv.DictReader(handle)]
    return random.Random(0).sample(texts, min(n, len(texts)))


# --- side by side --------------------------------------------------------------------------


def compare_on_cpu(texts: list[str], rounds: int) -> None:
    """Compare the two with `mini` in float32."""
    import torch

    checkpoint = find_model("mini", models_dir=None, embedding_model=None)
    print(f"mini, float32, {torch.get_num_threads()} CPU threads, 256 tokens, {len(texts)} texts")
    compare(checkpoint, texts, max_length=256, batch_size=32, rounds=rounds)


def compare(
    checkpoint: Checkpoint,
    texts: list[str],
    *,
    max_length: int,
    batch_size: int,
    rounds: int,
) -> None:
    """Print the rates of both and their ratios."""
    encoder = load_encoder(
        checkpoint,
        device="cpu",
        max_length=max_length,
        long_docs="truncate",
        batch_size=batch_size,
    )
    reference = load_reference(checkpoint, max_length)
    print_padding(encoder, texts, batch_size)
    contenders: dict[str, Callable[[], np.ndarray]] = {
        "ours": lambda: embed_as_the_program_does(encoder, texts),
        "SentenceTransformer": lambda: reference.encode(
            texts, batch_size=batch_size, show_progress_bar=False
        ),
    }
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    vectors = {}
    for _ in range(rounds):
        for name, run in contenders.items():
            started, started_cpu = time.perf_counter(), time.process_time()
            vectors[name] = run()
            wall[name].append(len(texts) / (time.perf_counter() - started))
            cpu[name].append(len(texts) / (time.process_time() - started_cpu))
    cosines = (vectors["ours"] * vectors["SentenceTransformer"]).sum(axis=1)
    for name in contenders:
        print(
            f"  {name:20} {statistics.median(wall[name]):8.2f} documents per second"
            f" {statistics.median(cpu[name]):8.2f} per CPU second"
        )
    for label, rates in (("time", wall), ("CPU time", cpu)):
        ratios = [a / b for a, b in zip(*rates.values(), strict=True)]
        print(f"  ratio of {label}: {statistics.median(ratios):.2f} ({sorted(ratios)})")
    print(f"  smallest cosine between the two: {cosines.min():.6f}")


def load_reference(checkpoint: Checkpoint, max_length: int) -> Any:
    """Return the SentenceTransformer of the same model and length."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(checkpoint.folder), device="cpu")
    model.max_seq_length = max_length
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


def print_padding(encoder: Encoder, texts: list[str], batch_size: int) -> None:
    """Print the share of padding of both."""
    order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    lengths = encoder.tokenizer([texts[place] for place in order]).lengths
    ours = 0
    for start in range(0, len(order), SHARD_TEXTS):
        shard = lengths[start : start + SHARD_TEXTS]
        ours += sum(
            len(batch) * shard[batch].max()
            for batch in pack(shard, batch_size, encoder.token_budget)
        )
    # SentenceTransformer sorts by characters and cuts batches of equal size.
    theirs = sum(
        len(lengths[start : start + batch_size]) * lengths[start : start + batch_size].max()
        for start in range(0, len(lengths), batch_size)
    )
    tokens = int(lengths.sum())
    print(f"  padding: ours {1 - tokens / ours:.1%}, SentenceTransformer {1 - tokens / theirs:.1%}")


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
