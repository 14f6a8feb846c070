from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theta.embeddings.batches import MAX_PADDING, pack
from theta.embeddings.settings import choose_batch_size

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


def test_padding_that_is_cheaper_than_a_batch_is_allowed() -> None:
    # As above; 62 tokens of padding are allowed now, 112 with the second 50 are not.
    lengths = np.array([50, 100, 90, 50, 98])
    batches = [batch.tolist() for batch in pack(lengths, 32, 1000, spare_tokens=62)]
    assert batches == [[1, 4, 2, 0], [3]]


def test_headlines_on_a_gpu_take_half_of_the_batches() -> None:
    lengths = np.random.default_rng(0).integers(12, 40, size=512)
    batches = {spare: list(pack(lengths, 512, 1 << 16, spare_tokens=spare)) for spare in (0, 700)}
    n_batches = {spare: len(found) for spare, found in batches.items()}
    assert 2 * n_batches[700] <= n_batches[0]
    padded = {s: sum(len(b) * lengths[b].max() for b in found) for s, found in batches.items()}
    assert padded[700] <= 1.15 * padded[0]


def test_budget_and_batch_size_end_a_batch() -> None:
    lengths = np.full(10, 8)
    assert [len(batch) for batch in pack(lengths, 4, 10_000)] == [4, 4, 2]
    assert [len(batch) for batch in pack(lengths, 32, 24)] == [3, 3, 3, 1]
    assert [len(batch) for batch in pack(lengths, 32, 1)] == [1] * 10


@pytest.mark.parametrize(
    ("asked", "device", "api_base", "expected"),
    [
        ("auto", "cpu", None, 32),
        ("auto", "cuda:1", None, 512),
        # A server's requests are as large on a machine with a GPU as on one without.
        ("auto", "cuda:0", "http://localhost/v1", 32),
        (7, "cuda:0", None, 7),
        (32, "cuda:0", None, 32),
    ],
)
def test_only_a_typed_batch_size_limits_a_gpu(
    asked: int | str, device: str, api_base: str | None, expected: int
) -> None:
    assert choose_batch_size(asked, device, api_base) == expected


def test_short_texts_take_a_fraction_of_the_batches_where_tokens_decide() -> None:
    # A shard of headlines: 512 texts of 9 to 14 tokens, and the budget of tokens of a GPU.
    lengths = np.random.default_rng(0).integers(9, 15, size=512)
    capped, by_tokens = (len(list(pack(lengths, rows, 1 << 16))) for rows in (32, 512))
    assert capped >= 16
    assert by_tokens <= 6
