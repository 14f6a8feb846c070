"""Smoothing of the encoder's input, and the choice of its weight."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from theta.models.smoothing import MAX_REFERENCES, Smoothing, find_smoothing, prediction_of_words

N_DOCS = 600


@pytest.fixture
def noisy_topics() -> tuple[np.ndarray, np.ndarray]:
    """Vectors and words that have nothing in common but the topic of the document."""
    rng = np.random.default_rng(0)
    topic = rng.integers(5, size=N_DOCS)
    vectors = rng.standard_normal((5, 30))[topic] + 0.8 * rng.standard_normal((N_DOCS, 30))
    lexical = np.eye(5)[topic] + 0.3 * rng.standard_normal((N_DOCS, 5))
    return vectors.astype(np.float16), lexical.astype(np.float16)


@pytest.fixture
def individual_documents() -> tuple[np.ndarray, np.ndarray]:
    """Vectors from which the words of each document can be read exactly."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((N_DOCS, 30)).astype(np.float16)
    return vectors, (vectors[:, :5] * 2).astype(np.float16)


def choose(data: tuple[np.ndarray, np.ndarray], weight: float | str = "auto") -> Smoothing | None:
    return find_smoothing(*data, np.arange(N_DOCS), 15, weight, 0, "cpu")


def test_neighbours_count_where_they_share_their_words(
    noisy_topics: tuple[np.ndarray, np.ndarray],
) -> None:
    found = choose(noisy_topics)
    assert found is not None
    assert found.weight >= 0.5
    assert len(found.references) == N_DOCS


def test_neighbours_do_not_count_where_documents_are_individual(
    individual_documents: tuple[np.ndarray, np.ndarray],
) -> None:
    assert choose(individual_documents) is None
    scores = prediction_of_words(*individual_documents, np.arange(N_DOCS), 15, 0, "cpu")
    assert scores[0.0] > 0.99
    assert sorted(scores, key=lambda weight: -scores[weight]) == [0.0, 0.25, 0.5, 0.75]


def test_a_given_weight_is_taken(individual_documents: tuple[np.ndarray, np.ndarray]) -> None:
    found = choose(individual_documents, 0.3)
    assert found is not None
    assert found.weight == 0.3
    assert choose(individual_documents, 0.0) is None


def test_references_are_limited() -> None:
    vectors = np.random.default_rng(0).standard_normal((MAX_REFERENCES + 50, 2), dtype=np.float32)
    rows = np.arange(10, len(vectors))
    found = find_smoothing(vectors, None, rows, 15, 0.5, 0, "cpu")
    assert found is not None
    assert found.references.shape == (MAX_REFERENCES, 2)


@pytest.mark.parametrize(("n_docs", "neighbors"), [(1, None), (2, 1), (30, 15)])
def test_there_are_at_most_as_many_neighbours_as_others(n_docs: int, neighbors: int | None) -> None:
    vectors = np.random.default_rng(0).standard_normal((n_docs, 4)).astype(np.float16)
    found = find_smoothing(vectors, None, np.arange(n_docs), 15, 0.5, 0, "cpu")
    assert (None if found is None else found.n_neighbors) == neighbors


def test_the_state_of_a_model_holds_it() -> None:
    smoothing = Smoothing(np.ones((3, 2), np.float16), 2, 0.75)
    read = Smoothing.from_arrays({"encoder.center": np.ones(2), **smoothing.arrays()})
    assert read is not None
    for name, value in dataclasses.asdict(smoothing).items():
        np.testing.assert_array_equal(getattr(read, name), value)
    assert Smoothing.from_arrays({"encoder.center": np.ones(2)}) is None
