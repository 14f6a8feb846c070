"""One file per topic model, and MODELS, the table of them."""

from __future__ import annotations

from theta.models.base import TopicModel
from theta.models.theta import Theta

MODELS: dict[str, type[TopicModel]] = {model.name: model for model in (Theta,)}
"""Every model by the name that is typed after ``--models``."""
