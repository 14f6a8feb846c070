"""The journal of a search."""

from __future__ import annotations

import numpy as np
import pytest

from theta.tuning.journal import Journal

optuna = pytest.importorskip("optuna")


def journal_of(states: list[str], values: list[float]) -> Journal:
    """Return the journal of a search for `hidden_dim` with these trials."""
    study = optuna.create_study(direction="maximize")
    distributions = {"hidden_dim": optuna.distributions.IntDistribution(1, 16)}
    for number, (state, value) in enumerate(zip(states, values, strict=True)):
        study.add_trial(
            optuna.trial.create_trial(
                state=optuna.trial.TrialState[state],
                value=value,
                params={"hidden_dim": 1 + number},
                distributions=distributions,
            )
        )
    journal = object.__new__(Journal)
    journal._optuna, journal._study = optuna, study
    return journal


@pytest.mark.parametrize(
    ("states", "values"),
    [
        ([], []),
        (["COMPLETE"], [0.1]),
        (["COMPLETE", "COMPLETE"], [0.15, 0.15]),
        (["COMPLETE", "COMPLETE"], [0.15, float(np.nextafter(0.15, 1))]),
        (["COMPLETE", "COMPLETE", "PRUNED"], [0.15, 0.15, 0.3]),
    ],
)
def test_equal_trials_have_no_importance(states: list[str], values: list[float]) -> None:
    assert journal_of(states, values).importance(0) == {}


def test_the_only_option_has_all_importance() -> None:
    journal = journal_of(["COMPLETE"] * 4, [0.1, 0.2, 0.3, 0.4])
    assert journal.importance(0) == {"hidden_dim": pytest.approx(1)}
