from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from theta.corpus.near_duplicates import (
    N_HASHES,
    band_length,
    find_near_duplicates,
    sketches,
)
from theta.corpus.streams import ArrayFile


def text_of(seed: int, n: int = 300) -> list[str]:
    draw = random.Random(seed)
    return ["".join(draw.choices("abcdefgh", k=6)) for _ in range(n)]


def changed(words: list[str], n: int) -> list[str]:
    """Return the words with `n` of them replaced, far apart."""
    places = {round((at + 0.5) * len(words) / n) for at in range(n)}
    return [f"new{at}" if at in places else word for at, word in enumerate(words)]


def originals(folder: Path, texts: list[str], threshold: float = 0.9) -> list[int]:
    file = ArrayFile(folder / "sketches", np.uint32)
    file.append(sketches(texts).ravel())
    present = np.array([bool(text) for text in texts])
    return find_near_duplicates(file, present, threshold).tolist()


def shingles(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + 3]) for at in range(len(words) - 2)}


@pytest.mark.parametrize("n_changed", [1, 5, 30])
def test_equal_hashes_estimate_the_jaccard_similarity(n_changed: int) -> None:
    words = text_of(0)
    other = changed(words, n_changed)
    a, b = shingles(words), shingles(other)
    exact = len(a & b) / len(a | b)
    x, y = sketches([" ".join(words), " ".join(other)])
    # Three standard errors of a share of 128.
    assert (x == y).mean() == pytest.approx(exact, abs=3 * (exact * (1 - exact) / N_HASHES) ** 0.5)


def test_a_near_duplicate_repeats_the_first_of_its_kind(tmp_path: Path) -> None:
    words = text_of(1)
    texts = [text_of(2), words, text_of(3), changed(words, 2), words, changed(words, 3), text_of(2)]
    found = originals(tmp_path, [" ".join(words) for words in texts])
    assert found == [-1, -1, -1, 1, 1, 1, 0]


def test_the_document_that_is_named_is_kept_itself(tmp_path: Path) -> None:
    # Each is near the one before it, but the last is not near the first.
    chain = [text_of(4)]
    for step in range(4):
        chain.append([*chain[-1][: step * 60], *text_of(50 + step, 4), *chain[-1][step * 60 + 4 :]])
    found = originals(tmp_path, [" ".join(words) for words in chain])
    assert found[0] == -1
    assert all(found[row] == -1 for row in found if row >= 0)


def test_empty_texts_and_short_ones(tmp_path: Path) -> None:
    assert originals(tmp_path, ["", "yes", "no", "Yes", "", "我同意", "我同意"]) == [
        -1, -1, -1, 1, -1, -1, 5,
    ]  # fmt: skip
    assert originals(tmp_path, ["one"]) == [-1]
    assert sketches([]).shape == (0, N_HASHES)


def test_many_copies_take_no_time_for_each_pair(tmp_path: Path) -> None:
    assert originals(tmp_path, ["the same short text"] * 20_000) == [-1] + [0] * 19_999


def test_bands_find_what_is_as_similar_as_the_threshold() -> None:
    assert [band_length(t) for t in (0.5, 0.7, 0.9, 0.98, 1.0)] == [2, 4, 8, 16, 64]
