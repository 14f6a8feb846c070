"""The signs of a bad run, made up and worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from theta.evaluation.health import Health, check_health, count_uniform, doubled_topics

VAE = {"num_topics": 4, "epochs": 20, "kl_warmup": 5, "kl_end": 1.0, "early_stopping": True}


def one_topic_each(n_docs: int = 40, num_topics: int = 4, used: int = 4) -> NDArray[np.float64]:
    """Nine tenths of each document in one of the first `used` topics, in turn."""
    shares = np.full((n_docs, num_topics), 0.1 / (num_topics - 1))
    shares[np.arange(n_docs), np.arange(n_docs) % used] = 0.9
    return shares


def words_of(num_topics: int) -> NDArray[np.int64]:
    return np.arange(num_topics * 10).reshape(num_topics, 10)


def course(*elbo: float | None) -> list[dict[str, Any]]:
    return [{"epoch": i + 1, "validation_elbo": value} for i, value in enumerate(elbo)]


def settled(n: int) -> list[float]:
    return [-100 * 0.5**epoch for epoch in range(n)]


def checked(elbo: list[float], **options: Any) -> Health:
    return check_health(one_topic_each(), words_of(4), course(*elbo), {**VAE, **options})


def test_a_good_run_has_no_findings() -> None:
    health = checked(settled(20))
    assert health.findings == []
    assert health.documents.tolist() == [10, 10, 10, 10]
    assert health.summary() == (
        "4 of 4 topics are dominant in some document; pairs of topics with the same top words: 0; "
        "documents with uniform topic shares: 0 of 40"
    )


def test_unused_topics_are_counted_and_taken_off() -> None:
    health = check_health(one_topic_each(300, 20, used=15), words_of(20), [], {"num_topics": 20})
    assert health.unused == [15, 16, 17, 18, 19]
    (finding,) = health.findings
    assert finding.message == "5 of 20 topics are not dominant in any document"
    assert finding.flags == "--num_topics 15"
    # One in twenty is no reason for another number.
    few = check_health(one_topic_each(300, 20, used=19), words_of(20), [], {"num_topics": 20})
    assert few.findings == []
    # A model that finds the number itself has no option for it.
    assert (
        check_health(one_topic_each(300, 20, used=15), words_of(20), [], {}).findings[0].flags == ""
    )


def test_topics_of_the_same_words_are_named_in_pairs() -> None:
    words = words_of(4)
    words[2] = words[0][::-1]
    words[3, :8] = words[1, :8]
    assert doubled_topics(words) == [(0, 2), (1, 3)]
    words[3, 7] = 999  # seven of ten
    assert doubled_topics(words) == [(0, 2)]
    (finding,) = check_health(one_topic_each(), words, [], VAE).findings
    assert finding.message == "topics with the same top words: 0 and 2"
    assert finding.flags == "--num_topics 3"


def test_edited_topics_are_named_by_number() -> None:
    words = words_of(4)
    words[2] = words[0]
    shares = one_topic_each(used=3)
    health = check_health(shares, words, [], VAE, numbers=[6, 1, 5, 7])
    assert health.unused == [7]
    assert health.doubled == [(6, 5)]
    assert [finding.message for finding in health.findings] == [
        "1 of 4 topics are not dominant in any document",
        "topics with the same top words: 6 and 5",
    ]
    # The editing has made them: another number of topics in the training would not help.
    assert [finding.flags for finding in health.findings] == ["", ""]


def test_unused_and_doubled_topics_agree_on_a_number() -> None:
    words = words_of(20)
    words[[15, 16, 3]] = words[0]  # 15 and 16 are unused as well
    health = check_health(one_topic_each(300, 20, used=15), words, [], {"num_topics": 20})
    assert [one.name for one in health.findings] == ["unused_topics", "doubled_topics"]
    assert {one.flags for one in health.findings} == {"--num_topics 14"}
    words = words_of(20)
    words[19] = words[0]
    shares = one_topic_each(300, 20, used=15)[:, ::-1]  # 0 to 4 are unused, and 19 is used
    health = check_health(shares, words, [], {"num_topics": 20})
    assert {one.flags for one in health.findings} == {"--num_topics 15"}


def test_uniform_shares_blame_a_strong_prior_alone() -> None:
    rng = np.random.default_rng(0)
    flat = rng.dirichlet(np.full(4, 1000.0), 40)
    assert count_uniform(flat) == 40
    assert count_uniform(one_topic_each()) == 0
    (strong,) = check_health(flat, words_of(4), [], {**VAE, "kl_end": 20.0}).findings[:1]
    assert (strong.name, strong.flags) == ("uniform_documents", "--kl_end 1")
    assert check_health(flat, words_of(4), [], VAE).findings[0].flags == ""
    # Mixtures of all topics are no collapse: Dirichlet(1, ..., 1).
    assert count_uniform(rng.dirichlet(np.ones(20), 1000)) < 10


def test_a_vanished_kl_divergence_is_a_collapse() -> None:
    flat = np.full((40, 4), 0.25)
    entry = {"epoch": 1, "kl": 0.2, "validation_elbo": -1.0}
    (finding, *_) = check_health(flat, words_of(4), [entry], VAE).findings
    assert finding.name == "collapsed"
    assert "ended at 0.2 nats per document" in finding.message
    assert finding.flags == "--kl_warmup 10"
    strong = check_health(flat, words_of(4), [entry], {**VAE, "kl_end": 2.0})
    assert [one.flags for one in strong.findings if one.name == "collapsed"] == ["--kl_end 1"]
    slow = check_health(flat, words_of(4), [entry], {**VAE, "kl_warmup": 10})
    assert [one.flags for one in slow.findings if one.name == "collapsed"] == [""]
    other = check_health(one_topic_each(), words_of(4), [{**entry, "kl": 0.25}], VAE)
    assert other.findings == []
    unknown = check_health(one_topic_each(), words_of(4), [{**entry, "kl": float("nan")}], VAE)
    assert unknown.findings == []


def test_fewer_than_ten_documents_per_topic_are_few() -> None:
    few = check_health(one_topic_each(39), words_of(4), [], VAE)
    assert [(one.name, one.flags) for one in few.findings] == [
        ("few_documents", "--num_topics auto")
    ]
    assert check_health(one_topic_each(40), words_of(4), [], VAE).findings == []
    # A model without the option finds the number itself.
    assert check_health(one_topic_each(39), words_of(4), [], {}).findings == []


@pytest.mark.parametrize(
    ("elbo", "options", "name", "flags"),
    [
        (list(range(20)), {}, "under_trained", "--epochs 40"),
        (settled(20), {"kl_warmup": 20}, "short_warmup", "--kl_warmup 10"),
        ([-9.0, -5, -6, -7, -7, -7], {"kl_warmup": 4}, "best_in_warmup", "--kl_warmup 1"),
        ([-100.0, -50, *[-60] * 18], {}, "over_trained", ""),
        (
            [-100.0, -50, *[-60] * 18],
            {"early_stopping": False},
            "over_trained",
            "--early_stopping",
        ),
    ],
)
def test_the_course_of_training_is_judged(
    elbo: list[float], options: dict[str, Any], name: str, flags: str
) -> None:
    (finding,) = checked(elbo, **options).findings
    assert (finding.name, finding.flags) == (name, flags)


def test_a_training_that_was_to_end_within_the_warmup_is_not_blamed_for_it() -> None:
    elbo = [-9.0, -5, -6, -7, -7, -7]
    assert checked(elbo, kl_warmup=4, min_gain=0.01).findings == []


def test_without_a_validation_elbo_nothing_is_said_of_training() -> None:
    history = course(*[None] * 20)
    assert check_health(one_topic_each(), words_of(4), history, VAE).findings == []
    assert check_health(one_topic_each(), words_of(4), [{"bound": 1.0}] * 9, VAE).findings == []


def test_an_unfinished_training_says_nothing_of_the_number_of_topics() -> None:
    shares = one_topic_each(300, 20, used=10)
    health = check_health(shares, words_of(20), course(*range(20)), {**VAE, "num_topics": 20})
    assert [(f.name, f.flags) for f in health.findings] == [
        ("under_trained", "--epochs 40"),
        ("unused_topics", ""),
    ]
