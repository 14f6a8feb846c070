"""The result of a training, read from the folder of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from theta import storage
from theta.contracts import TopicModelOutput
from theta.run.folder import RunFolder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class StoredOutput:
    """The attributes of a `TopicModelOutput`, each read, and checked, on first access.

    Parameters
    ----------
    folder : RunFolder
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._files = folder.files

    @cached_property
    def doc_topic(self) -> NDArray[np.float32]:
        """θ: (n_docs, num_topics)."""
        return self._folder.array(self._files.doc_topic)

    @cached_property
    def topic_word(self) -> NDArray[np.float32]:
        """β: (num_topics, n_words)."""
        return self._folder.array(self._files.topic_word)

    @cached_property
    def topic_embeddings(self) -> NDArray[np.float32] | None:
        """α: (num_topics, dim); None for a model without them."""
        path = self._files.topic_embeddings
        return self._folder.array(path) if self._folder.has(path) else None

    @cached_property
    def _weights(self) -> tuple[Mapping[str, NDArray[Any]], NDArray[np.float32] | None]:
        return self._folder.weights()

    @property
    def state(self) -> Mapping[str, NDArray[Any]]:
        """The arrays that the model needs to infer θ of new documents."""
        return self._weights[0]

    @property
    def word_scores(self) -> NDArray[np.float32] | None:
        """The scores that rank the words; None for β itself."""
        return self._weights[1]

    @cached_property
    def _history(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self._folder.json(self._files.history)
        return content

    @property
    def history(self) -> Sequence[Mapping[str, Any]]:
        """One entry per epoch of the training."""
        epochs: Sequence[Mapping[str, Any]] = self._history["epochs"]
        return epochs

    @property
    def facts(self) -> Mapping[str, Any]:
        """Other facts recorded during the training."""
        facts: Mapping[str, Any] = self._history["facts"]
        return facts

    def complete(self) -> TopicModelOutput:
        """Return the whole result."""
        with storage.belonging_together(self._files.root):
            return TopicModelOutput(
                **{name: getattr(self, name) for name in TopicModelOutput.__dataclass_fields__}
            )
