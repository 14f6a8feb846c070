"""A search judges by documents that it does not train on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from tests.runs import make_run
from theta.contracts import Split, Tokens
from theta.errors import InvalidOption
from theta.evaluation.stability import stability
from theta.tuning.judge import (
    HeldOutDocuments,
    check_judges,
    choose_objectives,
    judge,
    stability_of_seeds,
)


def test_only_test_documents_are_counted() -> None:
    topics = np.kron(np.eye(2), np.full(10, 0.1))
    run = make_run([[1, 0], [0, 1], [1, 0]], topics)
    # Document 0 is for training and mixes the topics; the test documents have one each.
    words = [*range(0, 20, 2), *range(1, 20, 2), *range(10), *range(10, 20)]
    tokens = Tokens(np.array([0, 20, 30, 40]), np.array(words, np.int32))
    split = np.array([Split.TRAIN, Split.TEST, Split.TEST], np.int8)
    halves = csr_array((2, 20), dtype=np.int32)
    corpus = replace(run.prepared.corpus, tokens=tokens, split=split, first_halves=halves)
    test = HeldOutDocuments.of(corpus)
    assert test.tokens.starts.tolist() == [0, 10, 20]
    assert test.tokens.ids.tolist() == list(range(20))
    run.prepared = replace(run.prepared, corpus=corpus)
    vars(run.prepared)["languages"] = ("zh",)
    run.model.infer = lambda *_: np.eye(2)  # type: ignore[method-assign]
    found = {metric.name: metric for metric in judge(run, test, "cpu")}
    assert found["NPMI"].value == pytest.approx(1, abs=1e-6)
    assert "the test documents (2 documents)" in found["NPMI"].definition
    assert not {"accuracy", "macro-F1"} & found.keys()


def test_default_objectives_follow_the_seeds() -> None:
    unrated = choose_objectives((), 1, rated=False)
    assert [o.name for o in unrated] == ["C_V", "PPL", "TD@10"]
    rated = choose_objectives((), 3)
    assert [o.name for o in rated] == ["expected_rating", "PPL", "TD@10", "stability"]
    assert [o.higher for o in choose_objectives(("PPL", "NPMI"), 1)] == [False, True]


@pytest.mark.parametrize(
    ("name", "seeds", "problem"),
    [
        ("CV", 1, "did you mean C_V"),
        ("stability", 1, "needs several seeds"),
        ("macro-F1", 1, "must be one of"),
    ],
)
def test_objectives_that_cannot_be_measured_are_refused(name, seeds, problem) -> None:
    with pytest.raises(InvalidOption, match=problem):
        choose_objectives((name,), seeds)


def test_a_corpus_without_test_documents_is_refused() -> None:
    run = make_run([[1, 0]], [[1, 0], [0, 1]])
    with pytest.raises(InvalidOption, match="--test_share"):
        check_judges(choose_objectives((), 1), run.prepared.corpus)


@pytest.mark.parametrize(
    ("name", "languages", "problem"),
    [("NMI", ("en",), "--label_column"), ("expected_rating", ("de",), "texts are in: de")],
)
def test_a_corpus_without_what_an_objective_compares_with_is_refused(
    name: str, languages: tuple[str, ...], problem: str
) -> None:
    corpus = make_run([[1, 0]], [[1, 0], [0, 1]]).prepared.corpus
    halves = csr_array((1, len(corpus.vocabulary)), dtype=np.int32)
    split = np.array([Split.TEST], np.int8)
    corpus = replace(corpus, split=split, first_halves=halves, languages=languages, labels=None)
    check_judges(choose_objectives(("C_V",), 1), corpus)
    with pytest.raises(InvalidOption, match=problem):
        check_judges(choose_objectives((name,), 1), corpus)


def test_stability_of_a_seed_is_its_mean_over_the_other_seeds() -> None:
    words = {0: [[0, 1, 2], [3, 4, 5]], 1: [[3, 4, 5], [0, 1, 2]], 2: [[0, 1, 6], [7, 4, 5]]}
    arrays = {seed: np.array(rows) for seed, rows in words.items()}
    found = stability_of_seeds(words)
    for seed in words:
        others = [array for other, array in arrays.items() if other != seed]
        assert found[seed] == pytest.approx(stability(arrays[seed], others)["mean"])
    assert found[0] == found[1] > found[2]
