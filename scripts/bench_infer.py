"""How fast a trained model gives topics to new documents, and how much memory it takes.

Three measurements, each the median of several:

* vectors and counts ready, read from disk in chunks: what the network costs;
* vectors ready, texts counted (`THETA.transform(texts, embeddings=...)`);
* with ``--texts``: embedding texts filled up to multiples of 16 tokens, as inference on a CPU does
  for the sake of its bits, beside one by one, and beside batches as a corpus is embedded in.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from theta import THETA
from theta.contracts import ModelInputs
from theta.corpus.builtin import BUILT_IN
from theta.embeddings.encoder import MULTIPLE, Encoder
from theta.embeddings.loading import load_encoder
from theta.embeddings.locate import find_model
from theta.embeddings.settings import EmbeddingSettings
from theta.models.smoothing import MAX_REFERENCES

CHUNK = 8_192
WORDS_PER_DOCUMENT = 60
ROUNDS = 3


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--vocab_size", type=int, default=5_000)
    parser.add_argument("--num_topics", type=int, default=20)
    parser.add_argument(
        "--neighbor_weight", type=float, default=0.0, help="smooth the vectors of documents"
    )
    parser.add_argument("--texts", action="store_true", help="measure the embedding too (mini)")
    given = parser.parse_args()
    logging.getLogger("theta").setLevel(logging.ERROR)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as scratch:
        measure_ready(given, Path(scratch))
    if given.texts:
        measure_texts()


def measure_ready(given: argparse.Namespace, scratch: Path) -> None:
    """Measure with vectors that are there already."""
    draw = np.random.default_rng(0)
    words = np.array([f"w{letters(i)}" for i in range(given.vocab_size)])
    model = trained(given, words, draw)
    run = model._fitted.run
    n_words = len(run.preprocessing.rules.vocabulary)
    vectors, words_of = scratch / "vectors.npy", scratch / "words.npy"
    write_vectors(vectors, given.documents, given.dim, draw)
    shape = (given.documents, WORDS_PER_DOCUMENT)
    np.save(words_of, np.sort(draw.integers(n_words, size=shape, dtype=np.int32)))
    held = [anonymous_memory()]

    def from_disk() -> None:
        mapped, ids = np.load(vectors, mmap_mode="r"), np.load(words_of, mmap_mode="r")
        for first in range(0, given.documents, CHUNK):
            part = slice(first, first + CHUNK)
            inputs = ModelInputs(bag_of_words(ids[part], n_words), mapped[part])
            run.model.infer(run.state, run.model_options, inputs)
            held.append(anonymous_memory())

    print_speed("vectors and counts ready", given.documents, from_disk)
    print(f"  memory beyond the loaded model: {(max(held) - held[0]) / 2**20:.0f} MiB")

    n_texts = min(given.documents, 10_000)
    ids = np.load(words_of, mmap_mode="r")[:n_texts] % given.vocab_size
    texts = [" ".join(row) for row in words[ids]]
    ready = np.load(vectors, mmap_mode="r")[:n_texts]
    print_speed("vectors ready, texts counted", n_texts, lambda: model.transform(texts, ready))

    n_compared = min(n_texts, 600)
    whole = model.transform(texts[:n_compared], ready[:n_compared])
    alone_rows = range(0, n_compared, 13)
    for row in alone_rows:
        alone = model.transform(texts[row : row + 1], ready[row : row + 1])
        assert np.array_equal(alone[0], whole[row]), f"document {row} has other bits alone"
    print(f"  {len(alone_rows)} documents alone: the same bits as among {n_compared}")


def trained(given: argparse.Namespace, words: np.ndarray, draw: np.random.Generator) -> THETA:
    """Return a model of the size that was asked for; what it has learnt does not matter here."""
    n_docs = max(2_000, 4 * given.vocab_size // WORDS_PER_DOCUMENT)
    if given.neighbor_weight:  # as many neighbours to search as a run can have
        n_docs = max(n_docs, MAX_REFERENCES + MAX_REFERENCES // 4)
    ids = draw.integers(len(words), size=(n_docs, WORDS_PER_DOCUMENT))
    vectors = draw.normal(size=(n_docs, given.dim))
    options = {"num_topics": given.num_topics, "epochs": 1, "gpu": -1, "language": "und"}
    options["neighbor_weight"] = given.neighbor_weight
    model = THETA(**options, vocab_size=len(words), min_df=1, max_df=1.0)
    return model.fit([" ".join(row) for row in words[ids]], embeddings=vectors)


def letters(number: int) -> str:
    """Return a number in letters, since numbers are no words."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:05d}")


def write_vectors(path: Path, n: int, dim: int, draw: np.random.Generator) -> None:
    """Write unit-length float16 vectors in pieces."""
    target = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(n, dim))
    for first in range(0, n, CHUNK):
        piece = draw.normal(size=(min(CHUNK, n - first), dim)).astype(np.float32)
        target[first : first + CHUNK] = piece / np.linalg.norm(piece, axis=1, keepdims=True)
    target.flush()


def bag_of_words(ids: np.ndarray, n_words: int) -> csr_array:
    """Return the counts of sorted word ids, one row of them per document, without a copy."""
    starts = np.arange(0, ids.size + 1, ids.shape[1], dtype=np.int32)
    ones = np.ones(ids.size, np.int32)
    return csr_array((ones, np.asarray(ids).reshape(-1), starts), shape=(len(ids), n_words))


def measure_texts() -> None:
    """Measure embedding alone beside embedding in batches, on whole news texts and sentences."""
    (source,) = BUILT_IN["lee"].sources()
    rows = [row.values[0] for row in source.open().rows if row.values is not None]
    checkpoint = find_model("mini", models_dir=None, embedding_model=None)
    settings = EmbeddingSettings(
        models_dir=None, device="cpu", progress=False, max_length=512, precision="float32"
    )
    encoder = load_encoder(checkpoint, settings)
    aligned = load_encoder(checkpoint, settings, multiple=MULTIPLE)
    sentences = [part for row in rows for part in row.split(". ")]
    for name, texts in (("news texts", rows[:60]), ("sentences", sentences[:300])):
        n_tokens = int(encoder.tokenizer(texts).lengths.sum())
        print(f"{name}: {len(texts)} of {n_tokens / len(texts):.0f} tokens")
        print_speed("  in batches as a corpus", len(texts), partial(encoder.encode, texts))
        print_speed(
            "  in batches with the bits of each alone", len(texts), partial(aligned.encode, texts)
        )
        print_speed("  one by one", len(texts), partial(one_by_one, aligned, texts))
        assert np.array_equal(aligned.encode(texts), one_by_one(aligned, texts)), "other bits"


def one_by_one(encoder: Encoder, texts: list[str]) -> np.ndarray:
    """Embed each text alone."""
    return np.concatenate([encoder.encode([text]) for text in texts])


def print_speed(name: str, n: int, work: Callable[[], object]) -> None:
    """Print documents per second, by the clock and by the time that this process had a core."""
    work()
    walls, cores = [], []
    for _ in range(ROUNDS):
        wall, core = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cores.append(time.process_time() - core)
    by_clock, by_core = n / statistics.median(walls), n / statistics.median(cores)
    print(f"{name}: {by_clock:,.0f} documents/s by the clock, {by_core:,.0f} per second of a core")


def anonymous_memory() -> int:
    """Return the memory that this process holds now, mapped files aside, in bytes (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
