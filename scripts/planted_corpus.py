"""Synthetic corpora whose topics are known, of any size, for bench_corpus.py."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

N_TOPICS, TOPIC_WORDS, COMMON_WORDS = 20, 200, 20_000

_BLOCK = 10_000
_SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
WORDS = [
    f"{_SYLLABLES[i % 70]}{_SYLLABLES[i // 70 % 70]}{_SYLLABLES[i // 4900]}"
    for i in range(COMMON_WORDS + N_TOPICS * TOPIC_WORDS)
]
_PLACES = {word: place for place, word in enumerate(WORDS)}


def write_documents(path: Path, n_docs: int, seed: int = 0) -> None:
    """Write a CSV file of documents of 60 tokens in 20 planted topics, named as their label.

    Half of the tokens are drawn from 20,000 words by Zipf's law, half from the 200 words that only
    the document's topic has; the two are shuffled together.
    """
    draw = np.random.default_rng(seed)
    words = np.array(WORDS)
    zipf = 1 / np.arange(1, COMMON_WORDS + 1)
    cumulative = np.cumsum(zipf) / zipf.sum()
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "label"])
        for first in range(0, n_docs, _BLOCK):
            n = min(_BLOCK, n_docs - first)
            topics = draw.integers(0, N_TOPICS, n)
            common = np.searchsorted(cumulative, draw.random((n, 30)))
            own = draw.integers(0, TOPIC_WORDS, (n, 30)) + TOPIC_WORDS * topics[:, None]
            tokens = draw.permuted(np.hstack([common, COMMON_WORDS + own]), axis=1)
            for row, topic in zip(words[tokens].tolist(), topics.tolist(), strict=True):
                writer.writerow([" ".join(row), f"topic {topic:02d}"])


def write_vectors(path: Path, n_vectors: int, dim: int, seed: int) -> None:
    """Write random vectors of unit length as float16: they say nothing of any topic."""
    draw = np.random.default_rng(seed)
    np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(n_vectors, dim))
    for first in range(0, n_vectors, _BLOCK):
        part = draw.standard_normal((min(_BLOCK, n_vectors - first), dim), dtype=np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
        # Mapped anew each time: written pages would count as this process' memory.
        target = np.lib.format.open_memmap(path, mode="r+")
        target[first : first + _BLOCK] = part
        del target


def topics_found(topics: Sequence[Sequence[str]]) -> tuple[int, float]:
    """Return how many planted topics are found, and the share of top words that are theirs.

    Found topics and planted ones are matched one to one so that the most top words agree
    (Hungarian method). A planted topic counts as found if most of its match's top words are its.

    Parameters
    ----------
    topics : sequence of (sequence of str)
        Top words of each topic that a model found.
    """
    from scipy.optimize import linear_sum_assignment

    shared = np.zeros((len(topics), N_TOPICS))
    for found, words in enumerate(topics):
        for word in words:
            place = _PLACES[word] - COMMON_WORDS
            if place >= 0:
                shared[found, place // TOPIC_WORDS] += 1 / len(words)
    matched = shared[linear_sum_assignment(-shared)]
    return int((matched > 0.5).sum()), float(matched.sum() / N_TOPICS)
