from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from theta.embeddings.batches import MAX_PADDING, pack

LENGTHS = st.lists(st.integers(1, 600), min_size=0, max_size=200)


@given(LENGTHS, st.integers(1, 40), st.integers(1, 5000))
def test_every_window_once_within_all_limits(
    lengths: list[int], batch_size: int, budget: int
) -> None:
    array = np.array(lengths, dtype=np.int64)
    batches = list(pack(array, batch_size, budget))
    assert sorted(np.concatenate([*batches, np.empty(0, int)]).tolist()) == list(range(len(array)))
    for batch in batches:
        places = len(batch) * array[batch].max()
        assert 1 <= len(batch) <= batch_size
        assert len(batch) == 1 or places <= budget
        assert places - array[batch].sum() <= MAX_PADDING * places


def test_worked_by_hand() -> None:
    # Longest first: 100; 98 beside it would be 2 of 200 padded (1 %); 90 beside both 12 of 300
    # (4 %); 50 would make it 62 of 400 (15.5 %), so 50 begins the next batch, 50 joins it.
    batches = [batch.tolist() for batch in pack(np.array([50, 100, 90, 50, 98]), 32, 1000)]
    assert batches == [[1, 4, 2], [0, 3]]


def test_budget_and_batch_size_end_a_batch() -> None:
    lengths = np.full(10, 8)
    assert [len(batch) for batch in pack(lengths, 4, 10_000)] == [4, 4, 2]
    assert [len(batch) for batch in pack(lengths, 32, 24)] == [3, 3, 3, 1]
    assert [len(batch) for batch in pack(lengths, 32, 1)] == [1] * 10
