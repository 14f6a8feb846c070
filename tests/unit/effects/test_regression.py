"""The regressions of all topics at once, against statsmodels one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

from theta.effects.regression import Regression

N, K = 150, 4


@pytest.fixture
def x() -> NDArray[np.float64]:
    """A number, a group and a year: columns of very different size."""
    rng = np.random.default_rng(0)
    columns = (np.ones(N), rng.normal(size=N), rng.random(N) < 0.3, rng.integers(1990, 2020, N))
    return np.column_stack(columns).astype(np.float64)


@pytest.fixture
def shares() -> NDArray[np.float64]:
    return np.random.default_rng(1).dirichlet([0.5] * K, N)


@pytest.fixture
def clusters() -> NDArray[np.intp]:
    return np.random.default_rng(2).integers(0, 12, N)


def errors(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.diagonal(covariance, axis1=1, axis2=2).T)


def log_odds(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.clip(shares, 1e-6, 1 - 1e-6)
    return np.log(kept / (1 - kept))


@pytest.mark.parametrize("response", ["share", "logit"])
def test_least_squares_with_robust_and_clustered_errors(
    x: Any, shares: Any, clusters: Any, response: str
) -> None:
    robust = Regression(x, response).fit(shares)
    clustered = Regression(x, response, clusters).fit(shares)
    y = shares if response == "share" else log_odds(shares)
    for topic in range(K):
        one = sm.OLS(y[:, topic], x)
        hc3 = one.fit(cov_type="HC3")
        cr1 = one.fit(cov_type="cluster", cov_kwds={"groups": clusters})
        np.testing.assert_allclose(robust.coefficients[:, topic], hc3.params, rtol=1e-8)
        np.testing.assert_allclose(errors(robust.covariance)[:, topic], hc3.bse, rtol=1e-8)
        np.testing.assert_allclose(errors(clustered.covariance)[:, topic], cr1.bse, rtol=1e-8)
        covariance = np.asarray(hc3.cov_params())
        np.testing.assert_allclose(robust.covariance[topic], covariance, rtol=1e-7, atol=1e-12)


def test_the_fractional_regression(x: Any, shares: Any, clusters: Any) -> None:
    robust = Regression(x, "fractional").fit(shares)
    clustered = Regression(x, "fractional", clusters).fit(shares)
    for topic in range(K):
        one = sm.GLM(shares[:, topic], x, family=sm.families.Binomial())
        hc0 = one.fit(cov_type="HC0", tol=1e-14, maxiter=200)
        cr1 = one.fit(cov_type="cluster", cov_kwds={"groups": clusters}, tol=1e-14, maxiter=200)
        hc1 = hc0.bse * np.sqrt(N / (N - x.shape[1]))
        np.testing.assert_allclose(robust.coefficients[:, topic], hc0.params, rtol=1e-8)
        np.testing.assert_allclose(errors(robust.covariance)[:, topic], hc1, rtol=1e-8)
        np.testing.assert_allclose(errors(clustered.covariance)[:, topic], cr1.bse, rtol=1e-8)


def test_blocks_of_documents_give_the_same(
    x: Any, shares: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Regression(x, "share").fit(shares)
    monkeypatch.setattr("theta.effects.regression._CELLS", 300)
    blocks = Regression(x, "share").fit(shares)
    np.testing.assert_allclose(blocks.covariance, whole.covariance, rtol=1e-10)


def test_degrees_of_freedom_are_those_of_documents_or_clusters(x: Any, clusters: Any) -> None:
    assert Regression(x, "share").degrees_of_freedom == N - 4
    assert Regression(x, "share", clusters).degrees_of_freedom == 11


def test_a_topic_that_separates_groups_has_no_fractional_estimate() -> None:
    group = np.repeat([0.0, 1.0], 30)
    x = np.column_stack([np.ones(60), group])
    shares = np.column_stack([group, 1 - group])
    found = Regression(x, "fractional").fit(shares)
    assert np.isnan(found.coefficients).all()
    assert np.isnan(found.covariance).all()
