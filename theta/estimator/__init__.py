"""Topic models as scikit-learn estimators: ``THETA``, ``LDA`` and each other model of --models."""

from theta.estimator.models import *  # noqa: F403
