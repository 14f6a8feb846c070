"""A sample of a corpus: the same documents on any machine and in any order."""

from __future__ import annotations

import numpy as np

from tests.models.planted import planted_corpus
from theta.contracts import Split
from theta.corpus.sample import corpus_at, digest_texts, draw_sample

TEXTS = [f"document number {i}" for i in range(3_000)]
TRAIN = np.zeros(len(TEXTS), np.int8)


def drawn(texts: list[str], n: int) -> list[str]:
    rows = draw_sample(digest_texts(texts), np.zeros(len(texts), np.int8), n)
    return sorted(texts[row] for row in rows.tolist())


def test_the_order_of_rows_does_not_matter() -> None:
    shuffled = [TEXTS[i] for i in np.random.default_rng(0).permutation(len(TEXTS))]
    assert drawn(shuffled, 100) == drawn(TEXTS, 100)


def test_the_draw_is_the_same_in_any_version() -> None:
    assert draw_sample(digest_texts(TEXTS[:40]), TRAIN[:40], 4).tolist() == [1, 4, 11, 18]


def test_a_larger_sample_contains_the_smaller_one() -> None:
    assert set(drawn(TEXTS, 50)) < set(drawn(TEXTS, 51))


def test_duplicates_have_their_share_in_any_order() -> None:
    """Half of the documents are one text; drawn together, all copies or none would come."""
    texts = [*TEXTS[:1_000], *["again and again"] * 1_000]
    share = drawn(texts, 400).count("again and again") / 400
    assert 0.4 < share < 0.6
    assert drawn(texts[::-1], 400) == drawn(texts, 400)


def test_validation_documents_come_in_proportion_but_enough() -> None:
    split = np.array([Split.TRAIN] * 20_000 + [Split.VALIDATION] * 10_000 + [Split.TEST] * 99)
    digests = np.random.default_rng(0).integers(0, 2**63, len(split)).astype(np.uint64)
    for n_train, n_validation in ((10_000, 5_000), (100, 1_000)):
        rows = draw_sample(digests, split.astype(np.int8), n_train)
        assert np.bincount(split[rows]).tolist() == [n_train, n_validation]
        assert (np.diff(rows) > 0).all()


def test_rows_of_a_corpus_keep_their_tokens_and_counts() -> None:
    corpus = planted_corpus(60)
    rows = np.array([3, 4, 20, 41])
    rows = rows[corpus.split[rows] != Split.TEST]
    part = corpus_at(corpus, rows)
    assert part.row_ids == [corpus.row_ids[row] for row in rows]
    np.testing.assert_array_equal(part.bow.toarray(), corpus.bow.toarray()[rows])
    for at, row in enumerate(rows.tolist()):
        counts = np.bincount(_tokens(part, at), minlength=corpus.n_words)
        np.testing.assert_array_equal(counts, corpus.bow[[row]].toarray()[0])
        np.testing.assert_array_equal(_tokens(part, at), _tokens(corpus, row))
    assert part.fingerprint != corpus.fingerprint
    assert len(corpus.tokens.at(rows[:0])) == 0


def _tokens(corpus, row: int):  # type: ignore[no-untyped-def]
    return corpus.tokens.ids[corpus.tokens.starts[row] : corpus.tokens.starts[row + 1]]
