"""Effects of a formula: marginal effects, contrasts, lines and joint tests, against statsmodels."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

from tests.models.planted import planted_corpus
from theta.effects.analysis import estimate_effects
from theta.effects.formula import ModelMatrix, model_matrix
from theta.effects.results import COEFFICIENT, JOINT, Effects, Quantity
from theta.effects.summary import describe, summary
from theta.effects.targets import CONTRAST, MARGINAL, PREDICTED
from theta.effects.variables import columns_of, date_of
from theta.effects.views import lines_of, panels_of

N, K = 300, 3


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "party": rng.choice(["a", "a", "b", "c"], N),
        "age": rng.normal(40, 10, N),
        "date": rng.uniform(2000, 2010, N),
    }


@pytest.fixture(scope="module")
def shares(data: dict[str, Any]) -> NDArray[np.float64]:
    rng = np.random.default_rng(1)
    tilt = np.column_stack([data["party"] == "b", data["age"] / 40, np.ones(N)])
    weights = np.exp(tilt + rng.normal(size=(N, K)))
    return weights / weights.sum(axis=1, keepdims=True)


def matrix_of(formula: str, data: dict[str, Any]) -> ModelMatrix:
    return model_matrix(formula, data, [str(i) for i in range(N)], 5)


def effects_of(formula: str, data: Any, shares: Any, response: str = "share") -> Effects:
    return estimate_effects(matrix_of(formula, data), [shares], response)


def find(effects: Effects, kind: str, name: str, **facts: Any) -> Quantity:
    found = [
        quantity
        for quantity in effects.of_kind(kind)
        if quantity.name == name and all(getattr(quantity, k) == v for k, v in facts.items())
    ]
    assert len(found) == 1, found
    return found[0]


def test_a_linear_effect_is_its_coefficient(data: Any, shares: Any) -> None:
    effects = effects_of("~ party + age", data, shares)
    x = np.column_stack([np.ones(N), data["party"] == "b", data["party"] == "c", data["age"]])
    expected = [
        sm.OLS(shares[:, k], x.astype(float)).fit(cov_type="HC3", use_t=True) for k in range(K)
    ]
    b, age = find(effects, MARGINAL, "party", level="b"), find(effects, MARGINAL, "age")
    between = find(effects, CONTRAST, "party", level="c", reference="b")
    for topic, fit in enumerate(expected):
        assert b.numbers.estimate[topic] == pytest.approx(fit.params[1], rel=1e-8)
        assert b.numbers.standard_error[topic] == pytest.approx(fit.bse[1], rel=1e-8)
        assert b.numbers.p_value[topic] == pytest.approx(fit.pvalues[1], rel=1e-6)
        assert b.numbers.low[topic] == pytest.approx(fit.conf_int()[1][0], rel=1e-7)
        assert age.numbers.estimate[topic] == pytest.approx(fit.params[3], rel=1e-7)
        assert age.numbers.standard_error[topic] == pytest.approx(fit.bse[3], rel=1e-7)
        contrast = fit.t_test([0, -1, 1, 0])
        assert between.numbers.estimate[topic] == pytest.approx(float(contrast.effect[0]), rel=1e-7)
        assert between.numbers.standard_error[topic] == pytest.approx(
            float(contrast.sd.item()), rel=1e-7
        )
        test = find(effects, JOINT, "party").numbers
        wald = fit.wald_test([[0, 1, 0, 0], [0, 0, 1, 0]], scalar=True, use_f=True)
        assert test.estimate[topic] == pytest.approx(float(wald.statistic), rel=1e-7)
        assert test.p_value[topic] == pytest.approx(float(wald.pvalue), rel=1e-6)


def test_effects_of_an_interaction_are_averaged_and_given_by_level(data: Any, shares: Any) -> None:
    effects = effects_of("~ party * age", data, shares)
    coefficient = {q.name: np.array(q.numbers.estimate) for q in effects.of_kind(COEFFICIENT)}
    at_b = find(effects, MARGINAL, "age", at=(("party", "b"),))
    slope = coefficient["age"] + coefficient["party[T.b]:age"]
    np.testing.assert_allclose(np.array(at_b.numbers.estimate), slope, rtol=1e-6)
    average = find(effects, MARGINAL, "party", level="b", at=())
    expected = coefficient["party[T.b]"] + coefficient["party[T.b]:age"] * data["age"].mean()
    np.testing.assert_allclose(np.array(average.numbers.estimate), expected, rtol=1e-8)
    names = {quantity.name for quantity in effects.of_kind(JOINT)}
    assert names == {"party with its interactions", "age with its interactions", "party:age"}


def test_marginal_effects_of_the_fractional_regression(data: Any, shares: Any) -> None:
    effects = effects_of("~ party + age", data, shares, "fractional")
    x = np.column_stack([np.ones(N), data["party"] == "b", data["party"] == "c", data["age"]])
    x = x.astype(float)
    factor = np.sqrt(N / (N - 4))
    for topic in range(K):
        fit = sm.GLM(shares[:, topic], x, family=sm.families.Binomial()).fit(
            cov_type="HC0", tol=1e-14, maxiter=200
        )
        margins = fit.get_margeff(dummy=True)  # in the order b, c, age
        for quantity, position in (
            (find(effects, MARGINAL, "party", level="b"), 0),
            (find(effects, MARGINAL, "age"), 2),
        ):
            if position == 0:  # statsmodels holds the other indicator, which cannot be 1 with b
                at_b, at_a = x.copy(), x.copy()
                at_b[:, 1:3], at_a[:, 1:3] = [1, 0], 0
                expected = fit.predict(at_b).mean() - fit.predict(at_a).mean()
            else:
                expected = margins.margeff[position]
                error = quantity.numbers.standard_error[topic]
                assert error == pytest.approx(margins.margeff_se[position] * factor, rel=1e-4)
            assert quantity.numbers.estimate[topic] == pytest.approx(expected, rel=1e-5)


def test_predicted_shares_are_averages_of_predictions(data: Any, shares: Any) -> None:
    effects = effects_of("~ party * spline(age, 3)", data, shares)
    view = next(view for view in effects.views if view.kind == "lines")
    assert (view.variable, view.group) == ("age", "party")
    lines = lines_of(effects, view)
    assert lines.groups == ["party a", "party b", "party c"]
    assert lines.values[0] == pytest.approx(data["age"].min())
    point = lines.lines[1][7]
    matrix = matrix_of("~ party * spline(age, 3)", data)
    assert point.value is not None
    row = matrix.at({"party": "b", "age": point.value})[:1]
    expected = row @ np.linalg.lstsq(matrix.matrix, shares, rcond=None)[0]
    np.testing.assert_allclose(np.array(point.numbers.estimate), expected[0])
    # The shares of all topics add up to 1 everywhere.
    assert sum(filter(None, point.numbers.estimate)) == pytest.approx(1)


def test_draws_that_differ_widen_the_intervals(data: Any, shares: Any) -> None:
    rng = np.random.default_rng(3)
    matrix = matrix_of("~ party", data)
    known = estimate_effects(matrix, [shares])
    draws = [rng.dirichlet(np.ones(K), N) * 0.5 + shares * 0.5 for _ in range(10)]
    drawn = estimate_effects(matrix, draws)
    assert drawn.n_draws == 10
    quantity = find(drawn, MARGINAL, "party", level="b").numbers
    assert all(share is not None and 0 < share < 1 for share in quantity.from_draws)
    assert find(known, MARGINAL, "party", level="b").numbers.from_draws == [0] * K


def test_effects_are_the_same_from_json(data: Any, shares: Any) -> None:
    effects = effects_of("~ party * age + spline(date, 3)", data, shares)
    again = Effects.from_json(json.loads(json.dumps(effects.to_json())))
    assert again.to_json() == effects.to_json()
    assert [panels_of(again, v) for v in again.views] == [
        panels_of(effects, v) for v in effects.views
    ]
    kinds = {quantity.kind for quantity in again.quantities}
    assert kinds == {MARGINAL, CONTRAST, COEFFICIENT, JOINT, PREDICTED}


def test_what_the_console_and_the_tables_say(data: Any, shares: Any) -> None:
    effects = effects_of("~ party", data, shares)
    lines = summary(effects, ["0 gold, tax", "1 ball", "2 moon"])
    assert lines[0].startswith("The clearest effects of ~ party on topic shares (p adjusted")
    assert lines[1].startswith("  0 gold, tax: ")
    assert "percentage points more where party is b than where it is a (95 %:" in lines[1]
    assert "300 documents; least squares" in describe(effects)[0]
    assert "(HC3); topic shares taken as known" in describe(effects)[0]


def test_dates_in_years() -> None:
    corpus = planted_corpus(4)
    days = np.array(["2020-01-01", "2020-12-31", "NaT", "2021-07-02"], "datetime64[D]")
    columns = columns_of(replace(corpus, times=days))
    np.testing.assert_allclose(columns["date"], [2020, 2020 + 365 / 366, np.nan, 2021 + 182 / 365])
    np.testing.assert_array_equal(columns["year"], [2020, 2020, np.nan, 2021])
    for day, years in zip(days[[0, 1, 3]], columns["date"][[0, 1, 3]], strict=True):
        assert date_of(float(years)) == day
