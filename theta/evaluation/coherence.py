"""Coherence: do the top words of a topic occur together? NPMI, C_V and UMass.

The values are those of gensim's CoherenceModel (c_npmi, c_v, u_mass) on the same tokens.
Röder, Both & Hinneburg (2015), Exploring the Space of Topic Coherence Measures,
https://doi.org/10.1145/2684822.2685324
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Metric
from theta.evaluation.bootstrap import mean_over_topics
from theta.evaluation.inputs import EvaluationInputs, top
from theta.evaluation.spec import MetricSpec
from theta.evaluation.windows import WindowCounts, count_windows
from theta.i18n.message import Message

TOP_N = 10
NPMI_WINDOW = 10
C_V_WINDOW = 110
EPSILON = 1e-12

METRICS = {
    "NPMI": MetricSpec(
        "higher",
        "Do a topic's top words occur close together in the texts? 0: as by chance; 1: always.",
    ),
    "C_V": MetricSpec(
        "higher", "Do a topic's top words co-occur with the same words? 0: no; 1: exactly the same."
    ),
    "UMass": MetricSpec(
        "higher",
        "Do a topic's top words occur in the same documents? 0 or below; closer to 0 is better.",
    ),
}


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return NPMI, C_V and UMass over the top 10 words, counted in one pass."""
    words = top(evidence.top_words, TOP_N)
    narrow, wide, documents = count_windows(
        words, evidence.reference, [NPMI_WINDOW, C_V_WINDOW, None]
    )
    counted = Message(
        "over the top {n_words} words, in {reference} ({n_docs} documents); smoothing 1e-12; "
        "words that never occur there are left out",
        n_words=words.shape[1],
        reference=evidence.reference_name,
        n_docs=len(evidence.reference),
    )
    definitions = {
        "NPMI": Message(
            "mean NPMI of all word pairs, sliding window of {window} tokens (gensim's c_npmi), "
            "{counted}",
            window=NPMI_WINDOW,
            counted=counted,
        ),
        "C_V": Message(
            "mean cosine of each word's NPMI vector with the topic's, sliding window of {window} "
            "tokens (gensim's c_v), {counted}",
            window=C_V_WINDOW,
            counted=counted,
        ),
        "UMass": Message(
            "mean log P(word | higher-ranked word) by document counts (gensim's u_mass), {counted}",
            counted=counted,
        ),
    }
    values = {"NPMI": npmi(narrow), "C_V": c_v(wide), "UMass": u_mass(documents)}
    return [
        mean_over_topics(
            name,
            per_topic,
            definitions[name],
            undefined="has fewer than two top words that occur there",
            seed=evidence.seed,
            documents=evidence.reference_name,
        )
        for name, per_topic in values.items()
    ]


def npmi(counts: WindowCounts) -> NDArray[np.float64]:
    """Return the mean normalised pointwise mutual information of each topic's word pairs.

    NPMI(w, v) = log((P(w, v) + ε) / (P(w) P(v))) / −log(P(w, v) + ε), Bouma (2009) as in Röder et
    al. (2015), table 1. A pair that occurs in every window has NPMI −1, as in gensim, because of
    ε; without ε it would be 0 / 0.

    Parameters
    ----------
    counts : WindowCounts

    Returns
    -------
    (num_topics,) float64
        NaN for a topic with fewer than two words that occur.
    """
    pairs = _pair_npmi(counts)
    known = _known(counts)
    selected = known[:, :, None] & known[:, None, :] & ~np.eye(known.shape[1], dtype=bool)
    return _mean(pairs, selected)


def c_v(counts: WindowCounts) -> NDArray[np.float64]:
    """Return the C_V coherence of each topic.

    Each word has the vector of its NPMI with all words of the topic, itself included; the topic
    has the sum of these vectors; C_V is the mean cosine between a word's vector and the topic's
    (Röder et al. 2015: S_one-set, m̃_cos(nlr, 1), arithmetic mean).

    Parameters
    ----------
    counts : WindowCounts

    Returns
    -------
    (num_topics,) float64
        NaN for a topic with fewer than two words that occur.
    """
    known = _known(counts)
    vectors = np.where(known[:, :, None] & known[:, None, :], _pair_npmi(counts), 0.0)
    topic = vectors.sum(axis=1)
    dots = np.einsum("kij,kj->ki", vectors, topic)
    lengths = np.linalg.norm(vectors, axis=2) * np.linalg.norm(topic, axis=1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        cosines = dots / lengths
    means = _mean(cosines, known)
    means[known.sum(axis=1) < 2] = np.nan
    return means


def u_mass(counts: WindowCounts) -> NDArray[np.float64]:
    """Return the UMass coherence of each topic.

    The mean of log((P(w, v) + ε) / P(v)) over the words w and each word v ranked above it;
    probabilities are shares of documents. Mimno et al. (2011), https://aclanthology.org/D11-1024,
    with the smoothing of Röder et al. (2015).

    Parameters
    ----------
    counts : WindowCounts
        Counted over whole documents.

    Returns
    -------
    (num_topics,) float64
        NaN for a topic with fewer than two words that occur.
    """
    known = _known(counts)
    lower = np.tri(known.shape[1], k=-1, dtype=bool)  # row: the word, column: one ranked above it
    selected = known[:, :, None] & known[:, None, :] & lower
    n = max(counts.n_windows, 1)
    alone = np.diagonal(counts.together, axis1=1, axis2=2) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs = np.log((counts.together / n + EPSILON) / alone[:, None, :])
    return _mean(pairs, selected)


def _known(counts: WindowCounts) -> NDArray[np.bool_]:
    """Return which top words occur at all: (num_topics, n_top)."""
    known: NDArray[np.bool_] = np.diagonal(counts.together, axis1=1, axis2=2) > 0
    return known


def _pair_npmi(counts: WindowCounts) -> NDArray[np.float64]:
    n = max(counts.n_windows, 1)
    joint = counts.together / n + EPSILON
    alone = np.diagonal(counts.together, axis1=1, axis2=2) / n
    with np.errstate(divide="ignore", invalid="ignore"):  # words that never occur are not used
        ratio = np.log(joint / (alone[:, :, None] * alone[:, None, :]))
        return np.asarray(ratio / -np.log(joint))


def _mean(values: NDArray[np.float64], selected: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean of the selected values of each topic, NaN if there are none."""
    axes = tuple(range(1, values.ndim))
    sums = np.where(selected, values, 0.0).sum(axis=axes)
    n = selected.sum(axis=axes)
    return np.divide(sums, n, out=np.full(len(sums), np.nan), where=n > 0)
