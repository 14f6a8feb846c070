"""How well do measures of a topic agree with people? Spearman's ρ on 300 rated topics.

    python scripts/bench_people.py --data ../shared/data/people
    python scripts/bench_people.py --data ../shared/data/people --fit

The folder holds topics_rated.jsonl, one topic a line: corpus, model, words, npmi and c_v in its
own corpus, rating (1 to 3, mean of 15 people) and intrusion (share of 26 people who found the
intruder). Hoyle, Goel, Hian-Cheong, Peskov, Boyd-Graber & Resnik (2021),
https://arxiv.org/abs/2107.02173; data of the repository ahoho/topics, MIT licence. --fit prints the
coefficients that theta/evaluation/meaning.py ships.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from theta.evaluation.meaning import (
    TOP_N,
    RatingModel,
    TopicWords,
    describe_words,
    expected_rating,
    rating_features,
)
from theta.run.word_vectors import english_word_vectors

Array = NDArray[np.float64]

RIDGE = 0.01
"""Penalty of the standardised coefficients, against the sum of the topics' log-likelihoods."""

INTRUSION_WEIGHT = 0.3
"""Weight of the intruders found beside the ratings, in the order of the topics."""

_STEPS = 25


@dataclass(frozen=True)
class RatedTopics:
    """Topics, what was counted of them and what people said of them, one entry per topic."""

    words: list[list[str]]
    corpus: NDArray[np.str_]
    model: NDArray[np.str_]
    npmi: Array
    c_v: Array
    rating: Array
    intrusion: Array


def main() -> None:
    """Print the table, and on request the fitted coefficients."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with topics_rated.jsonl")
    parser.add_argument("--fit", action="store_true", help="print the fitted coefficients")
    args = parser.parse_args()
    topics = read_topics(args.data / "topics_rated.jsonl")
    print("| measure | topics | rating | intrusion | within corpus and model: rating / intrusion |")
    print("|---|---|---|---|---|")
    for name, values in measures(topics):
        print(table_row(name, values, topics))
    words = described(topics)
    known = np.isfinite(words.coherence)
    if args.fit:
        model = fit(rating_features(words, topics.c_v)[known], topics, known)
        print(f"\nRatingModel({', '.join(f'{value:.4g}' for value in model)})")
    for name, group in (("corpus", topics.corpus), ("model", topics.model)):
        errors = leave_out(topics, group) - topics.rating
        means = [abs(np.nanmean(errors[rows])) for rows in cells(topics)]
        print(
            f"\nRoot mean square error of a topic, its {name} left out: "
            f"{np.sqrt(np.nanmean(errors**2)):.2f}; of a mean over 50 topics: at most "
            f"{max(means):.2f}"
        )
    print(f"Standard deviation of the ratings: {topics.rating.std():.2f}")


def read_topics(path: Path) -> RatedTopics:
    """Return the topics in a file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def column(name: str) -> Array:
        return np.array([row[name] for row in rows], float)

    return RatedTopics(
        [row["words"] for row in rows],
        np.array([row["corpus"] for row in rows]),
        np.array([row["model"] for row in rows]),
        column("npmi"),
        column("c_v"),
        column("rating"),
        column("intrusion"),
    )


def measures(topics: RatedTopics) -> Iterator[tuple[str, Array]]:
    """Yield each measure by name: one value per topic, NaN where it is undefined."""
    words = described(topics)
    yield "NPMI in its own corpus", topics.npmi
    yield "C_V in its own corpus", topics.c_v
    yield "embedding coherence", words.coherence
    yield "the same, first words weigh more", words.early_coherence
    both = 2 * standardised(words.coherence, topics) + standardised(topics.c_v, topics)
    yield "2 z(embedding coherence) + z(C_V), z within a corpus", both
    yield "expected rating, as shipped", expected_rating(words, topics.c_v)
    yield "expected rating, fitted without the corpus tested", leave_out(topics, topics.corpus)
    yield "expected rating, fitted without the model tested", leave_out(topics, topics.model)


