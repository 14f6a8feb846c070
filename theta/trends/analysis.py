"""Topics over time: mean shares, smooth curves, changes and words, with honest errors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.effects.means import GroupedMeans, MeanShares
from theta.effects.pooling import adjust, pool
from theta.effects.regression import Regression
from theta.plots.means import MIN_DOCS, Periods
from theta.trends.changes import MIN_PERIODS, Steps, change_library_missing, find_steps
from theta.trends.results import CLEAR, Change, Shares, Trend, Trends
from theta.trends.smooth import MIN_PERIODS as MIN_SMOOTHED
from theta.trends.smooth import Curve, smooth
from theta.trends.words import PeriodWords

_Z = 1.959964

_ROUNDING = 1e-9
"""Errors below this are those of floating-point numbers."""

_PER = {"year": 365.25, "month": 30.4375, "day": 1.0}
"""Units of trends, in days; the longest that the dates span twice."""


def estimate_trends(
    periods: Periods,
    times: NDArray[np.datetime64],
    draws: Iterable[NDArray[np.floating[Any]]],
    words: Sequence[PeriodWords],
    posterior: str = "",
    words_from: str = "documents",
) -> Trends:
    """Return the topics over time.

    Parameters
    ----------
    periods : Periods
    times : (n_docs,) datetime64[D]
    draws : iterable of (n_docs, num_topics) float
        Draws of θ from the posterior; one draw counts as known.
    words : sequence of PeriodWords
    posterior : str
        What the draws are from.
    words_from : {"documents", "model"}
    """
    dated = np.flatnonzero(~np.isnat(times))
    grouped = GroupedMeans(periods.codes, len(periods.starts), MIN_DOCS)
    first, last = times[dated].min(), times[dated].max()
    n_days = int((last - first).astype(int))
    per = next((name for name, length in _PER.items() if n_days >= 2 * length), "day")
    place = (times[dated] - first).astype(np.float64) / _PER[per]
    line = Regression(np.column_stack([np.ones(len(dated)), place]), "share")
    slopes, variances = [], []
    for draw in draws:
        grouped.add(draw)
        fit = line.fit(draw[dated])
        slopes.append(fit.coefficients[1])
        variances.append(fit.covariance[:, 1, 1])
    means = grouped.combined()
    found = pool(np.array(slopes), np.array(variances), float(line.degrees_of_freedom))
    low, high = found.interval()
    # A share that is the same in all documents has no trend, whatever rounding says.
    p_value = np.where(found.standard_error > _ROUNDING, found.p_value, 1.0)
    p_bh = adjust(p_value[None]).benjamini_hochberg[0]
    columns = (found.estimate, found.standard_error, low, high, p_value, p_bh)
    curves = _curves(means)
    changes, notes = _changes(means, curves, periods)
    few = int(((means.counts > 0) & (means.counts < MIN_DOCS)).sum())
    if few:
        notes.append(f"{few} periods have fewer than {MIN_DOCS} documents: they have no mean")
    return Trends(
        unit=periods.unit,
        starts=[str(day) for day in periods.starts],
        ends=[str(day) for day in periods.ends],
        counts=means.counts.tolist(),
        first=str(first),
        last=str(last),
        per=per,
        n_undated=len(times) - len(dated),
        n_draws=len(slopes),
        posterior=posterior,
        shares=_shares(means, curves),
        lines=[Trend(*map(float, row)) for row in zip(*columns, strict=True)],
        changes=changes,
        words=words,
        words_from=words_from,
        notes=notes,
    )


def _weights(means: MeanShares) -> NDArray[np.float64]:
    """Return the variance of each mean if documents vary alike in all periods.

    With the variance of each period itself, rare topics would get a curve that is too low: where
    their share is small by chance, so is its variance. (n_periods, num_topics).
    """
    n = means.counts[:, None].astype(np.float64)
    per_document = np.nansum(means.standard_error**2 * n * n, axis=0) / n[
        np.isfinite(means.mean[:, 0])
    ].sum(axis=0)
    with np.errstate(divide="ignore"):
        return np.where(np.isfinite(means.mean), per_document / n, np.nan)


def _curves(means: MeanShares) -> list[Curve | None]:
    """Return a smooth curve per topic; None with too few periods or a constant share."""
    variances = _weights(means)
    enough = np.isfinite(means.mean[:, 0]).sum() >= MIN_SMOOTHED
    return [
        smooth(mean, variance) if enough and np.nanmax(variance) > 0 else None
        for mean, variance in zip(means.mean.T, variances.T, strict=True)
    ]


def _shares(means: MeanShares, curves: Sequence[Curve | None]) -> Shares:
    smooth_rows: list[NDArray[np.float64]] = []
    margins: list[NDArray[np.float64]] = []
    for mean, curve in zip(means.mean.T, curves, strict=True):
        smooth_rows.append(np.full_like(mean, np.nan) if curve is None else curve.estimate)
        margins.append(np.full_like(mean, np.nan) if curve is None else _Z * curve.standard_error)
    estimate, margin = np.array(smooth_rows), np.array(margins)
    raw = (means.mean, means.standard_error, means.low, means.high, means.from_draws)
    curve_rows = (np.clip(end, 0, 1) for end in (estimate, estimate - margin, estimate + margin))
    return Shares(*(_known(array.T) for array in raw), *map(_known, curve_rows))


def _known(rows: NDArray[np.float64]) -> list[list[float | None]]:
    return [
        [float(f"{value:.6g}") if math.isfinite(value) else None for value in row]
        for row in rows.tolist()
    ]


def _changes(
    means: MeanShares, curves: Sequence[Curve | None], periods: Periods
) -> tuple[list[Change] | None, list[str]]:
    """Return the clear changes of all topics, and notes."""
    n_known = int(np.isfinite(means.mean[:, 0]).sum())
    if n_known < MIN_PERIODS:
        return None, [
            f"change points need {MIN_PERIODS} periods with {MIN_DOCS} documents; there are "
            f"{n_known}"
        ]
    if (missing := change_library_missing()) is not None:
        return None, [missing]
    variances = _weights(means)
    steps: list[Steps | None] = [
        None if curve is None else find_steps(mean, variance, (curve.freedom, curve.residual))
        for mean, variance, curve in zip(means.mean.T, variances.T, curves, strict=True)
    ]
    p_values = np.array([1.0 if one is None else one.p_value for one in steps])
    p_bh = adjust(p_values[None]).benjamini_hochberg[0]
    return [
        Change(
            topic,
            str(periods.starts[begin]),
            before,
            after,
            one.p_value,
            float(p_bh[topic]),
        )
        for topic, one in enumerate(steps)
        if one is not None and p_bh[topic] <= CLEAR
        for begin, before, after in zip(one.begins, one.levels, one.levels[1:], strict=False)
    ], []
