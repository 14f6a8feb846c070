from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.models import topic_words as module
from theta.models.topic_words import (
    coherence_rerank,
    log_counts,
    log_word_frequencies,
    normalized_pmi,
    relevance,
)


def test_counts_are_damped() -> None:
    # log2(1 + 1) = 1, log2(1 + 3) = 2, log2(1 + 7) = 3.
    counts = csr_array(np.array([[1, 3, 0, 7]], dtype=np.int32))
    np.testing.assert_allclose(log_counts(counts).toarray(), [[1, 2, 0, 3]])
    np.testing.assert_array_equal(counts.toarray(), [[1, 3, 0, 7]])


def test_log_word_frequencies_by_hand() -> None:
    # Counts 3, 0, 1 and one more each: 4, 1, 2 of 7.
    bow = csr_array(np.array([[2, 0, 1], [1, 0, 0]], dtype=np.int32))
    np.testing.assert_allclose(np.exp(log_word_frequencies(bow)), [4 / 7, 1 / 7, 2 / 7])


def test_relevance_by_hand() -> None:
    # β = ½, p = ⅛, λ = 0.6: 0.6 log ½ + 0.4 log 4 = −0.415888 + 0.554518 = 0.138629.
    log_beta = np.log(np.array([[0.5]], dtype=np.float32))
    log_background = np.log(np.array([0.125], dtype=np.float32))
    found = relevance(log_beta, log_background, 0.6)
    np.testing.assert_allclose(found, [[0.138629]], atol=1e-5)
    np.testing.assert_allclose(relevance(log_beta, log_background, 1.0), log_beta)


def test_normalized_pmi_by_hand() -> None:
    # Of four documents, words 0 and 1 are in the same two, word 2 in the other two.
    holds = csr_array(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 1]], dtype=np.float32))
    # Together twice, by chance 2 · 2 / 4 = 1: log(3 / 2) / −log(3 / 5). Never together: one
    # document more is assumed, log(1 / 2) / −log(1 / 5).
    same, never = np.log(3 / 2) / -np.log(3 / 5), np.log(1 / 2) / -np.log(1 / 5)
    expected = [[0, same, never], [same, 0, never], [never, never, 0]]
    np.testing.assert_allclose(normalized_pmi(holds), expected, atol=1e-6)


def test_words_in_all_documents_say_nothing_of_one_another() -> None:
    holds = csr_array(np.ones((5, 2), dtype=np.float32))
    np.testing.assert_array_equal(normalized_pmi(holds), np.zeros((2, 2)))


def company_corpus() -> csr_array:
    """Words 0 to 3 stand together in 10 documents, word 4 alone in 10 others."""
    holds = np.zeros((20, 6), dtype=np.int32)
    holds[:10, :4] = 3
    holds[10:, 4] = 1
    return csr_array(holds)


def test_a_word_that_stands_alone_falls_behind_those_that_keep_company(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_TOP_WORDS", 4)
    scores = np.array([[1.0, 0.9, 0.8, 0.5, 0.7, 0.0]], dtype=np.float32)
    ranked = coherence_rerank(scores, company_corpus(), 1.0)
    assert np.argsort(-ranked[0])[:4].tolist() == [0, 1, 2, 3]
    # By hand: 11 documents against 10 · 10 / 20 + 1 = 6; the three others are its company.
    together = np.log(11 / 6) / -np.log(11 / 21)
    np.testing.assert_allclose(ranked[0, :4], scores[0, :4] + together, atol=1e-6)


def test_how_often_a_word_is_in_a_document_does_not_matter() -> None:
    scores = np.random.default_rng(0).normal(size=(2, 6)).astype(np.float32)
    once = company_corpus()
    once.data[:] = 1
    np.testing.assert_array_equal(
        coherence_rerank(scores, company_corpus(), 2.0), coherence_rerank(scores, once, 2.0)
    )


def test_without_weight_the_scores_stay() -> None:
    scores = np.random.default_rng(0).normal(size=(2, 6)).astype(np.float32)
    np.testing.assert_array_equal(coherence_rerank(scores, company_corpus(), 0.0), scores)


def test_words_beyond_the_candidates_follow_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CANDIDATES", 3)
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4, 30)).astype(np.float32)
    counts = csr_array((rng.random((50, 30)) < 0.2).astype(np.int32))
    for before, after in zip(scores, coherence_rerank(scores, counts, 5.0), strict=True):
        old, new = np.argsort(-before), np.argsort(-after)
        assert set(old[:3]) == set(new[:3])
        assert old[3:].tolist() == new[3:].tolist()


def test_words_that_were_asked_for_keep_their_place() -> None:
    scores = np.array([[1.0, 0.9, 0.8, 0.5, 0.7, 0.0]] * 2, dtype=np.float32)
    ranked = coherence_rerank(scores, company_corpus(), 10.0, [[4]])
    assert np.argsort(-ranked[0], kind="stable").tolist() == [0, 1, 2, 4, 3, 5]
    assert np.argsort(-ranked[1], kind="stable").tolist()[:4] == [0, 1, 2, 3]
