"""Successive halving: trainings that have fallen behind others of their kind are stopped."""

from __future__ import annotations

from collections.abc import Iterable

from theta.tuning.journal import Trial
from theta.tuning.space import Setting

STOPPING_RUNGS = (1, 4)
"""Finished eighths of the epochs after which a training may be stopped."""

_KEPT = 4
"""One in four trainings goes on beyond a rung."""

_SCALES = ("num_topics", "prior_alpha", "kl_end", "model_size", "mode", "supervised_weight")
"""Options that change what a validation ELBO means or, like the number of topics, raise it without
better topics: only trainings that agree in them are compared."""


def falls_behind(setting: Setting, eighths: int, elbo: float, others: Iterable[Trial]) -> bool:
    """Return whether a training is to be stopped at one of the `STOPPING_RUNGS`.

    Asynchronous successive halving (Li et al. 2020, "A system for massively parallel
    hyperparameter tuning"): it goes on if it is among the best quarter of those that have come as
    far, or the best while there are fewer than four. Optuna prunes only searches with a single
    objective, hence this function.

    Parameters
    ----------
    setting : dict
    eighths : int
        Finished eighths of the epochs.
    elbo : float
        Validation ELBO.
    others : iterable of Trial
        The other trials.
    """
    rivals = [
        trial.rungs[eighths]
        for trial in others
        if eighths in trial.rungs and _kind(trial.setting) == _kind(setting)
    ]
    n_kept = max(1, (len(rivals) + 1) // _KEPT)
    return sum(rival > elbo for rival in rivals) >= n_kept


def _kind(setting: Setting) -> list[object]:
    return [setting.get(name) for name in _SCALES]
