"""Which columns of a table of runs can be ranked, and what a reader must know to compare them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from theta.evaluation.metrics import METRICS

TEST = "@test"
"""Ends the names of metrics that are judged on the same documents in every mode."""


def unranked(
    documents: Mapping[str, Sequence[str | None]], corpora: Sequence[str]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the metrics that the runs were judged by on different documents, and say so.

    Parameters
    ----------
    documents : mapping of str to sequence of (str or None)
        By metric: what each run was judged on, in words; None of a run without a value.
    corpora : sequence of str
        What tells the corpus of each run from others.

    Returns
    -------
    metrics : frozenset of str
    sentences : tuple of str
    """
    n_corpora = len(set(corpora))
    if n_corpora > 1:
        sentence = (
            f"Not ranked: all metrics, because the runs stand on {n_corpora} different corpora "
            "(other documents, or prepared in another way)."
        )
        return frozenset(documents), (sentence,)
    by_reason: dict[str, list[str]] = {}
    for metric, told in documents.items():
        counts = Counter(name for name in told if name is not None)
        if len(counts) > 1:
            reason = " and ".join(f"{n} on {name}" for name, n in sorted(counts.items()))
            by_reason.setdefault(reason, []).append(metric)
    found = frozenset(metric for metrics in by_reason.values() for metric in metrics)
    sentences = [
        f"Not ranked: {', '.join(metrics)}, because the runs were judged on different documents "
        f"({reason})."
        for reason, metrics in by_reason.items()
    ]
    ranked_test = [metric for metric in documents if metric.endswith(TEST) and metric not in found]
    if any(f"{metric}{TEST}" in ranked_test for metric in found):
        sentences.append(
            f"Compare by the columns that end in {TEST}: these documents are the same in every "
            "mode, and no run has learnt from their labels."
        )
    return found, tuple(sentences)


def told_of_topics(numbers: Sequence[int | None], metrics: Sequence[str]) -> tuple[str, ...]:
    """Return what is said where the runs have different numbers of topics."""
    known = {number for number in numbers if number is not None}
    if len(known) < 2:
        return ()
    dependent = (METRICS[metric].depends_on_topics for metric in metrics)
    affected = list(dict.fromkeys(name for name in dependent if name is not None))
    if not affected:
        return ()
    *first, last = affected
    names = f"{', '.join(first)} and {last}" if first else last
    return (
        f"The runs have {min(known)} to {max(known)} topics; {names} "
        f"{'depend' if first else 'depends'} on that number.",
    )