def described(topics: RatedTopics) -> TopicWords:
    """Return what is known of the top ten words of each topic."""
    top_words = [words[:TOP_N] for words in topics.words]
    vocabulary = sorted({word for words in top_words for word in words})
    place = {word: v for v, word in enumerate(vocabulary)}
    ids = np.array([[place[word] for word in words] for words in top_words])
    return describe_words(ids, vocabulary, english_word_vectors())


def leave_out(topics: RatedTopics, group: NDArray[np.str_]) -> Array:
    """Return ratings expected by models that were fitted without the topic's group."""
    words = described(topics)
    table = rating_features(words, topics.c_v)
    known = np.isfinite(words.coherence)
    expected = np.full(len(group), np.nan)
    for one in np.unique(group):
        rest, own = known & (group != one), group == one
        expected[own] = expected_rating(words, topics.c_v, fit(table[rest], topics, rest))[own]
    return expected


def fit(table: Array, topics: RatedTopics, rows: NDArray[np.bool_]) -> RatingModel:
    """Fit a model of the ratings that also orders topics as intruders are found.

    Two fractional logistic regressions (Papke & Wooldridge 1996): the order of topics is fitted to
    a weighted mean of (rating − 1) / 2 and the share of intruders found, since each is a noisy
    measure of the same thing; then this order to the ratings, for the scale.

    Parameters
    ----------
    table : (n_rows, 4) float64
        `rating_features` of the topics in `rows`.
    topics : RatedTopics
    rows : (n_topics,) bool
    """
    rated, found = (topics.rating[rows] - 1) / 2, topics.intrusion[rows]
    weights = logistic(table, (1 - INTRUSION_WEIGHT) * rated + INTRUSION_WEIGHT * found)
    order = weights[0] + table @ weights[1:]
    intercept, slope = logistic(order[:, None], rated)
    weights = slope * weights
    return RatingModel(float(weights[0] + intercept), *weights[1:].tolist())


def logistic(table: Array, share: Array) -> Array:
    """Return intercept and slopes of a fractional logistic regression, by Newton's method."""
    mean, sd = table.mean(axis=0), table.std(axis=0)
    x = np.column_stack([np.ones(len(table)), (table - mean) / sd])
    penalty = RIDGE * np.diag([0.0] + [1.0] * table.shape[1])
    weights = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-x @ weights))
        information = (x.T * (p * (1 - p))) @ x + penalty
        weights = weights + np.linalg.solve(information, x.T @ (share - p) - penalty @ weights)
    slopes = weights[1:] / sd
    return np.array([weights[0] - slopes @ mean, *slopes])


def standardised(values: Array, topics: RatedTopics) -> Array:
    """Return values minus their corpus' mean, over its standard deviation."""
    scores = np.empty(len(values))
    for corpus in np.unique(topics.corpus):
        own = topics.corpus == corpus
        scores[own] = (values[own] - np.nanmean(values[own])) / np.nanstd(values[own])
    return scores


def cells(topics: RatedTopics) -> list[NDArray[np.bool_]]:
    """Return the rows of each corpus and model."""
    pairs = sorted({*zip(topics.corpus.tolist(), topics.model.tolist(), strict=True)})
    return [(topics.corpus == corpus) & (topics.model == model) for corpus, model in pairs]


def table_row(name: str, values: Array, topics: RatedTopics) -> str:
    """Return a measure's row: ρ over all topics, and its mean within a corpus and model."""
    known = np.isfinite(values)

    def rho(said: Array, rows: NDArray[np.bool_]) -> float:
        return float(spearmanr(values[rows], said[rows])[0])

    judged = (topics.rating, topics.intrusion)
    overall = " | ".join(f"{rho(said, known):.2f}" for said in judged)
    within = " / ".join(
        f"{np.mean([rho(said, known & rows) for rows in cells(topics)]):.2f}" for said in judged
    )
    return f"| {name} | {known.sum()} | {overall} | {within} |"


if __name__ == "__main__":
    main()
