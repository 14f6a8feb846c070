"""Topics that the user describes: the file, and the documents that fit each description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Split
from theta.errors import InvalidOption, MissingFile
from theta.models.document_space import chunks, sample_rows, unit_rows
from theta.models.naming.names import why_not_a_name
from theta.options.yaml_files import read_yaml

FALSE_FITS = 0.05
"""Share of the held-out documents about something else that would fit a description."""

NO_FIT = -1
"""In place of the number of a topic: the document fits no description."""

_EXAMPLE = "'Delivery: parcels that are late, lost or damaged'"
_YAML = (".yaml", ".yml")
_PREFIX = "described."

_LEAST_HELD_OUT = 20
"""Fewest held-out documents about something else from which a threshold is chosen."""

_MOST_HELD_OUT = 20_000


@dataclass(frozen=True)
class DescribedTopics:
    """The topics 0, 1, ..., in the order of the file.

    Attributes
    ----------
    names : tuple of str
    descriptions : tuple of str
    vectors : (n_described, dim) float32
        Embeddings of ``name: description``, by the encoder of the documents.
    """

    names: tuple[str, ...]
    descriptions: tuple[str, ...]
    vectors: NDArray[np.float32]

    def record(self) -> list[dict[str, Any]]:
        """Return the numbers, names and descriptions of the topics, ready for JSON."""
        return [
            {"topic": k, "name": name, "description": description}
            for k, (name, description) in enumerate(zip(self.names, self.descriptions, strict=True))
        ]

    def nearest_documents(
        self, embeddings: NDArray[np.float32], center: NDArray[np.float32], n: int
    ) -> NDArray[np.float32]:
        """Return which documents are among the `n` closest to each description.

        Parameters
        ----------
        embeddings : (n_docs, dim) float32
            Centred and of length 1.
        center : (dim,) float32
            Mean embedding of the training documents.
        n : int

        Returns
        -------
        (n_docs, n_described) float32
            1 for the closest documents, else 0.
        """
        similarity = embeddings @ unit_rows(self.vectors - center).T
        nearest = np.argsort(-similarity, axis=0, kind="stable")[:n]
        chosen = np.zeros_like(similarity)
        np.put_along_axis(chosen, nearest, 1.0, axis=0)
        return chosen


@dataclass(frozen=True)
class DescriptionFit:
    """Whether documents fit the descriptions, fixed after training.

    Attributes
    ----------
    vectors : (n_described, dim) float32
        Embeddings of the descriptions of the topics 0, 1, ...
    center : (dim,) float32
        Mean embedding of the training documents.
    thresholds : (n_described,) float32
        Similarity from which a document fits; NaN if too few documents were held out.
    """

    vectors: NDArray[np.float32]
    center: NDArray[np.float32]
    thresholds: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        vectors: NDArray[np.float32],
        center: NDArray[np.float32],
        corpus: Corpus,
        embeddings: NDArray[Any],
        main_topics: NDArray[np.integer],
        seed: int,
    ) -> DescriptionFit:
        """Choose the thresholds.

        The threshold of a description is the similarity that 5 % of the held-out documents whose
        main topic is another one exceed.

        Parameters
        ----------
        vectors : (n_described, dim) float32
            Embeddings of the descriptions of the topics 0, 1, ...
        center : (dim,) float32
        corpus : Corpus
        embeddings : (n_docs, dim)
            May be memory-mapped.
        main_topics : (n_docs,) int
            Numbers of the topics with the largest weights.
        seed : int
        """
        held_out = np.flatnonzero(corpus.split != Split.TRAIN)
        held_out = held_out[sample_rows(len(held_out), _MOST_HELD_OUT, seed)]
        thresholds = np.full(len(vectors), np.nan, dtype=np.float32)
        fit = cls(vectors, center, thresholds)
        similarity = fit.similarity(embeddings[held_out])
        for k in range(len(vectors)):
            others = similarity[main_topics[held_out] != k, k]
            if len(others) >= _LEAST_HELD_OUT:
                thresholds[k] = np.quantile(others, 1 - FALSE_FITS)
        return fit

    def similarity(self, embeddings: NDArray[Any]) -> NDArray[np.float32]:
        """Return the cosine of centred documents and descriptions: (n_docs, n_described)."""
        directions = unit_rows(self.vectors - self.center).T
        found = np.empty((len(embeddings), len(self.vectors)), dtype=np.float32)
        for part, rows in chunks(np.arange(len(embeddings))):
            documents = embeddings[rows].astype(np.float32) - self.center
            found[part] = unit_rows(documents) @ directions
        return found

    def fitting(
        self, similarity: NDArray[np.float32], main_topics: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        """Return the number of the topic whose description each document fits, or `NO_FIT`.

        A document fits the description of its main topic, if its similarity reaches the threshold.

        Parameters
        ----------
        similarity : (n_docs, n_described)
        main_topics : (n_docs,) int
            Numbers of the topics with the largest weights.
        """
        described = np.flatnonzero(main_topics < len(self.vectors))
        topics = main_topics[described]
        fits = similarity[described, topics] >= self.thresholds[topics]
        numbers = np.full(len(main_topics), NO_FIT, dtype=np.int64)
        numbers[described[fits]] = topics[fits]
        return numbers

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays for `from_arrays`, with prefixed names, for the state of a model."""
        return {f"{_PREFIX}{name}": array for name, array in vars(self).items()}

    @classmethod
    def from_arrays(cls, state: Mapping[str, NDArray[Any]]) -> DescriptionFit | None:
        """Return what `arrays` put into the state of a model; None if there is nothing."""
        arrays = {n[len(_PREFIX) :]: a for n, a in state.items() if n.startswith(_PREFIX)}
        return cls(**arrays) if arrays else None


