from __future__ import annotations

import json

import numpy as np
import pytest

from theta.contracts import Labels
from theta.plots.groups import DocumentGroups
from theta.plots.means import means_by_group
from theta.relations.analysis import RelationEstimator, Relations
from theta.relations.summary import method, notes, summary

N_DOCS, N_TOPICS = 600, 8


@pytest.fixture(scope="module")
def theta() -> np.ndarray:
    """Topics 0 and 1 occur together, 2 and 3 avoid each other."""
    covariance = np.eye(N_TOPICS)
    covariance[0, 1] = covariance[1, 0] = 0.7
    covariance[2, 3] = covariance[3, 2] = -0.7
    normal = np.random.default_rng(0).multivariate_normal(np.zeros(N_TOPICS), covariance, N_DOCS)
    return np.exp(normal) / np.exp(normal).sum(axis=1, keepdims=True)


def column(doc_topic: np.ndarray) -> DocumentGroups:
    codes = np.arange(N_DOCS, dtype=np.int32) % 3
    codes[:4] = 3  # too few for a mean
    labels = Labels(codes, ("a", "b", "c", "rare"))
    return DocumentGroups("cov_side", labels, means_by_group(doc_topic, labels))


def relations_of(theta: np.ndarray, *more: np.ndarray) -> Relations:
    estimator = RelationEstimator(len(theta), theta.shape[1], [column(theta)], 0)
    for draw in (theta, *more):
        estimator.add(draw)
    return estimator.combined("the test" if more else "")


def test_the_clear_pairs_are_the_planted_ones(theta):
    found = relations_of(theta)
    assert {(pair.first, pair.second) for pair in found.clear[:2]} == {(0, 1), (2, 3)}
    assert all(pair.low > 0 or pair.high < 0 for pair in found.clear)
    lines = summary(found, [f"{k} word" for k in range(N_TOPICS)])
    assert lines[0] == "Topics that occur together (correlation, with its 95 % interval):"
    assert lines[1].startswith("  0 word – 1 word: 0.")
    assert any(line.startswith("  2 word – 3 word: -0.") for line in lines)
    assert "taken as known" in method(found)


def test_groups_have_the_means_of_their_documents(theta):
    found = relations_of(theta)
    assert [(one.value, one.documents) for one in found.groups] == [
        ("a", 198), ("b", 199), ("c", 199),
    ]  # fmt: skip
    own = theta[column(theta).labels.codes == 1]
    np.testing.assert_allclose(found.groups[1].mean, own.mean(axis=0), rtol=1e-5)
    assert notes(found)[0].startswith(
        "1 value has no mean shares in the column cov_side: with fewer"
    )
    means = found.means_of("cov_side", ("a", "b", "c", "rare"))
    np.testing.assert_allclose(means.mean[1], own.mean(axis=0), rtol=1e-5)
    assert np.isnan(means.low[3]).all()


def test_json_brings_everything_back(theta):
    found = relations_of(theta, theta)
    again = Relations.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False)))
    assert again == found
    assert "2 draws from the test" in method(again)


@pytest.mark.parametrize(
    ("n_docs", "num_topics", "reason"),
    [(100, 4, "correlations need 5 topics; there are 4"), (11, 6, "need 12 documents")],
)
def test_too_little_to_correlate_says_why(n_docs, num_topics, reason):
    estimator = RelationEstimator(n_docs, num_topics, [], 0)
    assert estimator.is_empty
    assert reason in estimator.notes[0]
    estimator.add(np.full((n_docs, num_topics), 1 / num_topics))
    assert estimator.combined().pairs is None
