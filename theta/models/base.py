"""What a topic model is: the protocol that the pipeline, the tables and the tests rely on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from theta.contracts import Corpus, Embeddings, ModelInputs, ModelTable, TopicModelOutput


@dataclass(frozen=True)
class FitContext:
    """How a model is fitted, whatever the model.

    Attributes
    ----------
    seed : int
        The same seed on the same machine gives the same bits.
    device : str
        ``cpu`` or ``cuda:N``, for the models that use torch.
    progress : bool
        Show a bar where the console is a terminal.
    checkpoint : Path, optional
        File to which an unfinished training is saved and, if it is there, from which it goes on.
    checkpoint_every : int
        Epochs between two savings.
    supervised : bool
        Learn from the labels of the corpus too, where the model can.
    max_bytes : int, optional
        Documents (embeddings and counts) that take more stay on disk, and each batch is read from
        there, with the same result. None is no limit.
    interrupted : callable
        Asked after each epoch whether the user wants to stop.
    """

    seed: int = 0
    device: str = "cpu"
    progress: bool = True
    checkpoint: Path | None = None
    checkpoint_every: int = 1
    supervised: bool = False
    max_bytes: int | None = None
    interrupted: Callable[[], bool] = lambda: False

    @property
    def draws_bar(self) -> bool:
        """Whether a bar is to be drawn: what tqdm finds out itself, for libraries that do not."""
        return self.progress and sys.stderr.isatty()


class TopicModel(Protocol):
    """A topic model: stateless, so that a second process infers the same bits."""

    name: ClassVar[str]
    """As typed after ``--models``."""
    title: ClassVar[str]
    """As printed in tables."""
    needs: ClassVar[frozenset[str]]
    """Of ``embeddings``, ``times``, ``covariates``, ``labels``."""
    Options: ClassVar[type[Any]]
    """A frozen dataclass of `theta.options` fields."""

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,
        options: Any,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the training documents and return the topics of all documents."""
        ...

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: Any,
        inputs: ModelInputs,
        device: str = "cpu",
    ) -> NDArray[Any]:
        """Return θ of documents, (n_docs, num_topics), each row independent of the others."""
        ...


@runtime_checkable
class LearnsLabels(Protocol):
    """A model that also learns from the labels of the corpus with ``--mode supervised``."""

    def idle_options(self, options: Any, mode: str) -> Mapping[str, str]:
        """Return the options of the model that have no effect in a mode, each with the reason."""
        ...


def learns_labels(model: TopicModel, mode: str) -> bool:
    """Return whether a model learns from labels in a mode."""
    return mode == "supervised" and isinstance(model, LearnsLabels)


@runtime_checkable
class HasTables(Protocol):
    """A model that has more to tell than topics."""

    def tables(self, output: TopicModelOutput, vocabulary: Sequence[str]) -> list[ModelTable]:
        """Return tables of a training, made of its output alone, so that they can be made again."""
        ...


@runtime_checkable
class NeedsLibraries(Protocol):
    """A model that stands on libraries which not everybody has installed."""

    libraries: ClassVar[Mapping[str, str]]
    """By module, the optional dependencies of pyproject.toml that bring it."""


@runtime_checkable
class ChecksCorpus(Protocol):
    """A model that not every corpus with what it `needs` can serve."""

    def check_corpus(self, corpus: Corpus, options: Any) -> None:
        """Raise `InvalidOption` if the model cannot be trained on a corpus; warn of odd data."""
        ...
