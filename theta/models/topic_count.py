"""How many topics a corpus has: those that return in other documents and can be told by words.

For each number of a grid, two random halves of the documents are clustered separately
(`theta.models.split_halves`). The number of largest worth (`theta.models.topic_count_curve`) is the
estimate: beyond it, one more topic adds less than half of one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.models.baseline_options import TopicCount
from theta.models.document_space import sample_rows
from theta.models.split_halves import Agreement, SplitHalves
from theta.models.topic_count_curve import PRICE, SUPPORTED, Curve, judge
from theta.models.topic_count_estimate import TopicCountEstimate
from theta.options import declarations

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

GRID = (
    2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 22, 25, 28, 32, 36, 40, 50, 60, 80, 100, 125, 150
)  # fmt: skip
"""Numbers of topics that are tried."""

FALLBACK: int = declarations(TopicCount)["num_topics"].default
"""The number of topics of a corpus that does not support any: the default of ``--num_topics``."""

_MAX_DOCS = 8_000
"""Maximum number of documents looked at: a topic of 1 % has 40 in each half."""

_MIN_DOCS_PER_TOPIC = 25
"""Larger numbers of topics are not tried."""

_TRIED_ANYWAY = 25
"""Numbers above it, which take most of the time, are tried only while words can support them."""

_TRIED_IF_RISING = 80
"""Numbers above it are tried only while the largest one tried is the best."""

_CONTRADICTS = 2.0
"""Factor from which another supported number contradicts one."""

_FIRST_SPLITS, _SPLITS = 3, 9
"""Splits on which each number is tried, and on which the best and its rivals are tried."""


def estimate_topic_count(
    bow: csr_array, embeddings: NDArray[Any] | None, seed: int, grid: Sequence[int] = GRID
) -> TopicCountEstimate:
    """Estimate how many topics a corpus has.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
        Counts of the training documents.
    embeddings : (n_docs, dim), optional
        Of these documents; may be memory-mapped. Without them, the latent semantic analysis of the
        counts takes their place.
    seed : int
    grid : sequence of int
        Numbers of topics to try, ascending.
    """
    began = time.perf_counter()
    rows = sample_rows(bow.shape[0], _MAX_DOCS, seed)
    fallback = max(2, min(FALLBACK, len(rows) // _MIN_DOCS_PER_TOPIC))
    numbers = [k for k in grid if k * _MIN_DOCS_PER_TOPIC <= len(rows)]
    common: dict[str, Any] = {
        "n_docs": len(rows),
        "with_embeddings": embeddings is not None,
        "seed": seed,
    }
    if len(numbers) < 2:
        seconds = round(time.perf_counter() - began, 3)
        return TopicCountEstimate(fallback, False, None, None, None, (), seconds=seconds, **common)
    of_rows = None if embeddings is None else np.asarray(embeddings[rows])
    halves = SplitHalves(bow[rows], of_rows, seed, numbers[-1])
    curve = _curve(halves, numbers)
    best, supported = int(curve.numbers[curve.best]), curve.supported
    others: list[int] = []
    if supported and of_rows is None:
        others = _contradictions(bow[rows], best, numbers, seed)
        supported = not others
    low, high = curve.range()
    return TopicCountEstimate(
        number=best if supported else fallback,
        supported=supported,
        best=best,
        low=low,
        high=high,
        levels=[k for k in curve.peaks() if not low <= k <= high],
        seconds=round(time.perf_counter() - began, 3),
        contradicted_by=others,
        **common,
        **curve.columns(),
    )


def _contradictions(bow: csr_array, best: int, numbers: Sequence[int], seed: int) -> list[int]:
    """Return the supported numbers of topics that contradict one found from the counts alone.

    Documents are clustered by a random half of the vocabulary, and their topics read by the other
    half, and the other way round: without embeddings, the two questions are otherwise asked of the
    same words, which formulaic texts answer at any number of topics.
    """
    rows = sample_rows(bow.shape[0], _MAX_DOCS // 2, seed)
    numbers = [k for k in numbers if k * _MIN_DOCS_PER_TOPIC <= len(rows)]
    order = np.random.default_rng(seed).permutation(bow.shape[1])
    half, other = (bow[rows][:, np.sort(part)] for part in np.array_split(order, 2))
    found = []
    for words, reading in ((half, other), (other, half)):
        halves = SplitHalves(words, None, seed, numbers[-1], reading)
        curve = _first_curve(halves, numbers)[1]
        number = int(curve.numbers[curve.best])
        if curve.supported and max(number / best, best / number) >= _CONTRADICTS:
            found.append(number)
    return sorted(set(found))


def _curve(halves: SplitHalves, numbers: Sequence[int]) -> Curve:
    """Try the numbers on a few splits, and those that may be the best on more."""
    found, curve = _first_curve(halves, numbers)
    for split in range(_FIRST_SPLITS, _SPLITS):
        for k in curve.numbers[curve.within_error()].tolist():
            found[k].append(halves.agreement(k, split))
        curve = judge(found)
    return curve


def _first_curve(
    halves: SplitHalves, numbers: Sequence[int]
) -> tuple[dict[int, list[Agreement]], Curve]:
    """Try the numbers on a few splits, up to one beyond which words support none.

    The worth is at most K (F − ½), which falls at large K. `numbers` begin with two small ones.
    """
    found: dict[int, list[Agreement]] = {}
    for k in numbers:
        if k > _TRIED_IF_RISING and judge(found).best < len(found) - 1:
            break
        found[k] = [halves.agreement(k, split) for split in range(_FIRST_SPLITS)]
        readable = np.mean([agreement.readable for agreement in found[k]])
        if k > _TRIED_ANYWAY and k * (readable - PRICE) < SUPPORTED:
            break
    return found, judge(found)
