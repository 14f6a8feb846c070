from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.contracts import Corpus, Split, Tokens
from theta.models import candidate_words
from theta.models import word_ranking as module
from theta.models.candidate_words import Coverage
from theta.models.theta_options import ThetaOptions
from theta.models.word_association import Association
from theta.models.word_ranking import rank_topics, rank_words, shares_of_words


def paired_corpus() -> csr_array:
    """Words 0 to 3 occur together in 10 documents, word 4 alone in 10 others."""
    holds = np.zeros((20, 6), dtype=np.int32)
    holds[:10, :4] = 3
    holds[10:, 4] = 1
    return csr_array(holds)


def test_a_word_that_occurs_alone_falls_behind_those_that_occur_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candidate_words, "TOP_WORDS", 4)
    scores = np.array([[1.0, 0.9, 0.8, 0.5, 0.7, 0.0]], dtype=np.float32)
    ranked = rank_words(scores, Association(paired_corpus(), 1.0))
    assert np.argsort(-ranked[0])[:4].tolist() == [0, 1, 2, 3]
    # By hand: 11 documents against 10 · 10 / 20 + 1 = 6; with each of the three others.
    together = np.log(11 / 6) / -np.log(11 / 21)
    np.testing.assert_allclose(ranked[0, :4], scores[0, :4] + together, atol=1e-6)


def test_how_often_a_word_is_in_a_document_does_not_matter() -> None:
    scores = np.random.default_rng(0).normal(size=(2, 6)).astype(np.float32)
    once = paired_corpus()
    once.data[:] = 1
    np.testing.assert_array_equal(
        rank_words(scores, Association(paired_corpus(), 2.0)),
        rank_words(scores, Association(once, 2.0)),
    )


def test_without_weight_the_scores_stay() -> None:
    scores = np.random.default_rng(0).normal(size=(2, 6)).astype(np.float32)
    np.testing.assert_array_equal(rank_words(scores, Association(paired_corpus(), 0.0)), scores)


def test_words_beyond_the_candidates_follow_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CANDIDATES", 3)
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4, 30)).astype(np.float32)
    counts = csr_array((rng.random((50, 30)) < 0.2).astype(np.int32))
    for before, after in zip(scores, rank_words(scores, Association(counts, 5.0)), strict=True):
        old, new = np.argsort(-before), np.argsort(-after)
        assert set(old[:3]) == set(new[:3])
        assert old[3:].tolist() == new[3:].tolist()


def test_seed_words_keep_their_place() -> None:
    scores = np.array([[1.0, 0.9, 0.8, 0.5, 0.7, 0.0]] * 2, dtype=np.float32)
    ranked = rank_words(scores, Association(paired_corpus(), 10.0), seed_words=[[4]])
    assert np.argsort(-ranked[0], kind="stable").tolist() == [0, 1, 2, 4, 3, 5]
    assert np.argsort(-ranked[1], kind="stable").tolist()[:4] == [0, 1, 2, 3]


def test_attached_words_follow_all_others_but_as_seed_words() -> None:
    scores = np.array([[1.0, 0.9, 0.8, 0.5, 0.7, 0.0]] * 2, dtype=np.float32)
    attached = np.array([True, False, False, True, False, False])
    association = Association(paired_corpus(), 0.001)
    ranked = rank_words(scores, association, seed_words=[[0]], attached=attached)
    assert np.argsort(-ranked[0]).tolist() == [0, 1, 2, 4, 5, 3]
    assert np.argsort(-ranked[1]).tolist() == [1, 2, 4, 5, 0, 3]
    unranked = rank_words(scores, Association(paired_corpus(), 0.0), attached=attached)
    np.testing.assert_array_equal(unranked, scores)


def corpus_with_signatures(n_docs: int, signature: list[int]) -> Corpus:
    """Documents of words 0 to 9, each with ten of them and the signature."""
    rng = np.random.default_rng(0)
    texts = [[*rng.integers(0, 10, 10).tolist(), *signature] for _ in range(n_docs)]
    counts = np.array([np.bincount(text, minlength=20) for text in texts], dtype=np.int32)
    starts = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    return Corpus(
        vocabulary=tuple(f"word{v}" for v in range(20)),
        bow=csr_array(counts),
        tokens=Tokens(starts, np.concatenate(texts).astype(np.int32)),
        split=np.full(n_docs, Split.TRAIN, dtype=np.int8),
        first_halves=csr_array((0, 20), dtype=np.int32),
        row_ids=[str(row) for row in range(n_docs)],
        fingerprint="signatures",
    )


