"""What stm and dtm tell beside their topics, as tables and in words."""

from __future__ import annotations

import numpy as np
import pytest

from theta.contracts import ModelTable, TopicModelOutput
from theta.effects.covariate_table import effects_table
from theta.models import MODELS
from theta.models.base import HasTables
from theta.models.dtm import Dtm

WORDS = [["moon", "orbit", "rocket", "engine"], ["goal", "match", "team", "coach"]]


def effect(
    topic: int, covariate: str, size: float, error: float, level: str | None = None, p: float = 1.0
) -> dict[str, object]:
    return {
        "topic": topic,
        "covariate": covariate,
        "level": level,
        "reference": None if level is None else "a",
        "effect": size,
        "standard_error": error,
        "p_value": p,
    }


def test_effects_have_intervals_and_the_clearest_comes_first() -> None:
    table = effects_table(
        [
            effect(0, "cov_age", -0.01, 0.002, p=0.04),
            effect(1, "cov_age", 0.02, 0.01),
            effect(1, "cov_party", 0.25, 0.025, "b", p=0.001),
            effect(0, "cov_constant", 0.0, 0.0),
        ],
        WORDS,
    )
    age = dict(zip(table.columns, table.rows[0], strict=True))
    assert age["top_words"] == "moon orbit rocket engine"
    assert age["level"] is None
    assert [age["low"], age["high"]] == pytest.approx([-0.01391993, -0.00608007])
    assert age["z"] == pytest.approx(-5)
    assert table.rows[3][-2:] == (None, 1.0)
    assert table.sentences == [
        "The clearest effects of covariates on topic shares (p corrected for the topics and levels "
        "of the covariate):",
        "  topic 1 (goal match team): 25 percentage points more where cov_party is b than where it "
        "is a (95 %: 20.1 to 29.9; p 0.001)",
        "  topic 0 (moon orbit rocket): 1 percentage points less per unit of cov_age "
        "(95 %: 0.608 to 1.39; p 0.040)",
    ]


def test_where_nothing_is_clear_that_is_said() -> None:
    (sentence,) = effects_table([effect(1, "cov_age", 0.02, 0.01)], WORDS).sentences
    assert sentence.startswith("No covariate clearly changes")


def test_a_few_of_many_clear_effects_are_reported() -> None:
    many = [effect(0, f"cov_{n}", 1.0 + n, 0.1, p=0.01) for n in range(9)]
    sentences = effects_table(many, WORDS).sentences
    assert "cov_8" in sentences[1]
    assert sentences[-1] == "  and 4 more with p of .05 or less"


def test_words_of_topics_slice_by_slice() -> None:
    by_slice = np.array([[[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], [[0.2, 0.7, 0.1], [0.1, 0.2, 0.7]]])
    slices = [
        {"first": "2000-01-01", "last": "2001-05-06", "documents": 12},
        {"first": "2001-06-01", "last": "2004-01-01", "documents": 11},
    ]
    output = TopicModelOutput(
        doc_topic=np.full((3, 2), 0.5, np.float32),
        topic_word=by_slice.mean(axis=0).astype(np.float32),
        state={"topic_word_by_slice": by_slice.astype(np.float32)},
        facts={"time_slices": slices, "undated": 2},
    )
    (table,) = Dtm().tables(output, ["moon", "orbit", "rocket"])
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert len(rows) == 2 * 2 * 3
    best = [
        (row["topic"], row["slice_begin"], row["slice_end"], row["training_documents"], row["word"])
        for row in rows
        if row["rank"] == 1
    ]
    assert best == [
        (0, "2000-01-01", "2001-05-06", 12, "moon"),
        (0, "2001-06-01", "2004-01-01", 11, "orbit"),
        (1, "2000-01-01", "2001-05-06", 12, "rocket"),
        (1, "2001-06-01", "2004-01-01", 11, "rocket"),
    ]
    assert rows[0]["probability"] == pytest.approx(0.7)
    assert table.sentences[1] == "  2000-01-01 to 2001-05-06: 12 training documents"
    assert "2 documents without a date" in table.sentences[-1]


def test_only_those_models_have_tables() -> None:
    having = {name for name, model in MODELS.items() if isinstance(model(), HasTables)}
    assert having == {"stm", "dtm"}


def test_rows_have_one_value_per_column() -> None:
    with pytest.raises(ValueError, match="without one value per column"):
        ModelTable("covariate_effects", ("a", "b"), [(1,)])
