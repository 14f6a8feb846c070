"""A kit: the items of a run, who gets which, and the key that tells the intruders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from theta import storage
from theta.intrusion.items import WHY_LIMITED, Item, make_items
from theta.options.intrusion import TASKS, KitOptions
from theta.run import Run

ITSELF = 0
"""Number of the coder that gets every item once, in its own order: a language model."""

_NAME_LENGTH = 6
_SETTINGS = ("tasks", "coders", "items", "overlap", "text_length", "language", "seed")


@dataclass(frozen=True)
class Question:
    """An item as one coder sees it.

    Attributes
    ----------
    id : str
        The kit, the number of the coder, and the place in the coder's file.
    coder : int
        From 1; `ITSELF` for a language model.
    item : int
        Index in `Kit.items`.
    order : tuple of int
        Order of the options.
    """

    id: str
    coder: int
    item: int
    order: tuple[int, ...]


@dataclass(frozen=True)
class Kit:
    """The items of a run and the questions of each coder.

    Attributes
    ----------
    name : str
        Letters only, so that no spreadsheet takes an id for a date or a number.
    topics : str
        `Run.topics_checksum` of the topics that the items are about.
    settings : mapping
    items : sequence of Item
    questions : sequence of Question
    """

    name: str
    topics: str
    settings: Mapping[str, Any]
    items: Sequence[Item]
    questions: Sequence[Question]

    def of_coder(self, coder: int) -> list[Question]:
        """Return the questions of one coder, in the order of the coder's file."""
        return [question for question in self.questions if question.coder == coder]

    def record(self) -> dict[str, Any]:
        """Return the content of the file that `read_kit` reads: the key."""
        return {
            "kit": self.name,
            "topics": self.topics,
            "settings": dict(self.settings),
            "items": [asdict(item) for item in self.items],
            "questions": [asdict(question) for question in self.questions],
        }


def make_kit(run: Run, options: KitOptions) -> tuple[Kit, list[str]]:
    """Return the kit of a finished run, and notes on what it lacks.

    The same run and options give the same kit.
    """
    topics = run.topics_checksum
    settings = {name: getattr(options, name) for name in _SETTINGS}
    settings["tasks"] = [task for task in TASKS if task in options.tasks]
    name = _letters(storage.fingerprint(topics, settings))
    items: list[Item] = []
    notes: list[str] = []
    parts: dict[int, list[list[int]]] = {}
    n_shared = math.ceil(options.overlap * options.items)
    wanted = n_shared + options.coders * (options.items - n_shared)
    for task in settings["tasks"]:
        made, problems = make_items(run, task, wanted, options.text_length, options.seed)
        notes += problems
        if len(made) < options.items and task in WHY_LIMITED:
            notes.append(
                f"{task}: {len(made)} items for each coder instead of {options.items}: "
                f"{WHY_LIMITED[task]}"
            )
        shares = share_out(len(made), options.coders, options.items, n_shared)
        for coder, own in enumerate(shares, start=1):
            parts.setdefault(coder, []).append([len(items) + i for i in own])
        items += made
    questions = []
    for coder, by_task in parts.items():
        rng = np.random.default_rng([options.seed, len(TASKS) + coder])
        order = [i for own in by_task for i in rng.permutation(own).astype(int).tolist()]
        questions += [
            Question(
                f"{name}-{coder}-{place:03d}",
                coder,
                i,
                tuple(rng.permutation(len(items[i].options)).tolist()),
            )
            for place, i in enumerate(order, start=1)
        ]
    questions += [
        Question(f"{name}-{ITSELF}-{i + 1:03d}", ITSELF, i, tuple(range(len(item.options))))
        for i, item in enumerate(items)
    ]
    return Kit(name, topics, settings, items, questions), notes


def share_out(n_items: int, n_coders: int, per_coder: int, n_shared: int) -> list[list[int]]:
    """Return the items of each coder: first the shared ones, then the coder's own.

    Parameters
    ----------
    n_items : int
        Different items that there are.
    n_coders, per_coder, n_shared : int
        Wanted. With too few items, more of them are shared, so that every coder still gets as many
        as possible.
    """
    per_coder = min(per_coder, n_items)
    if n_coders > 1:
        least = math.ceil((n_coders * per_coder - n_items) / (n_coders - 1))
        n_shared = max(min(n_shared, per_coder), least)
    n_own = per_coder - min(n_shared, per_coder)
    n_shared = per_coder - n_own
    return [
        [*range(n_shared), *range(n_shared + c * n_own, n_shared + (c + 1) * n_own)]
        for c in range(n_coders)
    ]


def read_kit(path: Path) -> Kit:
    """Return the kit that a key describes.

    Raises
    ------
    Damaged
        If the file is not the record of a kit.
    """
    content = storage.read_json(path)
    with storage.belonging_together(path):
        return Kit(
            content["kit"],
            content["topics"],
            content["settings"],
            [Item(**_tuples(entry, Item)) for entry in content["items"]],
            [Question(**_tuples(entry, Question)) for entry in content["questions"]],
        )


def _tuples(entry: Mapping[str, Any], kind: type) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in entry.items()
        if name in names
    }


def _letters(fingerprint: str) -> str:
    """Return hexadecimal digits as letters from a to p."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in fingerprint[:_NAME_LENGTH])