def test_the_words_of_a_signature_do_not_lead_a_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = corpus_with_signatures(30, list(range(10, 18)))
    probable = np.log(np.array([[1.0] * 10 + [9.0] * 8 + [0.1] * 2], dtype=np.float32) / 90)
    scores = rank_topics(probable, corpus, None, ThetaOptions())
    assert set(np.argsort(-scores[0])[12:]) == set(range(10, 18))
    # Three documents are needed: of so many, passages are read.
    monkeypatch.setattr(module, "_READ_DOCUMENTS", 2)
    scores = rank_topics(probable, corpus, None, ThetaOptions())
    assert set(np.argsort(-scores[0])[:8]) == set(range(10, 18))


def test_words_close_in_meaning_move_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidate_words, "TOP_WORDS", 2)
    scores = np.array([[1.0, 0.9, 0.8, 0.0]], dtype=np.float32)
    # Centred, words 0 and 2 point one way, words 1 and 3 the other.
    vectors = np.array([[5, 1], [5, -1], [5, 1], [5, -1]], dtype=np.float32)
    association = Association(paired_corpus()[:, :4], 0.0, vectors, 1.0)
    ranked = rank_words(scores, association)
    # Against words 0 and 1 at first: 0 for each of them but itself; then words 0 and 2 are the top.
    np.testing.assert_allclose(ranked[0], [1 + 1, 0.9 - 1, 0.8 + 1, 0 - 1], atol=1e-6)


def test_where_vectors_lie_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    scores, vectors = rng.normal(size=(2, 6)).astype(np.float32), rng.normal(size=(6, 4))
    moved = rank_words(scores, Association(paired_corpus(), 0.0, vectors + 7, 3.0))
    ranked = rank_words(scores, Association(paired_corpus(), 0.0, vectors, 3.0))
    np.testing.assert_allclose(moved, ranked, atol=1e-4)


def test_meaning_counts_only_with_vectors() -> None:
    scores = np.random.default_rng(0).normal(size=(2, 6)).astype(np.float32)
    association = Association(paired_corpus(), 0.0, None, 3.0)
    np.testing.assert_array_equal(rank_words(scores, association), scores)


def test_shares_of_words_by_hand() -> None:
    # p(0 | w) = .25 · .2 / (.25 · .2 + .75 · .4) = .05 / .35.
    found = shares_of_words(np.log([[0.2, 0.8], [0.4, 0.6]]), np.array([0.25, 0.75]))
    np.testing.assert_allclose(found[:, 0], [0.05 / 0.35, 0.30 / 0.35])
    np.testing.assert_allclose(found.sum(axis=0), 1)


@pytest.fixture
def two_topics(monkeypatch: pytest.MonkeyPatch) -> tuple[np.ndarray, Association]:
    """Two topics that both list words 0 to 2; without an association that changes the order."""
    monkeypatch.setattr(candidate_words, "TOP_WORDS", 3)
    scores = np.array([[9, 8, 7, 6, 5, 4, 3]] * 2, dtype=np.float32)
    return scores, Association(csr_array(np.ones((5, 7), dtype=np.int32)), 1.0)


def test_a_word_stays_with_the_topics_it_belongs_to(
    two_topics: tuple[np.ndarray, Association],
) -> None:
    scores, association = two_topics
    belonging = np.array([[0.9, 0.5, 0.1, 0.5, 0.5, 0.5, 0.5], [0.1, 0.5, 0.9, 0.5, 0.5, 0.5, 0.5]])
    ranked = rank_words(scores, association, belonging)
    # Word 1 belongs to both, word 0 to the first, word 2 to the second; word 3 moves up.
    assert np.argsort(-ranked, kind="stable").tolist() == [
        [0, 1, 3, 2, 4, 5, 6],
        [1, 2, 3, 0, 4, 5, 6],
    ]
    np.testing.assert_array_equal(np.sort(ranked), np.sort(scores))


