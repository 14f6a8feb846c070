"""One estimator per model in `theta.models.MODELS`, named as in ``--models``, in capitals.

models.pyi, which editors read, is written by scripts/write_options.py.
"""

from __future__ import annotations

import inspect
from typing import Any

from theta.estimator.base import TopicEstimator
from theta.estimator.parameters import Parameters
from theta.models import MODELS
from theta.models.base import TopicModel

_SUMMARY = """Topics of texts by {title}.

Every parameter is an option of the command line and has its default; `embedding` is
``--model_size``, `split_seed` the ``--seed`` of prepare_data.py."""

_EXAMPLE = """Examples
--------
>>> model = {name}().fit(texts)  # doctest: +SKIP
>>> model.get_topic_words(5)[0]  # doctest: +SKIP
['space', 'nasa', 'orbit', 'launch', 'shuttle']
>>> weights = model.transform(["The shuttle is in orbit."])  # doctest: +SKIP"""


def _estimator(name: str, model: type[TopicModel]) -> type[TopicEstimator]:
    """Return the estimator of a model."""
    parameters = Parameters(model)

    def __init__(self: TopicEstimator, **values: Any) -> None:
        TopicEstimator.__init__(self, **values)

    __init__.__signature__ = parameters.signature()  # type: ignore[attr-defined]
    inherited = inspect.getdoc(TopicEstimator) or ""
    attributes = inherited[inherited.index("Attributes\n") :]
    summary, example = _SUMMARY.format(title=model.title), _EXAMPLE.format(name=name)
    return type(
        name,
        (TopicEstimator,),
        {
            "_model": model,
            "_parameters": parameters,
            "__init__": __init__,
            "__doc__": "\n\n".join([summary, parameters.section(), attributes, example]),
            "__module__": __name__,
        },
    )


ESTIMATORS = {name.upper(): _estimator(name.upper(), model) for name, model in MODELS.items()}
globals().update(ESTIMATORS)
