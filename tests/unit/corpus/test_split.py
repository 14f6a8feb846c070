from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theta.contracts import Split
from theta.corpus.split import UNASSIGNED, complete_split, split_documents


def sizes(split: np.ndarray) -> list[int]:
    return np.bincount(split, minlength=3).tolist()


def test_sizes_by_hand() -> None:
    # 300 documents: 30 test; of the other 270, 27 validation.
    assert sizes(split_documents(300, 0.1, 0)) == [243, 27, 30]
    # 5 documents: 0.5 rounds up to 1 test; 0.4 of the other 4 rounds down to no validation.
    assert sizes(split_documents(5, 0.1, 0)) == [4, 0, 1]
    assert sizes(split_documents(300, 0.0, 0)) == [270, 30, 0]


@given(st.integers(1, 300), st.floats(0, 0.9), st.integers(0, 5))
def test_something_always_trains(n_docs: int, test_share: float, seed: int) -> None:
    split = split_documents(n_docs, test_share, seed)
    assert len(split) == n_docs
    assert sizes(split)[Split.TRAIN] >= 1


def test_seed_decides() -> None:
    assert (split_documents(200, 0.1, 3) == split_documents(200, 0.1, 3)).all()
    assert (split_documents(200, 0.1, 3) != split_documents(200, 0.1, 4)).any()


def test_split_is_independent_of_the_stream_that_users_draw_from() -> None:
    # A user labels the 100 documents with the smallest draws of default_rng(seed).
    for seed in range(5):
        labeled = np.argsort(np.random.default_rng(seed).random(1000))[:100]
        n_test = (split_documents(1000, 0.1, seed)[labeled] == Split.TEST).sum()
        assert 1 <= n_test <= 25  # 10 on average; with a shared stream all 100


def test_corpus_that_grows_keeps_most_of_its_split() -> None:
    before, after = split_documents(1000, 0.1, 0), split_documents(1010, 0.1, 0)[:1000]
    assert (before == after).mean() > 0.97


def test_official_split_is_kept_and_completed() -> None:
    given_split = np.array([Split.TRAIN] * 50 + [Split.TEST] * 20 + [UNASSIGNED] * 10, np.int8)
    split = complete_split(given_split, 0)
    assert sizes(split) == [54, 6, 20]  # a tenth of the 60 that train
    assert (split[50:70] == Split.TEST).all()
    given_split[:5] = Split.VALIDATION
    assert sizes(complete_split(given_split, 0)) == [55, 5, 20]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_training_documents_stay(n: int) -> None:
    split = complete_split(np.array([Split.TRAIN] * n + [Split.TEST], np.int8), 0)
    assert sizes(split) == [n, 0, 1]
