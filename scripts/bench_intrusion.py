"""How often do the intervals of theta intrusion contain the truth? Simulated coders.

Coder c knows the intruder of item i with probability skill_c × easiness_i, and guesses otherwise.
Items of one topic are alike: their easiness scatters about that of the topic, which scatters about
a common mean. The design (items, overlap, coders) is that of a kit. Checked are the intervals of

* a run: the expected share of right answers over topics of this kind,
* a topic: the expected share of right answers to the items that were used,
* the difference of two runs, and the mean rating of a run.

Usage: python scripts/bench_intrusion.py [--replications 2000] [--seed 0]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np

from theta.intrusion.intervals import (
    difference_interval,
    mean_interval,
    share_interval,
    wilson_interval,
)
from theta.intrusion.kit import share_out

CHANCE = 1 / 6
TOPIC_SCATTER, ITEM_SCATTER = 8, 20
"""Concentration of the beta distributions of topics about the mean, of items about their topic."""


@dataclass(frozen=True)
class Design:
    """A kit and its coders."""

    num_topics: int
    items: int
    overlap: float
    skills: tuple[float, ...]
    easiness: float

    def answers(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the item and the coder of each answer."""
        coders, n_shared = len(self.skills), round(self.overlap * self.items)
        different = min(n_shared + coders * (self.items - n_shared), 4 * self.num_topics)
        parts = share_out(different, coders, self.items, n_shared)
        items = np.concatenate([np.array(part) for part in parts])
        return items, np.repeat(np.arange(coders), [len(part) for part in parts])


DESIGNS = [
    Design(num_topics, items, overlap, skills, easiness)
    for num_topics, items in ((10, 20), (10, 40), (20, 40), (50, 40), (50, 100))
    for overlap in (0.5, 1.0)
    for skills in ((0.9, 0.9, 0.9), (0.9, 0.7, 0.5))
    for easiness in (0.5, 0.8)
    if items <= 4 * num_topics
]


def simulate(design: Design, n: int, rng: np.random.Generator) -> tuple[Any, ...]:
    """Return n kits of answers.

    Returns
    -------
    right, count : (n, num_topics)
        Right answers and answers of each topic that has items.
    expected : (n, num_topics)
        Expected share of right answers to the items of each topic.
    truth : float
        Expected share of right answers over topics of this kind.
    """
    items, coders = design.answers()
    topic_of = np.arange(items.max() + 1) % design.num_topics
    topic = scattered(design.easiness, TOPIC_SCATTER, (n, design.num_topics), rng)
    item = scattered(topic[:, topic_of], ITEM_SCATTER, (n, len(topic_of)), rng)
    skills = np.array(design.skills)
    known = skills[coders] * item[:, items]
    probability = known + (1 - known) * CHANCE
    right = rng.random(probability.shape) < probability
    of_topic = (topic_of[items][:, None] == np.arange(design.num_topics)).astype(float)
    of_topic = of_topic[:, of_topic.any(axis=0)]
    count = of_topic.sum(axis=0)
    mean_known = (skills[coders] * design.easiness).mean()
    truth = mean_known + (1 - mean_known) * CHANCE
    return right @ of_topic, np.tile(count, (n, 1)), probability @ of_topic / count, float(truth)


def scattered(mean: Any, concentration: float, size: Any, rng: np.random.Generator) -> np.ndarray:
    """Return beta-distributed numbers about a mean."""
    mean = np.clip(mean, 0.01, 0.99)
    return rng.beta(mean * concentration, (1 - mean) * concentration, size)


def coverage(low: np.ndarray, high: np.ndarray, truth: Any) -> float:
    """Return the share of the intervals that contain the truth."""
    return float(((low <= truth) & (truth <= high)).mean())


def measure(design: Design, n: int, rng: np.random.Generator) -> list[float]:
    """Return the coverage of the intervals of a run, a topic, a difference and a mean rating."""
    right, count, expected, truth = simulate(design, n, rng)
    share, ends = right.sum(axis=1) / count.sum(axis=1), share_interval(right, count)
    of_topics = wilson_interval(right / count, count)
    worse = Design(**{**vars(design), "easiness": design.easiness - 0.2})
    other_right, other_count, _, other_truth = simulate(worse, n, rng)
    other = other_right.sum(axis=1) / other_count.sum(axis=1)
    pair = (share, *ends), (other, *share_interval(other_right, other_count))
    return [
        coverage(*ends, truth),
        coverage(*of_topics, expected),
        coverage(*difference_interval(*pair), truth - other_truth),
        coverage(*mean_interval(ratings(design, n, rng)), 1 + 2 * design.easiness),
    ]


def ratings(design: Design, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return the mean rating of each topic, from 1 to 3: (n, num_topics)."""
    topic = scattered(design.easiness, TOPIC_SCATTER, (n, design.num_topics), rng)
    return np.mean([1 + rng.binomial(2, topic) for _ in design.skills], axis=0)


def main() -> None:
    """Print the coverage for each design, and its mean."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    flags = parser.parse_args()
    rng = np.random.default_rng(flags.seed)
    print(f"coverage of 95 % intervals, {flags.replications} replications each")
    print("topics items overlap skills       easiness   run topic difference rating")
    rows = []
    for design in DESIGNS:
        rows.append(measure(design, flags.replications, rng))
        run, topic, difference, rating = rows[-1]
        skills = ",".join(map(str, design.skills))
        print(
            f"{design.num_topics:6} {design.items:5} {design.overlap:7} {skills:12} "
            f"{design.easiness:8} {run:5.3f} {topic:5.3f} {difference:10.3f} {rating:6.3f}"
        )
    run, topic, difference, rating = np.mean(rows, axis=0)
    print(f"{'mean':41} {run:5.3f} {topic:5.3f} {difference:10.3f} {rating:6.3f}")
    outside = sum(not 0.93 <= row[0] <= 0.97 for row in rows)
    print(f"{outside} of {len(rows)} designs have a run coverage outside .93 to .97")


if __name__ == "__main__":
    main()
