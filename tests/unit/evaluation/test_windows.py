"""Windows counted by hand and by a loop over windows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from theta.contracts import Tokens
from theta.evaluation.windows import count_windows


def tokens_of(*documents):
    starts = np.cumsum([0, *map(len, documents)]).astype(np.int64)
    return Tokens(starts, np.array([w for d in documents for w in d], dtype=np.int32))


def test_by_hand():
    # Windows of three tokens over 0 5 1 5 5: {0 5 1}, {5 1 5}, {1 5 5}; over 1 0: itself.
    # Word 0 stands in the 1st and 4th, word 1 in all four, both in the 1st and 4th.
    (counts,) = count_windows(np.array([[0, 1]]), tokens_of([0, 5, 1, 5, 5], [1, 0]), [3])
    assert counts.n_windows == 4
    np.testing.assert_array_equal(counts.together, [[[2, 2], [2, 4]]])


def test_whole_documents_and_an_empty_one():
    # Documents {0, 1}, {}, {1}: word 0 in one, word 1 in two, both in one; three documents.
    (counts,) = count_windows(np.array([[0, 1]]), tokens_of([0, 1, 0], [], [1]), [None])
    assert counts.n_windows == 3
    np.testing.assert_array_equal(counts.together, [[[1, 1], [1, 2]]])


def test_gensims_rule_for_a_word_that_leaves_the_window():
    # Windows of three over 0 1 0 2 2: {0 1 0}, {1 0 2}, {0 2 2}. When the first 0 leaves, the
    # word counts as absent though the window still holds the second: present in the 1st only.
    (counts,) = count_windows(np.array([[0, 1]]), tokens_of([0, 1, 0, 2, 2]), [3])
    np.testing.assert_array_equal(counts.together, [[[1, 1], [1, 2]]])


def test_a_word_of_two_topics_is_counted_in_both():
    (counts,) = count_windows(np.array([[0, 1], [2, 0]]), tokens_of([0, 1], [0, 2]), [None])
    np.testing.assert_array_equal(counts.together, [[[2, 1], [1, 1]], [[1, 1], [1, 2]]])


def test_no_tokens_no_documents_no_topics():
    (counts,) = count_windows(np.array([[0, 1]]), tokens_of([], []), [10])
    assert counts.n_windows == 2
    assert not counts.together.any()
    (counts,) = count_windows(np.array([[0, 1]]), tokens_of(), [10])
    assert counts.n_windows == 0
    (counts,) = count_windows(np.empty((0, 10), int), tokens_of([3, 4]), [None])
    assert counts.together.shape == (0, 10, 10)


def windows_one_by_one(documents, size):
    """Yield the words present in each window, by gensim's rule, one window at a time."""
    for document in documents:
        present = set(document[:size])
        yield set(present)
        for start in range(1, len(document) - size + 1):
            present.discard(document[start - 1])
            present.add(document[start + size - 1])
            yield set(present)


words = st.integers(0, 5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(words, max_size=30), min_size=1, max_size=4), st.integers(1, 12))
def test_against_a_loop_over_windows(documents, size):
    topics = np.array([[0, 1, 2], [3, 1, -1]])
    (counts,) = count_windows(topics, tokens_of(*documents), [size])
    expected = np.zeros((2, 3, 3), int)
    present = list(windows_one_by_one(documents, size))
    for k, topic in enumerate(topics):
        for i, a in enumerate(topic):
            for j, b in enumerate(topic):
                expected[k, i, j] = sum(a in window and b in window for window in present)
    assert counts.n_windows == len(present)
    np.testing.assert_array_equal(counts.together, expected)
