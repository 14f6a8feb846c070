from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.models import document_space as module
from theta.models.document_space import LexicalSpace, mean_vector, nearest_documents

from .planted import planted_corpus, planted_embeddings

COUNTS = planted_corpus(n_docs=80).bow.astype(np.float32)
BLOCKS = np.arange(80) % 4


def test_projection_by_hand() -> None:
    # One axis, the second word; word 0 has idf 2, word 1 idf 1. The document [1, 2] is (2, 2) with
    # length √8, so (1 / √2) along the axis; less 0.2 it points up, and has two different words.
    space = LexicalSpace(
        np.array([2, 1], dtype=np.float32),
        np.array([[0], [1]], dtype=np.float32),
        np.array([0.2], dtype=np.float32),
    )
    counts = csr_array(np.array([[1, 2], [1, 0], [0, 0]], dtype=np.float32))
    # The second lies at 0, below the centre; the third has no words, and so no length.
    expected = [[np.sqrt(2 / 12)], [-np.sqrt(1 / 11)], [0]]
    np.testing.assert_allclose(space.project(counts), expected, rtol=1e-3)


def test_rarity_and_centre_are_those_of_the_training_documents() -> None:
    counts = csr_array(np.array([[1, 0, 1], [2, 1, 0], [1, 0, 0]], dtype=np.float32))
    space = LexicalSpace.of(counts, 2, seed=0)
    np.testing.assert_allclose(space.rarity, np.log([4 / 4, 4 / 2, 4 / 2]) + 1, rtol=1e-6)
    weighted = counts.toarray() * space.rarity
    weighted /= np.linalg.norm(weighted, axis=1, keepdims=True)
    np.testing.assert_allclose(space.center, (weighted @ space.axes).mean(axis=0), atol=1e-6)


def test_axes_are_those_of_the_singular_value_decomposition() -> None:
    space = LexicalSpace.of(COUNTS, 3, seed=0)
    weighted = COUNTS.toarray() * space.rarity
    weighted /= np.linalg.norm(weighted, axis=1, keepdims=True)
    _, _, exact = np.linalg.svd(weighted, full_matrices=False)
    np.testing.assert_allclose(np.abs(space.axes.T @ exact[:3].T), np.eye(3), atol=0.02)


@pytest.mark.parametrize(("n_docs", "n_words", "expected"), [(3, 38, 2), (80, 2, 1), (2, 2, 1)])
def test_small_corpora_have_fewer_dimensions(n_docs: int, n_words: int, expected: int) -> None:
    space = LexicalSpace.of(COUNTS[:n_docs, :n_words], 100, seed=0)
    assert space.axes.shape == (n_words, expected)
    assert np.isfinite(space.project(COUNTS[:, :n_words])).all()


def test_no_dimensions_are_no_space() -> None:
    assert LexicalSpace.of(COUNTS, 0, seed=0) is None


def test_a_row_is_projected_alone_as_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    space = LexicalSpace.of(COUNTS, 17, seed=0)
    together = space.project(COUNTS)
    for row in range(COUNTS.shape[0]):
        np.testing.assert_array_equal(space.project(COUNTS[[row]])[0], together[row])
    monkeypatch.setattr(module, "CHUNK", 7)
    np.testing.assert_array_equal(space.project(COUNTS), together)


def test_a_space_comes_back_from_its_arrays() -> None:
    space = LexicalSpace.of(COUNTS, 4, seed=0)
    again = LexicalSpace.from_arrays({**space.arrays(), "decoder.weight": np.zeros(2)})
    np.testing.assert_array_equal(again.project(COUNTS), space.project(COUNTS))
    assert LexicalSpace.from_arrays({"decoder.weight": np.zeros(2)}) is None


def test_neighbours_are_the_nearest_by_cosine() -> None:
    vectors = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float16)
    rows = np.arange(10, 60)
    found = nearest_documents(vectors, rows, 4, seed=0)
    units = vectors.astype(np.float64) / np.linalg.norm(vectors.astype(np.float64), axis=1)[:, None]
    for row, neighbors in zip(rows, found, strict=True):
        similar = units[rows] @ units[row]
        expected = [other for other in rows[np.argsort(-similar)] if other != row][:4]
        assert neighbors.tolist() == expected


def test_a_copy_is_a_neighbour_and_the_document_itself_is_not() -> None:
    vectors = np.repeat(np.eye(3, dtype=np.float16), 4, axis=0)
    found = nearest_documents(vectors, np.arange(12), 3, seed=0)
    for row, neighbors in enumerate(found):
        assert sorted(neighbors) == [
            n for n in range(4 * (row // 4), 4 * (row // 4) + 4) if n != row
        ]


def test_a_document_without_others_is_its_own_neighbour() -> None:
    found = nearest_documents(np.eye(3, dtype=np.float16), np.array([1, 2]), 3, seed=0)
    assert found.tolist() == [[2, 1, 1], [1, 2, 2]]


def test_many_documents_are_searched_in_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_EXACT_SEARCH", 50)
    monkeypatch.setattr(module, "_CELL", 20)
    corpus = planted_corpus(n_docs=80)
    vectors = planted_embeddings(corpus).documents
    rows = np.arange(80)
    found = nearest_documents(vectors, rows, 5, seed=0)
    assert (found != rows[:, None]).all()
    # Cells are regions of the space, so neighbours are of the same block as before.
    assert (BLOCKS[found] == BLOCKS[:, None]).all()
    np.testing.assert_array_equal(found, nearest_documents(vectors, rows, 5, seed=0))


def test_mean_vector_of_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float16)
    rows = np.array([1, 4, 5, 9, 17])
    monkeypatch.setattr(module, "CHUNK", 2)
    expected = vectors[rows].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(mean_vector(vectors, rows), expected, rtol=1e-6)
