from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from theta.models.topic_words import (
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
    np.testing.assert_allclose(relevance(log_beta, log_background, 0.0), [[np.log(4)]])
    never = np.full((1, 1), -np.inf, dtype=np.float32)
    np.testing.assert_array_equal(relevance(never, log_background, 0.6), never)


def test_normalized_pmi_by_hand() -> None:
    # Of four documents, words 0 and 1 are in the same two, word 2 in the other two.
    holds = csr_array(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 1]], dtype=np.float32))
    # Together twice, by chance 2 · 2 / 4 = 1: log(3 / 2) / −log(3 / 5). Never together: one
    # document more is assumed, log(1 / 2) / −log(1 / 5).
    same, never = np.log(3 / 2) / -np.log(3 / 5), np.log(1 / 2) / -np.log(1 / 5)
    expected = [[0, same, never], [same, 0, never], [never, never, 0]]
    np.testing.assert_allclose(normalized_pmi(holds), expected, atol=1e-6)
    # With half a document more: log(2.5 / 1.5) / −log(2.5 / 4.5).
    half = normalized_pmi(holds, 0.5)[0, 1]
    np.testing.assert_allclose(half, np.log(2.5 / 1.5) / -np.log(2.5 / 4.5), atol=1e-6)


def test_words_in_all_documents_say_nothing_of_one_another() -> None:
    holds = csr_array(np.ones((5, 2), dtype=np.float32))
    np.testing.assert_array_equal(normalized_pmi(holds), np.zeros((2, 2)))
