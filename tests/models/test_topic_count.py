"""The estimated number of topics: its parts by hand, and planted corpora whose number is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import adjusted_rand_score

from theta.contracts import Corpus, Split
from theta.models import topic_count
from theta.models.quick_clusters import quick_consensus
from theta.models.split_halves import Agreement, SplitHalves, mean_overlap
from theta.models.topic_count import FALLBACK, estimate_topic_count
from theta.models.topic_count_curve import _error_of_smoothed, _smoother, judge
from theta.models.topic_count_estimate import TopicCountEstimate

from .planted import planted_corpus, planted_embeddings


def estimate(corpus: Corpus, *, with_embeddings: bool = True, seed: int = 0) -> TopicCountEstimate:
    train = corpus.rows(Split.TRAIN)
    vectors = planted_embeddings(corpus, noise=0.3).documents[train] if with_embeddings else None
    return estimate_topic_count(corpus.bow[train], vectors, seed)


@pytest.mark.parametrize("n_blocks", [4, 8])
@pytest.mark.parametrize("with_embeddings", [True, False])
def test_the_number_of_planted_topics_is_found(n_blocks: int, with_embeddings: bool) -> None:
    corpus = planted_corpus(90 * n_blocks, n_blocks=n_blocks)
    found = estimate(corpus, with_embeddings=with_embeddings)
    assert found.supported
    assert found.best == found.number == n_blocks
    assert found.low <= n_blocks <= found.high
    assert found.with_embeddings is with_embeddings


def test_documents_without_topics_support_no_number() -> None:
    draw = np.random.default_rng(0)
    corpus = planted_corpus(600, n_blocks=1)
    vectors = draw.standard_normal((600, 32)).astype(np.float32)
    found = estimate_topic_count(corpus.bow, vectors, seed=0)
    assert not found.supported
    assert found.number == FALLBACK
    assert found.within is None
    assert found.sentence.startswith("20 topics, the fallback: the corpus does not say")


def test_few_documents_get_a_fallback_of_25_documents_per_topic() -> None:
    bow = planted_corpus(70).bow
    found = estimate_topic_count(bow, None, seed=0)
    assert (found.number, found.best, found.grid) == (2, None, ())
    assert "70 training documents are too few" in found.sentence
    found = estimate_topic_count(planted_corpus(110, n_blocks=1).bow, None, seed=0)
    assert (found.supported, found.number) == (False, 4)


def test_the_seed_repeats_the_estimate_and_the_record_keeps_it() -> None:
    corpus = planted_corpus(240)
    first, second = (replace(estimate(corpus), seconds=0.0) for _ in range(2))
    assert first == second
    assert TopicCountEstimate.of_record(first.record()).record() == first.record()


def test_worth_by_hand() -> None:
    """K (min((J − J₀) / (1 − J₀), F) − ½) with J₀ = .86 K^−.38: .6609 for 2 and .5078 for 4."""
    found = {
        2: [Agreement(0.90, 0.95), Agreement(0.94, 0.95)],
        4: [Agreement(0.91, 0.70), Agreement(0.91, 0.80)],
    }
    curve = judge(found)
    assert curve.chance == pytest.approx([0.6609, 0.5078], abs=1e-4)
    # r of 2 topics is (.92 − .6609) / .3391 = .7641; of 4 it is .8171, and F is less.
    assert curve.worth == pytest.approx([2 * (0.7641 - 0.5), 4 * (0.75 - 0.5)], abs=1e-3)
    # min(r, F) of the splits: .7051 and .8231; .70 and .80. Their standard deviations are .0834
    # and .0707, the median .0771, divided by the root of two splits. The two numbers are too far
    # apart to smooth each other: what is left is the standard deviation of their worth, .3338.
    of_splits = np.array([2, 4]) * 0.0771 / np.sqrt(2)
    assert curve.error == pytest.approx(np.hypot(of_splits, 0.3338), abs=1e-3)


def test_half_of_the_worth_is_that_of_neighbours_on_the_logarithmic_scale() -> None:
    """5 and 6 are .1823 apart in log K: with a bandwidth of .2, the weight is .6600."""
    shares = {5: 0.8, 6: 0.6, 100: 0.1}
    found = {k: [Agreement(1.0, share)] * 2 for k, share in shares.items()}
    curve = judge(found)
    assert curve.worth == pytest.approx([1.5, 0.6, -40.0])
    mean = np.array([(1.5 + 0.66 * 0.6) / 1.66, (0.66 * 1.5 + 0.6) / 1.66, -40.0])
    assert curve.smooth == pytest.approx((curve.worth + mean) / 2, abs=1e-3)


def test_the_error_of_smoothed_values_is_that_of_repeated_draws() -> None:
    smoother = _smoother(np.log([3, 4, 5, 6, 8, 10, 12, 14, 18, 22, 28]))
    draws = 2.0 * np.random.default_rng(0).standard_normal((4_000, len(smoother)))
    smooth = draws @ smoother.T
    estimated = np.mean(
        [_error_of_smoothed(smoother, rest) ** 2 for rest in draws - smooth], axis=0
    )
    assert estimated == pytest.approx(smooth.var(axis=0), rel=0.1)


def test_one_lucky_number_is_not_chosen_over_several_good_ones() -> None:
    shares = {6: 0.55, 8: 0.8, 10: 0.55, 16: 0.61, 18: 0.62, 20: 0.61, 25: 0.5}
    curve = judge({k: [Agreement(1.0, share)] * 2 for k, share in shares.items()})
    numbers = list(shares)
    assert numbers[int(np.argmax(curve.worth))] == 8
    assert numbers[curve.best] == 18


def test_a_jagged_curve_has_a_wider_range_than_a_smooth_one() -> None:
    def range_of(shares: dict[int, float]) -> tuple[int, int]:
        return judge({k: [Agreement(1.0, share)] * 2 for k, share in shares.items()}).range()

    smooth = {3: 0.6, 4: 0.62, 5: 0.64, 6: 0.66, 8: 0.68, 10: 0.70, 12: 0.66, 16: 0.6, 20: 0.5}
    jagged = smooth | {4: 0.85, 5: 0.5, 6: 0.8, 8: 0.55}
    assert range_of(smooth)[0] > range_of(jagged)[0]
    assert range_of(jagged)[1] >= 10


def test_two_topics_are_never_supported_however_clear_they_are() -> None:
    curve = judge({2: [Agreement(1.0, 1.0)] * 2, 3: [Agreement(1.0, 0.6)] * 2})
    assert curve.worth == pytest.approx([1.0, 0.3])
    assert not curve.supported
    assert curve.best == 0


def test_a_supported_number_goes_before_a_smooth_one_that_is_not() -> None:
    shares = {2: 0.98, 3: 0.85, 4: 0.2, 5: 0.3, 6: 0.3}
    curve = judge({k: [Agreement(1.0, share)] * 2 for k, share in shares.items()})
    assert int(np.argmax(curve.smooth)) == 0
    assert (curve.supported, curve.best) == (True, 1)


def test_two_clear_groups_of_two_topics_are_not_within_the_range_of_four() -> None:
    shares = {2: 1.0, 3: 0.4, 4: 0.77, 5: 0.5, 6: 0.4}
    curve = judge(
        {k: [Agreement(1.0, share), Agreement(1.0, share - 0.02)] for k, share in shares.items()}
    )
    assert curve.smooth[0] > curve.smooth[2]
    assert curve.range()[0] == 4


def test_range_and_levels_of_a_curve() -> None:
    grid = [2, 4, 8, 12, 16, 20, 30]
    shares = [0.5, 0.95, 0.5, 0.65, 0.75, 0.74, 0.5]
    found = {
        k: [Agreement(1.0, share - 0.01), Agreement(1.0, share + 0.01)]
        for k, share in zip(grid, shares, strict=True)
    }
    curve = judge(found)
    assert curve.worth == pytest.approx([0.0, 1.8, 0.0, 1.8, 4.0, 4.8, 0.0])
    # 16 is within 1.5 standard errors of 20, 12 is not.
    margin = 1.5 * np.hypot(curve.error, curve.error[5])
    assert (curve.smooth[5] - curve.smooth < margin).tolist() == [False] * 4 + [True] * 2 + [False]
    assert curve.range() == (13, 29)
    assert curve.peaks() == [4, 20]


class _Shares:
    """Halves of which a share of the topics of each number returns and can be read."""

    def __init__(self, share_of: Callable[[int], float]) -> None:
        self.share_of = share_of

    def agreement(self, num_topics: int, split: int) -> Agreement:
        return Agreement(1.0, self.share_of(num_topics) + 0.01 * split)


@pytest.mark.parametrize(
    ("share_of", "last"),
    [(lambda k: 0.8, 150), (lambda k: 0.8 if k <= 100 else 0.7, 125), (lambda k: 1 - k / 200, 80)],
    ids=["rising", "falling above 100", "best at 50"],
)
def test_numbers_above_80_are_tried_while_the_worth_still_rises(
    share_of: Callable[[int], float], last: int
) -> None:
    found, _ = topic_count._first_curve(_Shares(share_of), topic_count.GRID)  # type: ignore[arg-type]
    assert max(found) == last


def test_a_best_number_at_the_end_of_those_tried_is_said_to_be_one() -> None:
    found = estimate(planted_corpus(360))
    assert found.sentence.startswith("4 topics; ") or found.sentence == "4 topics"
    at_end = replace(found, number=found.grid[-1], low=found.grid[-1], high=found.grid[-1])
    assert at_end.sentence.startswith(f"{found.grid[-1]} topics, the most that were tried")


def test_overlap_by_hand() -> None:
    """Topic 0 of x meets topic 1 of y in 2 of 3 documents, topic 1 of x topic 0 of y in 2 of 3."""
    x = np.array([0, 0, 1, 1])
    y = np.array([1, 1, 0, 1])
    assert mean_overlap(x, y, 2) == pytest.approx((2 / 3 + 1 / 2 + 1 / 2 + 2 / 3) / 4)
    assert mean_overlap(x, 1 - x, 2) == 1.0


def test_consensus_finds_separate_clusters_whatever_the_seed() -> None:
    draw = np.random.default_rng(1)
    truth = np.repeat(np.arange(6), 50)
    vectors = 4 * np.eye(6, 10, dtype=np.float32)[truth]
    vectors += draw.standard_normal(vectors.shape, dtype=np.float32)
    for seed in range(3):
        assert adjusted_rand_score(truth, quick_consensus(vectors, 6, seed)) > 0.95


def test_more_clusters_than_different_rows_leave_some_empty() -> None:
    vectors = np.repeat(np.eye(3, dtype=np.float32), 10, axis=0)
    labels = quick_consensus(vectors, 5, 0)
    assert adjusted_rand_score(np.repeat(np.arange(3), 10), labels) == 1.0


def test_halves_of_the_words_can_contradict_an_estimate_from_the_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bow = planted_corpus(400).bow
    assert estimate_topic_count(bow, None, seed=0).contradicted_by == []
    monkeypatch.setattr(topic_count, "_contradictions", lambda *_: [9, 16])
    found = estimate_topic_count(bow, None, seed=0)
    assert (found.supported, found.best, found.number) == (False, 4, 16)
    assert found.sentence == (
        "16 topics, the fallback: the counts alone suggest 4, but half of the words 9, 16; prepare "
        "embeddings"
    )
    assert TopicCountEstimate.of_record(found.record()).contradicted_by == [9, 16]


def test_topics_are_read_by_other_words_if_there_are_any() -> None:
    corpus = planted_corpus(400)
    noise = csr_array(np.random.default_rng(0).poisson(1.0, size=(400, 50)))
    by_own = SplitHalves(corpus.bow, None, 0, 8).agreement(4, 0)
    by_noise = SplitHalves(corpus.bow, None, 0, 8, noise).agreement(4, 0)
    assert by_own.returning == by_noise.returning
    assert by_own.readable > 0.9
    assert by_noise.readable < 0.5
