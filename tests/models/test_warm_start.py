from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.contracts import UNLABELLED, Split
from theta.models import clustering as module
from theta.models.clustering import cluster_documents, consensus_clusters, principal_components
from theta.models.warm_start import (
    StartSpace,
    cluster_deviations,
    mean_embeddings,
    start_clusters,
)

from .planted import planted_corpus, planted_embeddings

CORPUS = planted_corpus(n_docs=60)
EMBEDDINGS = planted_embeddings(CORPUS)
VECTORS = EMBEDDINGS.documents.astype(np.float32)


def n_pairs(clusters: np.ndarray, codes: np.ndarray) -> int:
    """As many as there are clusters, if clusters and codes are the same partition."""
    return len(set(zip(clusters.tolist(), codes.tolist(), strict=True)))


def test_cluster_deviations_by_hand() -> None:
    # Background ½, ½. Cluster 0 holds 30 of word 0 and 10 of word 1, cluster 1 nothing.
    # B_00 = log((30 + 25) / (90 · ½)) = log(55 / 45), B_01 = log((10 + 25) / 45) = log(35 / 45);
    # an empty cluster is the background: log(25 / 25) = 0.
    bow = csr_array(np.array([[20, 10], [10, 0]], dtype=np.int32))
    deviations = cluster_deviations(
        bow, np.array([0, 0]), 2, np.log(np.array([0.5, 0.5], dtype=np.float32))
    )
    expected = [[np.log(55 / 45), np.log(35 / 45)], [0, 0]]
    np.testing.assert_allclose(deviations, expected, atol=1e-6)


def test_the_space_by_hand() -> None:
    # The second document is (0, 2), its neighbour (2, 0): their mean (1, 1) less the centre
    # (1, 0) points along the second axis.
    space = StartSpace(
        np.array([[9, 9], [2, 0], [0, 2]], dtype=np.float16),
        rows=np.array([1, 2]),
        center=np.array([1, 0], dtype=np.float32),
        neighbors=np.array([[1], [1]]),
        lexical=np.array([[0], [0.5], [0.25]], dtype=np.float16),
    )
    np.testing.assert_allclose(space[np.array([1, 0])], [[0, 1, 0.25], [1, 0, 0.5]], atol=1e-6)


def test_the_space_knows_only_training_documents() -> None:
    rows = CORPUS.rows(Split.TRAIN)
    space = StartSpace.of(EMBEDDINGS.documents, rows, 3, None, seed=0)
    assert np.isin(space.neighbors, rows).all()
    np.testing.assert_allclose(space.center, VECTORS[rows].mean(axis=0), atol=1e-6)
    assert StartSpace.of(EMBEDDINGS.documents, rows, 0, None, seed=0).neighbors is None


def test_a_document_of_another_label_is_no_neighbour() -> None:
    vectors = np.array([[1, 0], [1, 0.1], [1, 0.3], [0, 1]], dtype=np.float16)
    rows = np.arange(4)
    plain = StartSpace.of(vectors, rows, 2, None, seed=0)
    assert plain.neighbors is not None
    assert plain.neighbors.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    labels = np.array([0, 1, UNLABELLED, 0])
    guided = StartSpace.of(vectors, rows, 2, None, seed=0, labels=labels)
    assert guided.neighbors is not None
    # Of documents 0 and 1 one has label 0 and the other label 1; document 2 may have either.
    assert guided.neighbors.tolist() == [[0, 2], [1, 2], [1, 0], [2, 3]]


@pytest.mark.parametrize("sampled", [20, 1000])
def test_clusters_are_the_planted_ones_and_repeat(
    monkeypatch: pytest.MonkeyPatch, sampled: int
) -> None:
    monkeypatch.setattr(module, "MAX_DOCUMENTS", sampled)
    clusters = cluster_documents(VECTORS, 4, seed=3)
    assert CORPUS.labels is not None
    assert len(clusters) == 60
    assert n_pairs(clusters, CORPUS.labels.codes) == 4
    np.testing.assert_array_equal(clusters, cluster_documents(VECTORS, 4, seed=3))


def test_the_consensus_is_of_the_planted_clusters_and_repeats() -> None:
    clusters = consensus_clusters(VECTORS, 4, seed=3)
    assert CORPUS.labels is not None
    assert n_pairs(clusters, CORPUS.labels.codes) == 4
    np.testing.assert_array_equal(clusters, consensus_clusters(VECTORS, 4, seed=3))


def test_the_consensus_outvotes_a_poor_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of the ten runs put rows where they do not belong."""
    assert CORPUS.labels is not None
    codes = CORPUS.labels.codes.astype(np.intp)
    k_means, calls = module.k_means, []

    def poor(vectors: np.ndarray, n_clusters: int, seed: int, *how: int, **options: int) -> Any:
        calls.append(seed)
        if len(calls) <= 3:
            return np.random.default_rng(seed).integers(4, size=60)
        return codes if len(calls) <= 10 else k_means(vectors, n_clusters, seed, *how, **options)

    monkeypatch.setattr(module, "k_means", poor)
    assert n_pairs(consensus_clusters(VECTORS, 4, seed=0), codes) == 4
    assert len(calls) == 11


def test_principal_components_keep_the_distances_that_matter() -> None:
    rng = np.random.default_rng(0)
    spread = rng.normal(size=(50, 2)) @ rng.normal(size=(2, 30)) * 10
    vectors = (spread + 0.01 * rng.normal(size=(50, 30))).astype(np.float32)
    reduced = principal_components(vectors, 2, seed=0)
    assert reduced.shape == (50, 2)
    before = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    after = np.linalg.norm(reduced[:, None] - reduced[None], axis=2)
    np.testing.assert_allclose(after, before, atol=0.2)
    assert principal_components(vectors, 64, seed=0) is vectors


@pytest.mark.parametrize("sampled", [20, 1000])
def test_start_clusters_are_the_planted_ones(monkeypatch: pytest.MonkeyPatch, sampled: int) -> None:
    monkeypatch.setattr(module, "MAX_DOCUMENTS", sampled)
    rows = CORPUS.rows(Split.TRAIN)
    space = StartSpace.of(EMBEDDINGS.documents, rows, 3, None, seed=0)
    clusters = start_clusters(space, CORPUS.bow[rows], None, 4, seed=0)
    assert CORPUS.labels is not None
    assert n_pairs(clusters, CORPUS.labels.codes[rows]) == 4


def test_topic_embeddings_are_weighted_means() -> None:
    # Centred by (1, 1), the documents are (1, 0), (0, 1) and, not among the rows, (5, 5).
    # Topic 0: (1 · (1, 0) + ½ · (0, 1)) / 1.5; topic 1 is held by the second document alone.
    doc_topic = np.array([[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1]], dtype=np.float32)
    vectors = np.array([[2, 1], [1, 2], [6, 6]], dtype=np.float32)
    found = mean_embeddings(doc_topic, vectors, np.array([0, 1]), np.ones(2, dtype=np.float32))
    np.testing.assert_allclose(found, [[2 / 3, 1 / 3], [0, 1], [0, 0]], atol=1e-6)
