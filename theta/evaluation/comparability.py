"""Which metrics of a table of runs can be ranked, and notes for the reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from theta.evaluation.metrics import METRICS

TEST = "@test"
"""Suffix of metrics that are evaluated on the same documents in every mode."""


def unranked(
    documents: Mapping[str, Sequence[str | None]], corpora: Sequence[str]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the metrics that were computed on different documents, with sentences for the reader.

    Parameters
    ----------
    documents : mapping of str to sequence of (str or None)
        By metric: the name of each run's evaluation documents; None for a run without a value.
    corpora : sequence of str
        An identifier of the corpus of each run.

    Returns
    -------
    metrics : frozenset of str
    sentences : tuple of str
    """
    n_corpora = len(set(corpora))
    if n_corpora > 1:
        sentence = (
            f"Not ranked: all metrics, because the runs use {n_corpora} different corpora "
            "(other documents, or other preparation settings)."
        )
        return frozenset(documents), (sentence,)
    by_reason: dict[str, list[str]] = {}
    for metric, names in documents.items():
        counts = Counter(name for name in names if name is not None)
        if len(counts) > 1:
            reason = " and ".join(f"{n} on {name}" for name, n in sorted(counts.items()))
            by_reason.setdefault(reason, []).append(metric)
    not_ranked = frozenset(metric for metrics in by_reason.values() for metric in metrics)
    sentences = [
        f"Not ranked: {', '.join(metrics)}, because the runs were evaluated on different documents "
        f"({reason})."
        for reason, metrics in by_reason.items()
    ]
    ranked_test = [
        metric for metric in documents if metric.endswith(TEST) and metric not in not_ranked
    ]
    if any(f"{metric}{TEST}" in ranked_test for metric in not_ranked):
        sentences.append(
            f"Compare the columns that end in {TEST}: the same documents in every mode, with "
            "labels that no run has learned from."
        )
    return not_ranked, tuple(sentences)


def topic_count_notes(numbers: Sequence[int | None], metrics: Sequence[str]) -> tuple[str, ...]:
    """Return a note if the runs have different numbers of topics."""
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
