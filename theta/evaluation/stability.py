"""Stability: how well the topics are reproduced when the model is trained with another seed.

Greene, O'Callaghan & Cunningham (2014), How Many Topics? Stability Analysis for Topic Models,
https://arxiv.org/abs/1404.4606, with rank-biased overlap for their average Jaccard score: both
give more weight to higher ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from theta.evaluation.rank_biased_overlap import rank_biased_overlap

RBO_P = 0.9
STABLE_FROM = 0.5
"""About five of ten top words shared: more than unrelated topics of two seeds usually share
(scripts/bench_evaluate.py prints their overlap)."""

NO_PARTNER = -1


class Stability(TypedDict):
    """How well the topics of a run are reproduced, ready for JSON.

    `mean` is the mean of `per_topic`, a topic's mean overlap with its partners in the other runs.
    `stable` says for each topic whether all its overlaps reach `threshold`; `share_stable` is the
    share of such topics. `partners` lists, for each other run, the partner of each topic
    (`NO_PARTNER` if the other run has fewer topics).
    """

    definition: str
    mean: float
    share_stable: float
    threshold: float
    per_topic: list[float]
    stable: list[bool]
    partners: list[list[int]]


def match_topics(
    top_words: NDArray[np.integer[Any]], others: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Match the topics of two runs one to one, maximising the sum of their overlaps.

    The Hungarian method (Kuhn 1955) on extrapolated rank-biased overlap, p = 0.9.

    Parameters
    ----------
    top_words : (num_topics, n_top) int
    others : (n_other_topics, n_top) int

    Returns
    -------
    partner : (num_topics,) int
        The matched topic of the other run, or `NO_PARTNER`.
    overlap : (num_topics,) float64
        0 to 1; 0 without a partner.
    """
    # Imported late: scipy.optimize takes longer to import than the metrics of a small run.
    from scipy.optimize import linear_sum_assignment

    overlaps = rank_biased_overlap(top_words, others, RBO_P)
    topics, partners = linear_sum_assignment(overlaps, maximize=True)
    partner = np.full(len(top_words), NO_PARTNER, dtype=np.intp)
    overlap = np.zeros(len(top_words))
    partner[topics] = partners
    overlap[topics] = overlaps[topics, partners]
    return partner, overlap


def stability(
    top_words: NDArray[np.integer[Any]],
    others: Sequence[NDArray[np.integer[Any]]],
    threshold: float = STABLE_FROM,
) -> Stability:
    """Return how well the topics of one run are reproduced in other runs of the same model.

    Parameters
    ----------
    top_words : (num_topics, n_top) int
        Top words of the run that is kept, best first.
    others : sequence of (num_topics, n_top) int
        Top words of the runs with other seeds, at least one.
    threshold : float
        A topic is stable if its overlap with its partner in every other run is at least this.

    Raises
    ------
    ValueError
        If there is no other run.
    """
    if not others:
        raise ValueError("stability needs a run with another seed")
    matches = [match_topics(top_words, other) for other in others]
    overlaps = np.array([overlap for _, overlap in matches])
    per_topic = overlaps.mean(axis=0)
    stable = np.min(overlaps, axis=0) >= threshold
    return Stability(
        definition=f"rank-biased overlap (extrapolated, p = {RBO_P}) of the top "
        f"{top_words.shape[1]} words of topics matched by the Hungarian method; mean over "
        f"{len(others)} other seeds; stable: at least {threshold} in each of them",
        mean=float(per_topic.mean()),
        share_stable=float(stable.mean()),
        threshold=threshold,
        per_topic=per_topic.tolist(),
        stable=[bool(is_stable) for is_stable in stable],
        partners=[partner.tolist() for partner, _ in matches],
    )
