"""The table of word vectors as a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from theta.run.word_vectors import english_word_vectors, read_word_vectors, write_word_vectors


def test_a_table_is_read_as_written_but_for_rounding(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = [f"wörd{row}" for row in range(50)]
    write_word_vectors(tmp_path / "table.npz", words, vectors)
    read = read_word_vectors(tmp_path / "table.npz")
    assert list(read.rank) == words
    found = read.look_up(words)[0]
    assert np.abs(found - vectors).max() < 0.03
    assert np.linalg.norm(found, axis=1) == pytest.approx(1)


def test_the_shipped_table() -> None:
    table = english_word_vectors()
    assert len(table.rank) == len(table.vectors) > 30_000
    assert table.rank["government"] < table.rank["topology"]
    near = table.look_up(["doctor", "physician", "guitar"])[0]
    assert near[0] @ near[1] > 0.5 > near[0] @ near[2]