def test_with_passages_the_words_that_stay_choose_those_that_move_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candidate_words, "TOP_WORDS", 2)
    # Words 0 and 2 are in the same documents, words 1 and 3 in others; word 0 belongs elsewhere.
    holds = np.zeros((20, 4), dtype=np.int32)
    holds[:10, [0, 2]] = holds[10:, [1, 3]] = 1
    scores = np.array([[1.0, 0.9, 0.8, 0.75], [1.0, 0.0, 0.0, 0.0]], dtype=np.float32)
    belonging = np.array([[0.1, 0.9, 0.9, 0.9], [0.9, 0.1, 0.1, 0.1]])
    counts = csr_array(holds)
    kept = rank_words(scores, Association(counts, 1.0), belonging)
    assert np.argsort(-kept[0], kind="stable")[:2].tolist() == [1, 2]
    # Without word 0, word 3 is closer to word 1 than word 2 is.
    settled = rank_words(scores, Association(counts, 1.0, passages=counts), belonging)
    assert np.argsort(-settled[0], kind="stable")[:2].tolist() == [1, 3]


def test_words_that_go_together_are_found_behind_the_most_relevant_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candidate_words, "TOP_WORDS", 2)
    # Words 1 and 2 occur together more often than chance has it, words 0 and 1 as it has.
    holds = np.zeros((40, 3), dtype=np.int32)
    holds[:20, 0] = holds[10:30, 1] = holds[15:20, 2] = holds[20:28, 2] = 1
    scores = np.array([[1.0, 0.99, 0.85]], dtype=np.float32)
    counts = csr_array(holds)
    # From words 0 and 1, word 2 gains half of its association with word 1, which is too little.
    reached = rank_words(scores, Association(counts, 0.45))
    assert np.argsort(-reached[0])[:2].tolist() == [0, 1]
    association = Association(counts, 0.45, passages=counts)
    found = rank_words(scores, association)
    assert set(np.argsort(-found[0])[:2]) == {1, 2}
    # Words 1 and 2 cover 13 documents, words 0 and 1 cover 10; of the first 20, 5 and 10.
    everywhere = Coverage(counts, np.ones((40, 1)))
    assert everywhere.of(0, np.array([1, 2])) == 13
    assert everywhere.of(0, np.array([0, 1])) == 10
    kept = rank_words(scores, association, coverage=everywhere)
    assert set(np.argsort(-kept[0])[:2]) == {1, 2}
    of_first = Coverage(counts, np.repeat([1.0, 0.0], [20, 20])[:, None])
    kept = rank_words(scores, association, coverage=of_first)
    assert set(np.argsort(-kept[0])[:2]) == {0, 1}


def test_association_has_the_same_say_however_far_relevance_spreads() -> None:
    rng = np.random.default_rng(0)
    scores = np.sort(rng.normal(size=(1, 120)).astype(np.float32))[:, ::-1]
    counts = csr_array((rng.random((60, 120)) < 0.2).astype(np.int32))
    association = Association(counts, 5.0, passages=counts)
    narrow, wide = (rank_words(scores * by, association) for by in (1, 10))
    np.testing.assert_array_equal(np.argsort(-narrow), np.argsort(-wide))
    first = np.argsort(-rank_words(scores * 10, Association(counts, 5.0)))[0, :10]
    assert set(first) != set(np.argsort(-narrow)[0, :10])  # without passages it does not


def test_a_seed_word_stays_in_its_topic(two_topics: tuple[np.ndarray, Association]) -> None:
    scores, association = two_topics
    belonging = np.array([[0.1] * 7, [0.9] * 7])
    ranked = rank_words(scores, association, belonging, seed_words=[[1]])
    assert 1 in np.argsort(-ranked[0], kind="stable")[:3]
    assert belonging[0, 1] == 0.1  # the argument is left alone


def test_a_topic_keeps_ten_words_if_no_other_can_move_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidate_words, "TOP_WORDS", 3)
    scores = np.array([[9, 8, 7]] * 2, dtype=np.float32)
    association = Association(csr_array(np.ones((5, 3), dtype=np.int32)), 1.0)
    ranked = rank_words(scores, association, np.array([[0.9] * 3, [0.1] * 3]))
    np.testing.assert_array_equal(ranked, scores)
