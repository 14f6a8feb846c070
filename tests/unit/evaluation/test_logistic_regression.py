"""The classifier of the metrics, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from theta.evaluation.classification import N_FOLDS, stratified_folds
from theta.evaluation.logistic_regression import fit_classifier


@pytest.mark.parametrize("n_labels", [2, 3, 12])
@pytest.mark.parametrize("scale", [0.05, 1, 20])
def test_the_same_weights_and_labels(n_labels: int, scale: float) -> None:
    rng = np.random.default_rng(n_labels)
    codes = 10 * rng.integers(0, n_labels, 400)
    features = scale * (rng.normal(size=(400, 8)) + np.eye(8)[codes // 10 % 8])
    theirs = LogisticRegression(max_iter=1000).fit(features, codes)
    mine = fit_classifier(features, codes)
    np.testing.assert_array_equal(mine.labels, theirs.classes_)
    own = mine.weights if n_labels > 2 else mine.weights[1:]
    np.testing.assert_allclose(own, theirs.coef_, atol=1e-3)
    np.testing.assert_array_equal(mine.predict(features), theirs.predict(features))


def test_features_that_tell_nothing_give_the_most_frequent_label() -> None:
    fitted = fit_classifier(np.zeros((6, 2)), np.array([4, 7, 7, 7, 9, 4]))
    assert fitted.predict(np.ones((2, 2))).tolist() == [7, 7]


@pytest.mark.parametrize("seed", range(10))
def test_the_same_folds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat([3, 1, 8, 0], rng.integers(N_FOLDS, 40, 4)))
    expected = np.empty(len(codes), int)
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(codes, codes)
    for fold, (_, test) in enumerate(folds):
        expected[test] = fold
    np.testing.assert_array_equal(stratified_folds(codes, seed), expected)
