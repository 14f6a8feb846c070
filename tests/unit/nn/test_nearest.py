"""Means of the neighbourhoods of document vectors."""

from __future__ import annotations

import numpy as np
import pytest

from theta.nn.nearest import nearest_others, neighborhood_means


@pytest.fixture
def vectors() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((600, 8)).astype(np.float16)


def test_the_mean_is_over_the_document_and_its_nearest_references(vectors: np.ndarray) -> None:
    references, new = vectors[:300], vectors[300:310]
    smoothed = neighborhood_means(new, references, 3, 0.4, "cpu")
    for own, found in zip(new.astype(np.float64), smoothed, strict=True):
        cosines = references @ own / np.linalg.norm(references.astype(float), axis=1)
        nearest = references[np.argsort(-cosines)[:3]].astype(float)
        expected = 0.6 * own + 0.4 * np.vstack([own, nearest]).mean(axis=0)
        np.testing.assert_allclose(found, expected, atol=2e-3)


def test_copies_of_a_document_are_not_among_its_neighbours() -> None:
    references = np.array([[1, 0], [1, 0], [0.8, 0.6], [0, 1]], dtype=np.float16)
    smoothed = neighborhood_means(references[:1], references, 1, 1.0, "cpu")
    np.testing.assert_allclose(smoothed, [[0.9, 0.3]], atol=1e-3)


def test_a_document_has_the_same_bits_in_any_company(vectors: np.ndarray) -> None:
    references = vectors[:400]
    together = neighborhood_means(vectors, references, 5, 0.5, "cpu")
    for row in (0, 255, 256, 599):
        alone = neighborhood_means(vectors[row : row + 1], references, 5, 0.5, "cpu")
        np.testing.assert_array_equal(alone[0], together[row])


def test_no_documents(vectors: np.ndarray) -> None:
    assert neighborhood_means(vectors[:0], vectors, 5, 0.5, "cpu").shape == (0, 8)


def test_the_nearest_others_are_those_of_a_sorted_list(vectors: np.ndarray) -> None:
    # Three blocks, the last a short one.
    units = vectors.astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    cosines = units.astype(np.float64) @ units.T.astype(np.float64)
    np.fill_diagonal(cosines, -np.inf)
    expected = np.argsort(-cosines, axis=1)[:, :7]
    np.testing.assert_array_equal(nearest_others(units, 7, "cpu"), expected)


def test_a_copy_is_an_other() -> None:
    units = np.eye(2, dtype=np.float32)[[0, 0, 1]]
    assert nearest_others(units, 1, "cpu")[:2].tolist() == [[1], [0]]
