"""The charts of a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from theta.plots import (
    parallel_coordinates,
    pareto_front,
    topic_count_tradeoff,
    tuning_curves,
    tuning_importance,
)
from theta.tuning.conclusion import Conclusion, values_by_seed
from theta.tuning.plan import TOPICS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COHERENCE = ("C_V", "NPMI")
_EXCLUSIVITY = "Exclusivity"


class Chart(NamedTuple):
    """A chart, and when a search has it.

    Attributes
    ----------
    title : str
    about : str
        One sentence for the page.
    draw : callable
        Takes the conclusion and the language.
    missing : callable
        Takes the conclusion; returns whether there is nothing to draw.
    """

    title: str
    about: str
    draw: Callable[[Conclusion, str], Figure]
    missing: Callable[[Conclusion], bool]


def _logarithmic(found: Conclusion) -> list[str]:
    """Return the options whose values span orders of magnitude."""
    names = []
    for dimension in found.plan.space.dimensions:
        ends = dimension.ends
        if ends is not None and ends[0] > 0 and (dimension.log or ends[1] >= 10 * ends[0]):
            names.append(dimension.name)
    return names


def _options_of(found: Conclusion) -> dict[str, list[Any]]:
    """Return the values of each option of the finished trials."""
    settings = [trial.setting for trial in found.finished]
    return {name: [setting[name] for setting in settings] for name in found.recommended.setting}


def _objectives_of(found: Conclusion) -> dict[str, list[float]]:
    return {
        one.name: [found.values[trial.number][one.name] for trial in found.finished]
        for one in found.objectives
    }


def _place(found: Conclusion) -> int:
    return found.finished.index(found.recommended)


def _draw_curves(found: Conclusion, language: str) -> Figure:
    options: dict[str, list[Any]] = {name: [] for name in found.recommended.setting}
    objectives: dict[str, list[float]] = {one.name: [] for one in found.objectives}
    for trial in found.finished:
        by_seed = values_by_seed(trial, found.objectives)
        for seed in trial.records:
            for name, values in options.items():
                values.append(trial.setting[name])
            for name, measured in objectives.items():
                measured.append(by_seed[name][seed])
    return tuning_curves.draw(
        options,
        objectives,
        found.recommended.setting,
        logarithmic=_logarithmic(found),
        language=language,
    )


def _draw_front(found: Conclusion, language: str) -> Figure:
    front = [place for place, trial in enumerate(found.finished) if trial.number in found.front]
    higher = {one.name: one.higher for one in found.objectives}
    return pareto_front.draw(_objectives_of(found), higher, front, _place(found), language=language)


def _draw_parallel(found: Conclusion, language: str) -> Figure:
    return parallel_coordinates.draw(
        {**_options_of(found), **_objectives_of(found)},
        [found.standing[trial.number] for trial in found.finished],
        _place(found),
        logarithmic=_logarithmic(found),
        language=language,
    )


def _draw_tradeoff(found: Conclusion, language: str) -> Figure:
    records = [
        (t.setting[TOPICS], r["metrics"]) for t in found.finished for r in t.records.values()
    ]
    name = _coherence_of([metrics for _, metrics in records])
    assert name is not None
    return topic_count_tradeoff.draw(
        [number for number, _ in records],
        [metrics[name] for _, metrics in records],
        [metrics[_EXCLUSIVITY] for _, metrics in records],
        coherence_name=name,
        language=language,
    )


def _coherence_of(metrics: list[Mapping[str, Any]]) -> str | None:
    """Return a coherence that, like exclusivity, every training has; None if there is none."""
    for name in _COHERENCE:
        if all(one.get(name) is not None and one.get(_EXCLUSIVITY) is not None for one in metrics):
            return name
    return None


def _no_tradeoff(found: Conclusion) -> bool:
    numbers = {trial.setting.get(TOPICS) for trial in found.finished}
    metrics = [record["metrics"] for t in found.finished for record in t.records.values()]
    return len(numbers) < 2 or _coherence_of(metrics) is None


CHARTS = {
    "curves": Chart(
        "Objectives by option",
        "A dot is a training; the line is the mean over the other options and the seeds, the band "
        "one standard deviation.",
        _draw_curves,
        lambda found: len(found.finished) < 2,
    ),
    "importance": Chart(
        "Importance of the options",
        "Share of each option in the variance of an objective over the space, seed noise included.",
        lambda found, language: tuning_importance.draw(found.importance, language=language),
        lambda found: not any(found.importance.values()),
    ),
    "front": Chart(
        "Front",
        "Blue settings are beaten by no other in all objectives at once; better is up and right.",
        _draw_front,
        lambda found: len(found.finished) < 2 or len(found.objectives) < 2,
    ),
    "topic_count": Chart(
        "Numbers of topics",
        "Mean coherence and exclusivity of each number of topics, in the test documents.",
        _draw_tradeoff,
        _no_tradeoff,
    ),
    "parallel_coordinates": Chart(
        "All settings",
        "Each line is a setting; follow the dark ones.",
        _draw_parallel,
        lambda found: len(found.finished) < 2,
    ),
}
"""The charts of a search by name, in the order of the page."""
