"""Formulas: what they become, and what a person is told of a wrong one."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from theta.effects.formula import ModelMatrix, model_matrix
from theta.errors import InvalidOption, ThetaError

N = 200


def columns() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    party = rng.choice(["a", "b", "b", "c"], N)
    found: dict[str, Any] = {
        "cov_party": party,
        "cov_twin": np.char.upper(party),
        "cov_age": rng.normal(40, 10, N),
        "cov_city": np.array([f"city {i % 110}" for i in range(N)]),
        "cov_author": np.array([f"author {i}" for i in range(N)]),
        "cov_once": np.where(np.arange(N) == 17, "rare", "common"),
        "cov_same": np.full(N, "x"),
        "cov_few": np.select([np.arange(N) < 3, np.arange(N) < 5], ["p", "q"], "w"),
        "cov_income": np.where(np.arange(N) < 7, "unknown", rng.integers(1, 99, N).astype(str)),
        "cov_price": np.array(["34,5", "41,0"] * (N // 2)),
        "year": rng.integers(2000, 2004, N).astype(float),
    }
    return found | {name.removeprefix("cov_"): values for name, values in found.items()}


def matrix_of(formula: str, pool_below: int = 5) -> ModelMatrix:
    return model_matrix(formula, columns(), [f"d{i}" for i in range(N)], pool_below)


def test_factors_interactions_and_numbers() -> None:
    found = matrix_of("~ party * age")
    data = columns()
    # The most frequent level is the reference.
    a, c = data["party"] == "a", data["party"] == "c"
    expected = [np.ones(N), a, c, data["age"], a * data["age"], c * data["age"]]
    np.testing.assert_allclose(found.matrix, np.column_stack(expected))
    assert [(term.name, term.variables) for term in found.terms] == [
        ("party", ("party",)),
        ("age", ("age",)),
        ("party:age", ("party", "age")),
    ]
    assert found.notes == ()


def test_a_matrix_is_made_again_at_other_values() -> None:
    found = matrix_of("~ party + spline(age, 3)")
    data = columns()
    rows = np.arange(4)
    at_b = found.at({"party": "b", "+age": 1.0}, rows)
    np.testing.assert_array_equal(at_b[:, 1:3], 0)
    shifted = matrix_of("~ party + spline(age, 3)").at({"age": float(data["age"][2] + 1)}, rows)
    np.testing.assert_allclose(at_b[2, 3:], shifted[2, 3:])


def test_a_spline_bends() -> None:
    """A parabola is fitted by a spline, and not by a line."""
    found = matrix_of("~ spline(age, 4)")
    y = (columns()["age"] - 40) ** 2
    _, residual, *_ = np.linalg.lstsq(found.matrix, y, rcond=None)
    assert residual[0] < 0.02 * ((y - y.mean()) ** 2).sum()


def test_levels_of_numbers() -> None:
    assert matrix_of("~ C(year)").names[1:] == tuple(f"C(year)[T.{y}]" for y in (2001, 2002, 2003))


def test_missing_values_are_dropped_and_counted() -> None:
    found = matrix_of("~ income + party")
    assert len(found.rows) == N - 7
    assert found.notes == (
        "7 of 200 documents have no value in income (7, such as 'unknown'): they are left out of "
        "the regression",
    )


def test_rare_levels_are_pooled() -> None:
    found = matrix_of("~ few")
    assert found.names == ("Intercept", "few[T.(other)]")
    assert found.matrix[:, 1].sum() == 5
    assert "2 of 3 levels have fewer than 5 documents (--pool_below)" in found.notes[0]
    assert matrix_of("~ few", pool_below=2).names == ("Intercept", "few[T.p]", "few[T.q]")


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("~ prty + age", "names prty, .* did you mean party"),
        ("~ splin(age)", "did you mean spline"),
        ("~ party +", "cannot be read: Operator"),
        ("~ (party", "cannot be read"),
        ("y ~ party", "more than one part"),
        ("~ party | age", "more than one part"),
        ("~ 0 + party", "no intercept"),
        ("~ 1", "names no column: the columns are cov_party"),
        ("~ spline(party)", r"spline\(party\) needs numbers, but party holds levels such as 'b'"),
        ("~ spline(age, 1)", "2 or more degrees of freedom, not 1"),
        ("~ spline(age, 300)", "301 coefficients for 200 documents"),
        ("~ log(year - 2000)", r"log\(year - 2000\) is not a finite number in \d+ documents"),
        ("~ party + twin", r"collinear: twin\[T.A\] is determined by party\[T.a\]"),
        ("~ same", "same is x in all 200 documents"),
        ("~ once", "the level 'rare' in one document only: merge it"),
        ("~ author", "author has 200 levels, none in at least 5 documents"),
        ("~ price", "price holds numbers that are not written as numbers, such as '34,5'"),
        ("~ party:once", "the level 'rare' in one document only"),
    ],
)
def test_what_is_wrong_is_one_line_with_the_way_out(formula: str, message: str) -> None:
    with pytest.raises(InvalidOption, match=message) as caught:
        matrix_of(formula)
    assert "\n" not in str(caught.value)


def test_two_hundred_levels_are_too_many() -> None:
    with pytest.raises(InvalidOption, match=r"110 levels, more than 100: .* --cluster city"):
        matrix_of("~ city", pool_below=1)


def test_a_document_that_alone_determines_an_effect_is_named() -> None:
    data = columns()
    # One document of party a is in the second wave, many of the others are.
    in_a = np.flatnonzero(data["party"] == "a")
    data["wave"] = np.where(np.arange(N) % 2 == 1, "second", "first")
    data["wave"][in_a] = "first"
    data["wave"][in_a[3]] = "second"
    with pytest.raises(InvalidOption, match=f"the document d{in_a[3]} alone determines an effect"):
        model_matrix("~ party * wave", data, [f"d{i}" for i in range(N)], 5)


@pytest.mark.parametrize(
    "formula",
    [
        "~ __import__('os').system('true')",
        "~ age.__class__",
        "~ {[i for i in age]}",
        "~ {lambda: age}",
        "~ age[0]",
    ],
)
def test_no_other_code_is_run(formula: str) -> None:
    with pytest.raises(InvalidOption):
        matrix_of(formula)


@pytest.mark.parametrize("library", ["formulaic", "statsmodels"])
def test_without_a_library_the_extra_is_named(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    message = rf"{library} is not installed; .* pip install 'theta-topics\[effects\]'"
    with pytest.raises(ThetaError, match=message):
        matrix_of("~ party")


@pytest.mark.parametrize("formula", ["~ home town", "~ age + born-in"])
def test_a_column_that_needs_backquotes(formula: str) -> None:
    columns = {name: np.arange(20.0) for name in ("home town", "born-in", "age")}
    with pytest.raises(InvalidOption, match=r"write `(home town|born-in)` in backquotes"):
        model_matrix(formula, columns, list("abcdefghijklmnopqrst"), 5)


@pytest.mark.parametrize("name", ["home town", "born-in", "a*b", "1st"])
@pytest.mark.parametrize("formula", ["~ `{}`", "~ age * `{}`", "~ log(`{}`)"])
def test_a_column_in_backquotes(formula: str, name: str) -> None:
    columns = {name: np.arange(20.0) ** 2 + 1, "age": np.arange(20.0)}
    matrix = model_matrix(formula.format(name), columns, list("abcdefghijklmnopqrst"), 5)
    assert name in matrix.variables


def test_a_spline_with_more_knots_than_values() -> None:
    columns = {"grade": np.arange(60.0) % 4}
    with pytest.raises(InvalidOption, match=r"spline\(grade, 9\) has more degrees of freedom"):
        model_matrix("~ spline(grade, 9)", columns, [str(i) for i in range(60)], 5)
