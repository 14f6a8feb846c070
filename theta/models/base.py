"""The protocol of topic models."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from theta.errors import InvalidOption

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from theta.contracts import Corpus, Embeddings, ModelInputs, ModelTable, TopicModelOutput
    from theta.models.earlier_topics import EarlierTopics
    from theta.models.posterior import SharePosterior


Arrays = Mapping[str, "NDArray[Any]"]
"""Arrays by name."""


class Reuse(Protocol):
    """Returns arrays that several trainings need, computing them at most once."""

    def __call__(
        self, name: str, inputs: Sequence[Any], compute: Callable[[], Arrays], /
    ) -> Arrays:
        """Return the arrays of `compute`, or those that it returned before.

        Parameters
        ----------
        name : str
            What they are.
        inputs : sequence
            Everything that they depend on, ready for JSON.
        compute : callable
        """
        ...


def compute_anew(name: str, inputs: Sequence[Any], compute: Callable[[], Arrays], /) -> Arrays:  # noqa: ARG001
    """Return the arrays of `compute`: the `Reuse` of a single training."""
    return compute()


def no_encoder(texts: Sequence[str], /) -> NDArray[Any]:
    """Raise `InvalidOption`: the `FitContext.embed` of a training without an encoder."""
    raise InvalidOption(
        f"there is no encoder for {len(texts)} texts: leave out --topics, or train on the "
        "embeddings of prepare_data.py"
    )


@dataclass(frozen=True)
class FitContext:
    """Settings of a fit that do not depend on the model.

    Attributes
    ----------
    seed : int
        The same seed on the same machine gives the same bits.
    device : str
        ``cpu`` or ``cuda:N``, for the models that use torch.
    progress : bool
        Show a progress bar if the console is a terminal.
    checkpoint : Path, optional
        File to which an unfinished training is saved and, if it exists, from which it resumes.
    checkpoint_every : int
        Epochs between two checkpoints.
    supervised : bool
        Also learn from the labels of the corpus, if the model can.
    max_bytes : int, optional
        Documents (embeddings and counts) that take more memory stay on disk, from which batches are
        read, with the same result. None is no limit.
    interrupted : callable
        Returns whether the user wants to stop; called after each epoch.
    after_epoch : callable
        Called with each epoch's entry of the history; an exception ends the training.
    reuse : Reuse
        Shares what does not depend on all options among the trainings of a search.
    embed : callable
        Returns the vectors of texts, (n_texts, dim), by the encoder of the documents.
    earlier : EarlierTopics, optional
        The topics of a finished run to start from; only for models that are `ContinuesTopics`.
    """

    seed: int = 0
    device: str = "cpu"
    progress: bool = True
    checkpoint: Path | None = None
    checkpoint_every: int = 1
    supervised: bool = False
    max_bytes: int | None = None
    interrupted: Callable[[], bool] = lambda: False
    after_epoch: Callable[[Mapping[str, Any]], None] = lambda entry: None  # noqa: ARG005
    reuse: Reuse = compute_anew
    embed: Callable[[Sequence[str]], NDArray[Any]] = no_encoder
    earlier: EarlierTopics | None = None

    @property
    def draws_bar(self) -> bool:
        """Whether to show a progress bar, for libraries that do not use tqdm."""
        return self.progress and sys.stderr.isatty()


class TopicModel(Protocol):
    """A topic model; stateless, so that inference in another process gives the same bits."""

    name: ClassVar[str]
    """As typed after ``--models``."""
    title: ClassVar[str]
    """As printed in tables."""
    needs: ClassVar[frozenset[str]]
    """Subset of ``embeddings``, ``times``, ``covariates``, ``labels``."""
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
class ContinuesTopics(Protocol):
    """A model whose training can start from the topics of a finished run of its own."""

    continues_topics: ClassVar[bool]
    """True."""


@runtime_checkable
class HasTables(Protocol):
    """A model with results besides topics."""

    def tables(self, output: TopicModelOutput, vocabulary: Sequence[str]) -> list[ModelTable]:
        """Return tables, computed from the output only, so that they can be recreated."""
        ...


@runtime_checkable
class RanksWords(Protocol):
    """A model whose ranking of top words can be computed from β."""

    def rank_words(
        self,
        topic_word: NDArray[np.float32],
        corpus: Corpus,
        embeddings: Embeddings | None,
        options: Any,
    ) -> NDArray[np.float32]:
        """Return the scores that rank the words of topics: (num_topics, n_words)."""
        ...


@runtime_checkable
class HasPosterior(Protocol):
    """A model that knows how uncertain the topic shares of a document are."""

    def posterior(
        self,
        state: Mapping[str, NDArray[Any]],
        options: Any,
        inputs: ModelInputs,
        device: str = "cpu",
    ) -> SharePosterior:
        """Return the posterior of θ of documents, given the topics."""
        ...


@runtime_checkable
class NeedsLibraries(Protocol):
    """A model that requires optional libraries."""

    libraries: ClassVar[Mapping[str, str]]
    """By module, the extra of pyproject.toml that installs it."""


@runtime_checkable
class ChecksCorpus(Protocol):
    """A model with further requirements on the corpus than `needs`."""

    def check_corpus(self, corpus: Corpus, options: Any) -> None:
        """Raise `InvalidOption` if the corpus does not suit the model; warn of unusual data."""
        ...
