"""Scores of a run from its coders' answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from theta.intrusion.agreement import krippendorff_alpha
from theta.intrusion.answers import Answer
from theta.intrusion.intervals import (
    difference_interval,
    mean_interval,
    share_interval,
    wilson_interval,
)
from theta.options.intrusion import TASKS

_DIGITS = 6


def score(answers: Sequence[Answer], numbers: Sequence[int]) -> dict[str, Any]:
    """Return the scores of each task that has answers, ready for JSON.

    Parameters
    ----------
    answers : sequence of Answer
        Only those with a choice count.
    numbers : (num_topics,) int
        The numbers of the topics.

    Returns
    -------
    dict
        By task: ``value`` (share of right answers, or mean rating), ``interval`` (over topics; None
        with fewer than two), ``chance``, ``answers``, ``items``, ``coders``, ``alpha`` (None with
        too few common items), ``by_coder`` and ``per_topic``.
    """
    counted = [answer for answer in answers if answer.choice is not None]
    return {
        task: _score_task(of_task, numbers)
        for task in TASKS
        if (of_task := [a for a in counted if a.item is not None and a.item.task == task])
    }


def _score_task(answers: Sequence[Answer], numbers: Sequence[int]) -> dict[str, Any]:
    items = [answer.item for answer in answers if answer.item is not None]
    topics = np.array([numbers.index(item.topic) for item in items])
    is_rating = items[0].task == "rating"
    choices = [answer.choice or 0 for answer in answers]
    values = np.array(choices if is_rating else [answer.is_right for answer in answers], float)
    totals = np.bincount(topics, values, len(numbers))
    n_answers = np.bincount(topics, minlength=len(numbers))
    present = n_answers > 0
    interval: tuple[Any, Any] | None = None
    if present.sum() > 1 and is_rating:
        interval = mean_interval(totals[present] / n_answers[present])
    elif present.sum() > 1:
        interval = share_interval(totals[present], n_answers[present])
    # A topic's rating counts once, however many coders gave one.
    value = (totals[present] / n_answers[present]).mean() if is_rating else values.mean()
    coders = list(dict.fromkeys(answer.coder for answer in answers))
    return {
        "value": _rounded(value),
        "interval": None if interval is None else [_rounded(end) for end in interval],
        "chance": None if is_rating else _rounded(np.mean([1 / len(i.options) for i in items])),
        "answers": len(answers),
        "items": len({answer.key for answer in answers}),
        "coders": len(coders),
        **_agreement(answers, coders, is_rating=is_rating),
        "by_coder": {coder: _of_coder(answers, values, coder) for coder in sorted(coders)},
        "per_topic": [
            _of_topic(numbers[topic], totals[topic], n_answers[topic], is_rating=is_rating)
            for topic in np.flatnonzero(present).tolist()
        ],
    }


def _agreement(
    answers: Sequence[Answer], coders: Sequence[str], *, is_rating: bool
) -> dict[str, Any]:
    """Return alpha of the chosen options by their place, which is random, or of the ratings."""
    column = {key: i for i, key in enumerate(dict.fromkeys(a.key for a in answers))}
    table = np.full((len(coders), len(column)), np.nan)
    for answer in answers:
        table[coders.index(answer.coder), column[answer.key]] = answer.choice
    alpha = krippendorff_alpha(table, "ordinal" if is_rating else "nominal")
    n_common = int((np.isfinite(table).sum(axis=0) >= 2).sum())
    return {"alpha": None if alpha is None else _rounded(alpha), "alpha_items": n_common}


def _of_coder(answers: Sequence[Answer], values: np.ndarray, coder: str) -> dict[str, Any]:
    own = values[[answer.coder == coder for answer in answers]]
    return {"value": _rounded(own.mean()), "answers": len(own)}


def _of_topic(topic: int, total: float, n_answers: int, *, is_rating: bool) -> dict[str, Any]:
    value = total / n_answers
    interval = None
    if not is_rating:
        interval = [_rounded(end) for end in wilson_interval(value, n_answers)]
    return {
        "topic": topic,
        "value": _rounded(value),
        "interval": interval,
        "answers": int(n_answers),
    }


def compare(scores: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the differences between runs, task by task; the first run minus each other.

    The runs have different items, so their differences are unpaired.

    Parameters
    ----------
    scores : mapping of str to mapping
        `score` of each run, by name.
    """
    (first, reference), *others = scores.items()
    rows = []
    for task in TASKS:
        for name, other in others:
            if task not in reference or task not in other:
                continue
            pair = [reference[task], other[task]]
            row: dict[str, Any] = {"task": task, "run": first, "other": name}
            row |= {"difference": _rounded(pair[0]["value"] - pair[1]["value"]), "interval": None}
            if pair[0]["interval"] is not None and pair[1]["interval"] is not None:
                ends = difference_interval(*((p["value"], *p["interval"]) for p in pair))
                row["interval"] = [_rounded(end) for end in ends]
            rows.append(row)
    return rows


def _rounded(value: Any) -> float:
    return round(float(value), _DIGITS)
