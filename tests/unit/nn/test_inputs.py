from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from theta.nn import inputs as module
from theta.nn.inputs import Counts, Inputs, batch_bounds

from .corpora import random_counts


def test_selected_rows_equal_scipys() -> None:
    matrix = random_counts(20, 15)
    rows = torch.tensor([3, 3, 19, 0, 7])
    chosen = Counts.from_csr(matrix).select(rows)
    np.testing.assert_array_equal(chosen.dense().numpy(), matrix[rows.numpy()].toarray())
    np.testing.assert_array_equal(chosen.starts.numpy(), matrix[rows.numpy()].indptr)


def test_padded_selection_holds_the_same_documents_and_nothing_else() -> None:
    matrix = random_counts(20, 15)
    counts = Counts.from_csr(matrix)
    rows = torch.tensor([4, 11, 2])
    capacity = counts.most_entries(3)
    padded = counts.select_padded(rows, capacity)
    assert len(padded.words) == len(padded.values) == len(padded.documents) == capacity
    np.testing.assert_array_equal(padded.dense().numpy(), matrix[rows.numpy()].toarray())
    assert float(padded.values.sum()) == matrix[rows.numpy()].sum()


def test_most_entries_is_the_sum_of_the_longest_documents() -> None:
    # Rows of 1, 3 and 2 entries: the two longest have 5 together.
    matrix = csr_array(np.array([[1, 0, 0], [1, 1, 1], [0, 1, 1]], dtype=np.float32))
    assert Counts.from_csr(matrix).most_entries(2) == 5
    assert Counts.from_csr(matrix).most_entries(9) == 6


def test_batch_sizes_count_the_entries_of_each_batch() -> None:
    matrix = csr_array(np.array([[1, 0, 0], [1, 1, 1], [0, 1, 1]], dtype=np.float32))
    rows = torch.tensor([1, 1, 0, 2, 0])
    assert Counts.from_csr(matrix).batch_sizes(rows, [0, 2, 3, 5]) == [6, 1, 3]


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_batches_are_slices_of_the_permutation(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", chunk)
    matrix = random_counts(23, 11)
    features = np.arange(23 * 2, dtype=np.float16).reshape(23, 2)
    inputs = Inputs.from_arrays(matrix, features)
    rows = torch.randperm(23, generator=torch.Generator().manual_seed(0))
    bounds = batch_bounds(23, 5)
    seen = 0
    for batch, begin, end in zip(inputs.batches(rows, bounds), bounds, bounds[1:], strict=False):
        here = rows[begin:end].numpy()
        np.testing.assert_array_equal(batch.counts.dense().numpy(), matrix[here].toarray())
        np.testing.assert_array_equal(batch.features.numpy(), features[here])
        assert int(batch.counts.starts[0]) == 0
        seen += len(batch)
    assert seen == 23


def test_documents_without_words_are_rows_without_entries() -> None:
    inputs = Inputs.from_arrays(csr_array((4, 6), dtype=np.float32))
    (batch,) = inputs.batches(torch.arange(4), [0, 4])
    assert len(batch) == 4
    assert batch.counts.dense().sum() == 0


@given(n_docs=st.integers(1, 200), batch_size=st.integers(2, 50))
def test_batches_hold_every_document_and_never_one_alone(n_docs: int, batch_size: int) -> None:
    bounds = batch_bounds(n_docs, batch_size)
    sizes = np.diff(bounds)
    assert bounds[0] == 0
    assert sizes.sum() == n_docs
    assert sizes.max() <= batch_size + 1
    if n_docs > 1:
        assert sizes.min() >= 2


def test_a_mapped_file_is_not_copied(tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.ones((3, 2), dtype=np.float16))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    tensor = module.as_tensor(mapped)
    assert tensor.data_ptr() == mapped.__array_interface__["data"][0]
