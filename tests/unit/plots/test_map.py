from __future__ import annotations

import numpy as np
import pytest

from theta.errors import InvalidOption
from theta.plots.map import document_map


def three_groups(n=40, dim=20, seed=0):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(3, dim)) * 8
    group = np.repeat(np.arange(3), n)
    return centres[group] + random.normal(size=(3 * n, dim)), group


def test_the_same_seed_gives_the_same_map():
    vectors, _ = three_groups()
    one, two = (document_map(vectors, seed=3) for _ in range(2))
    assert one.points.tobytes() == two.points.tobytes()
    assert one.method == "t-SNE"


def test_what_is_near_stays_near():
    vectors, group = three_groups()
    points = document_map(vectors, seed=0).points
    distance = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (group[distance.argmin(axis=1)] == group).all()


def test_a_large_corpus_is_sampled_and_says_so():
    vectors, _ = three_groups(n=40)
    found = document_map(vectors.astype(np.float16), seed=0, n_shown=50)
    assert len(found.rows) == len(set(found.rows.tolist())) == 50
    assert (np.diff(found.rows) > 0).all()
    assert found.n_docs == 120


@pytest.mark.parametrize("n", [3, 5, 7, 12])
def test_small_corpora(n):
    found = document_map(np.random.default_rng(0).normal(size=(n, 4)), seed=0)
    assert found.points.shape == (n, 2)
    assert np.isfinite(found.points).all()


@pytest.mark.parametrize(
    "vectors", [np.ones((30, 5)), np.eye(1, 5).repeat(30, axis=0), np.ones((30, 1))]
)
def test_equal_documents_lie_in_one_place(vectors):
    found = document_map(vectors, seed=0)
    assert (found.points == found.points[0]).all()


def test_one_dimension_is_drawn_as_a_line():
    # Two topics: the second weight is one minus the first, so there is one direction only.
    weight = np.linspace(0, 1, 30)
    found = document_map(np.column_stack([weight, 1 - weight]), seed=0)
    assert found.method == "PCA"
    assert np.abs(found.points[:, 1]).max() < 1e-9
    steps = np.diff(found.points[:, 0])
    assert (steps > 0).all() or (steps < 0).all()


def test_the_computation_can_be_ended():
    vectors, _ = three_groups()
    steps = iter(range(3))

    def check():
        if next(steps) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        document_map(vectors, seed=0, check=check)


def test_threads_and_checks_change_no_bit():
    vectors, _ = three_groups()
    one = document_map(vectors, seed=0)
    two = document_map(vectors, seed=0, n_jobs=2, check=lambda: None)
    assert one.points.tobytes() == two.points.tobytes()


def test_two_documents_make_no_map():
    with pytest.raises(InvalidOption, match="at least 3"):
        document_map(np.eye(2), seed=0)
