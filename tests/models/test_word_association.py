from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from theta.contracts import Tokens
from theta.models.word_association import Association, passages_of


def test_passages_by_hand() -> None:
    # Five words in two passages, as equal as possible; no words in one; two words in one.
    tokens = Tokens(np.array([0, 5, 5, 7]), np.array([0, 1, 0, 2, 2, 3, 0], dtype=np.int32))
    found = passages_of(tokens, 4, length=3)
    expected = [[2, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0], [1, 0, 0, 1]]
    np.testing.assert_array_equal(found.toarray(), expected)
    whole = passages_of(tokens, 4, length=5)
    np.testing.assert_array_equal(whole.toarray(), [[2, 1, 2, 0], [0, 0, 0, 0], [1, 0, 0, 1]])


def test_documents_and_passages_by_hand() -> None:
    # Words 0 and 1: in two of eight documents, where chance expects 2 · 2 / 8 = ½.
    holds = np.zeros((8, 2), dtype=np.int32)
    holds[:2] = 1
    in_documents = np.log((2 + 1) / (0.5 + 1)) / -np.log(3 / 9)
    # In passages never together, where chance expects 2 · 2 / 16 = ¼.
    apart = np.zeros((16, 2), dtype=np.int32)
    apart[:2, 0] = apart[2:4, 1] = 1
    in_passages = np.log(0.3 / (0.25 + 0.3)) / -np.log(0.3 / 16.3)
    candidates = np.array([[0, 1]])
    (alone,) = Association(csr_array(holds), 3.0).among(candidates)
    np.testing.assert_allclose(alone, [[0, 3 * in_documents], [3 * in_documents, 0]], atol=1e-6)
    (both,) = Association(csr_array(holds), 3.0, passages=csr_array(apart)).among(candidates)
    assert in_documents > 0.4  # so that 0.4 counts
    expected = 3 * (0.4 + in_passages) / 2
    np.testing.assert_allclose(both, [[0, expected], [expected, 0]], atol=1e-6)
