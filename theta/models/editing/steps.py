"""The steps of an edit, as they are recorded in config.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Merge:
    """Make one topic of several: its shares are their sums.

    Attributes
    ----------
    topics : tuple of int
        Their numbers; the new topic takes the place of the first.
    into : int
        The number of the new topic.
    """

    topics: tuple[int, ...]
    into: int


@dataclass(frozen=True)
class Split:
    """Make several topics of one, by its documents and their words.

    Attributes
    ----------
    topic : int
    into : tuple of int
        The numbers of the new topics.
    """

    topic: int
    into: tuple[int, ...]


@dataclass(frozen=True)
class Drop:
    """Remove a topic: its share in a document goes to the document's other topics."""

    topic: int


@dataclass(frozen=True)
class Rename:
    """Give a topic a name."""

    topic: int
    name: str


@dataclass(frozen=True)
class Order:
    """Change the order of the topics.

    Attributes
    ----------
    topics : tuple of int
        The numbers of all topics.
    """

    topics: tuple[int, ...]


@dataclass(frozen=True)
class Pin:
    """Put words first in the list of a topic's top words."""

    topic: int
    words: tuple[str, ...]


Step = Merge | Split | Drop | Rename | Order | Pin

STEPS: Mapping[str, type[Step]] = {
    "merge": Merge,
    "split": Split,
    "drop": Drop,
    "rename": Rename,
    "order": Order,
    "pin": Pin,
}


def to_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return the steps as they are written to config.json."""
    names = {kind: name for name, kind in STEPS.items()}
    return [{"step": names[type(step)], **asdict(step)} for step in steps]


def from_json(entries: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Return the steps that `to_json` wrote."""
    steps = []
    for entry in entries:
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in entry.items()
            if name != "step"
        }
        steps.append(STEPS[entry["step"]](**values))
    return tuple(steps)


def numbers_after(step: Step, numbers: Sequence[int]) -> tuple[int, ...]:
    """Return the numbers of the topics, by position, after a step.

    Parameters
    ----------
    step : Step
        All its topics are in `numbers`.
    numbers : sequence of int
        Before the step.
    """
    if isinstance(step, Merge):
        first, *others = step.topics
        return tuple(step.into if n == first else n for n in numbers if n not in others)
    if isinstance(step, Split):
        parts = [step.into if n == step.topic else (n,) for n in numbers]
        return tuple(n for part in parts for n in part)
    if isinstance(step, Drop):
        return tuple(n for n in numbers if n != step.topic)
    return step.topics if isinstance(step, Order) else tuple(numbers)
