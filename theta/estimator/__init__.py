"""THETA as a scikit-learn estimator."""

from theta.estimator.model import THETA

__all__ = ["THETA"]
