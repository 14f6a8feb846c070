"""Which covariates STM can estimate the effects of, and what becomes of the others."""

from __future__ import annotations

import re

import numpy as np
import pytest

from theta.effects.covariate_values import is_numeric
from theta.effects.covariates import OTHER, CovariateRules, Design
from theta.errors import InvalidOption

FIVE = CovariateRules(min_level_count=5)


def labels(design: Design) -> list[str]:
    return [column.label for column in design.columns]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2", "3", "unknown"], True),
        (["1.5", "", "", "x"], False),  # one of two cells that say something
        (["1.5", "2", "", "x"], True),
        (["a", "b", "1"], False),
        (["", "", ""], False),
    ],
)
def test_a_column_is_numeric_if_most_of_its_cells_are(cells: list[str], expected: bool) -> None:
    assert is_numeric(np.array(cells)) is expected


def test_cells_that_are_no_numbers_are_named() -> None:
    ages = np.array([str(i) for i in range(240)], dtype="<U7")
    ages[[3, 7]] = ["unknown", ""]
    with pytest.raises(InvalidOption) as caught:
        Design.fit({"cov_age": ages})
    assert "cov_age has no number in 2 of 240 documents: 4 ('unknown'), 8 (empty);" in str(
        caught.value
    )
    assert "--missing_covariates exclude" in str(caught.value)


@pytest.mark.parametrize(
    "cells", [["34,5", "41,0"], ["25,000", "1,250,000"], ["5%", "10 %"], ["$30", "€ 45"], ["1 500"]]
)
def test_numbers_written_for_people_are_no_levels(cells: list[str]) -> None:
    column = np.array([*(cells * 20)[:19], "7"])
    with pytest.raises(
        InvalidOption, match=f"cov_x holds numbers .* such as '{re.escape(cells[0])}'"
    ):
        Design.fit({"cov_x": column}, FIVE)


@pytest.mark.parametrize(
    "cells", [["18-25", "26-40", "80+"], ["2021-01", "2021-02"], ["<5", "5-9"]]
)
def test_ranges_and_dates_are_levels(cells: list[str]) -> None:
    design = Design.fit({"cov_x": np.array(cells * 10)}, FIVE)
    assert len(design.columns) == len(cells) - 1


def test_an_empty_column_is_mentioned_and_left_out() -> None:
    age = np.arange(20.0)
    for empty in (np.full(20, np.nan), np.full(20, "")):
        design = Design.fit({"cov_age": age, "cov_empty": empty}, FIVE)
        assert labels(design) == ["cov_age"]
        assert design.notes == ["cov_empty is empty in all training documents: it is ignored"]


def test_an_excluded_cell_counts_as_the_mean_afterwards() -> None:
    rules = CovariateRules(exclude_missing=True)
    design = Design.fit({"cov_age": np.array(["10", "20", "40", "50"])}, rules)
    rows = design.matrix({"cov_age": np.array(["unknown", "30", "50"])}, 3)
    np.testing.assert_allclose(rows[:, 1], [0, 0, 20 / np.sqrt(250)])
    assert Design.from_array(design.to_array()) == design


def test_a_level_per_document_is_refused() -> None:
    names = np.array([f"person {i}" for i in range(200)])
    with pytest.raises(InvalidOption, match="cov_who has 200 levels, none of them in at least 5"):
        Design.fit({"cov_who": names}, FIVE)


def test_rare_levels_are_pooled() -> None:
    party = np.array(["a"] * 20 + ["b"] * 10 + ["c"] * 4 + ["d"] * 3)
    design = Design.fit({"cov_party": party}, FIVE)
    assert labels(design) == ["cov_party = 'b'", f"cov_party = {OTHER!r}"]
    assert design.notes == [
        "cov_party: 2 of 4 levels have fewer than 5 training documents (--min_level_count); "
        "their 7 documents are pooled as (other)"
    ]
    again = Design.from_array(design.to_array())
    assert again == design
    rows = again.matrix({"cov_party": np.array(["a", "b", "c", "d", "new"])}, 5)
    expected = [[0, 0], [1, 0], [0, 1], [0, 1], [10 / 37, 7 / 37]]
    np.testing.assert_allclose(rows[:, 1:], expected)


def test_too_few_documents_of_rare_levels_count_as_average() -> None:
    party = np.array(["a"] * 20 + ["b"] * 10 + ["c"] * 4)
    design = Design.fit({"cov_party": party}, FIVE)
    assert labels(design) == ["cov_party = 'b'"]
    assert "their 4 documents are taken as the average document" in design.notes[0]
    np.testing.assert_allclose(design.matrix({"cov_party": party}, 34)[-1], [1, 10 / 34])


def test_a_constant_column_is_mentioned_and_left_out() -> None:
    covariates = {
        "cov_country": np.array(["pl"] * 6),
        "cov_wave": np.full(6, 2.0),
        "cov_age": np.arange(6.0),
    }
    design = Design.fit(covariates)
    assert labels(design) == ["cov_age"]
    assert [note.split(" is ")[0] for note in design.notes] == ["cov_country", "cov_wave"]
    with pytest.raises(InvalidOption, match="needs a covariate that varies"):
        Design.fit({"cov_wave": np.full(6, 2.0)})


def test_columns_that_follow_from_others_are_named() -> None:
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=40), rng.normal(size=40)
    with pytest.raises(InvalidOption, match=r"cov_double is determined by cov_x,"):
        Design.fit({"cov_x": x, "cov_noise": noise, "cov_double": 2 * x + 1})
    party = np.where(np.arange(40) % 2, "left", "right")
    camp = np.where(np.arange(40) % 2, "blue", "red")
    with pytest.raises(InvalidOption, match="cov_camp = 'red' is determined by cov_party"):
        Design.fit({"cov_noise": noise, "cov_party": party, "cov_camp": camp})
    total = x + 3 * noise
    with pytest.raises(InvalidOption, match="cov_total is determined by cov_x, cov_noise"):
        Design.fit({"cov_x": x, "cov_noise": noise, "cov_total": total})
    # Close to one another, but not the same: wide errors say so, no refusal.
    Design.fit({"cov_x": x, "cov_near": x + 1e-3 * noise})


def test_more_columns_than_documents_are_refused() -> None:
    covariates = {f"cov_{i}": np.random.default_rng(i).normal(size=5) for i in range(5)}
    with pytest.raises(InvalidOption, match="6 columns for 5 training documents"):
        Design.fit(covariates)
