"""Topics without documents start again with a part of another one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

from tests.models.planted import planted_corpus, planted_embeddings
from theta.contracts import TopicModelOutput
from theta.evaluation.agreement import purity
from theta.models import shared_start, theta, unused_topics
from theta.models.base import FitContext
from theta.models.theta_options import ThetaOptions

CORPUS = planted_corpus()
EMBEDDINGS = planted_embeddings(CORPUS)
OPTIONS = ThetaOptions(
    num_topics=4,
    epochs=24,
    kl_warmup=4,
    batch_size=16,
    hidden_dim=32,
    num_layers=1,
    neighbor_docs=0,
    lexical_dim=0,
)


def fit(monkeypatch: pytest.MonkeyPatch, **changes: object) -> TopicModelOutput:
    """Train from clusters of which two are of the same block, and one is of two blocks."""
    assert CORPUS.labels is not None
    blocks = CORPUS.labels.codes

    def start(space, *_arguments):  # type: ignore[no-untyped-def]
        own = blocks[space.rows]
        clusters = np.where(own == 3, 2, own)
        clusters[np.flatnonzero(own == 0)[:3]] = 3
        return clusters.astype(np.intp)

    monkeypatch.setattr(shared_start, "start_clusters", start)
    options = dataclasses.replace(OPTIONS, **changes)
    return theta.Theta().fit(CORPUS, EMBEDDINGS, options, FitContext(progress=False))


def test_a_topic_without_documents_takes_a_part_of_the_topic_of_two_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert CORPUS.labels is not None
    main = fit(monkeypatch).doc_topic.argmax(axis=1)
    assert np.bincount(main, minlength=4).tolist() == [50, 50, 50, 50]
    assert purity(main, CORPUS.labels.codes, 4)[1] == 1
    monkeypatch.setattr(theta, "restart_epoch", lambda _epochs, _steps: None)
    main = fit(monkeypatch).doc_topic.argmax(axis=1)
    assert np.bincount(main, minlength=4).tolist() == [50, 50, 100, 0]


@pytest.mark.parametrize(
    ("epochs", "steps", "epoch"),
    [(16, 63, 4), (100, 4, 25), (100, 1, None), (20, 4, None), (60, 4, 25), (2, 200, 1)],
)
def test_topics_have_time_to_find_documents_and_to_learn(
    epochs: int, steps: int, epoch: int | None
) -> None:
    assert unused_topics.restart_epoch(epochs, steps) == epoch


def test_topics_that_were_asked_for_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    original = unused_topics.restart_unused

    def keep_all(model, inputs, space, bow, _n_kept, seed):  # type: ignore[no-untyped-def]
        assert original(model, inputs, space, bow, 4, seed) == []

    monkeypatch.setattr(theta, "restart_unused", keep_all)
    assert np.bincount(fit(monkeypatch).doc_topic.argmax(axis=1), minlength=4)[3] == 0


def halves(share: float) -> tuple[np.ndarray, csr_array]:
    """Vectors of two clusters, and counts: a share of the words of each is its own."""
    rng = np.random.default_rng(0)
    second = np.arange(60) % 3 == 0
    vectors = rng.normal(size=(60, 4)).astype(np.float32) + 9 * second[:, None]
    counts = rng.poisson(2, size=(60, 20))
    counts[:, :10] = rng.binomial(counts[:, :10], np.where(second, 1 - share, 1)[:, None])
    counts[:, 10:] = rng.binomial(counts[:, 10:], np.where(second, 1, 1 - share)[:, None])
    return vectors, csr_array(counts)


def test_a_topic_is_divided_if_its_parts_have_words_of_their_own() -> None:
    background, documents = np.full(20, 0.05, dtype=np.float32), np.arange(100, 160)
    parts = unused_topics._divide(documents, *halves(0.8), background, seed=0)
    assert parts.gain > 0
    assert parts.documents[parts.smaller].tolist() == list(range(100, 160, 3))
    assert unused_topics._divide(documents, *halves(0.0), background, seed=0).gain == 0