def without_descriptions(state: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the state of a model without the arrays of `DescriptionFit`."""
    return {name: array for name, array in state.items() if not name.startswith(_PREFIX)}


def texts_to_embed(descriptions: dict[str, str]) -> list[str]:
    """Return the text of each topic whose vector stands for it."""
    return [f"{name}: {description}" for name, description in descriptions.items()]


def read_descriptions(path: Path) -> dict[str, str]:
    """Return the description of each topic, by its name.

    A .yaml or .yml file maps names to descriptions. Any other file has one topic a line,
    ``Name: description``; empty lines and lines that begin with # are skipped.

    Raises
    ------
    MissingFile
        If the file does not exist.
    InvalidOption
        If a topic has no name or no description, or two topics have the same.
    """
    is_yaml = path.suffix.lower() in _YAML
    return _checked(path, _yaml_pairs(path) if is_yaml else _line_pairs(path))


def _yaml_pairs(path: Path) -> Iterable[tuple[str, str]]:
    topics = read_yaml(path, "--topics", as_text=True)
    if not isinstance(topics, dict) or not topics:
        raise InvalidOption(f"--topics {path} needs one topic a line, as in {_EXAMPLE}")
    for name, description in topics.items():
        if not isinstance(description, str):
            raise InvalidOption(
                f"--topics {path}: the topic {name} needs one text as its description, as in "
                f"{_EXAMPLE}"
            )
        yield name, description


def _line_pairs(path: Path) -> Iterable[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MissingFile(f"--topics {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidOption(f"--topics {path} is not a text file in UTF-8: {error}") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, colon, description = line.partition(":")
        if not colon:
            raise InvalidOption(
                f"--topics {path}, line {number}: there is no colon between a name and a "
                f"description, as in {_EXAMPLE}"
            )
        yield name, description


def _checked(path: Path, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    topics: dict[str, str] = {}
    for name, description in ((_one_line(a), _one_line(b)) for a, b in pairs):
        if not name:
            raise InvalidOption(
                f"--topics {path}: {description!r} describes a topic without a name"
            )
        if why := why_not_a_name(name):
            raise InvalidOption(f"--topics {path}: the name {name!r} {why}")
        if not description:
            raise InvalidOption(f"--topics {path}: the topic {name} has no description")
        for other, described in topics.items():
            if other.casefold() == name.casefold():
                raise InvalidOption(f"--topics {path}: two topics are called {name}")
            if described.casefold() == description.casefold():
                raise InvalidOption(
                    f"--topics {path}: the topics {other} and {name} have the same description"
                )
        topics[name] = description
    if not topics:
        raise InvalidOption(f"--topics {path} needs one topic a line, as in {_EXAMPLE}")
    return topics


def _one_line(text: str) -> str:
    return " ".join(text.split())
