"""The file of edits that a user writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from theta.errors import InvalidOption
from theta.models.editing.steps import (
    STEPS,
    Drop,
    Merge,
    Order,
    Pin,
    Rename,
    Split,
    Step,
    numbers_after,
)
from theta.models.naming.names import why_not_a_name
from theta.options.resolve import did_you_mean
from theta.options.yaml_files import read_yaml

_EXAMPLE = "'- merge: [3, 7]', '- split: 5', '- drop: 12' or '- rename: {4: Baseball}'"

_KINDS = (*STEPS, "reduce_to")

_MOST_PARTS = 1_000

_EXTRAS = {"merge": {"name"}, "split": {"into", "names"}}
"""Further keys of a step, beside that of its kind."""


class EditReader:
    """Reads steps and checks each against the topics that are there when it is applied.

    Parameters
    ----------
    numbers : sequence of int
        Numbers of the topics of the run.
    names : mapping of int to str
        Names of the topics that have one.
    given : collection of int
        Topics whose name the user gave; those of other topics may be taken away from them.
    vocabulary : sequence of str
    next_number : int
        Number of the first new topic.
    sources : mapping of str to sequence
        What the topics that earlier edits made are made of: ``topic_sources`` of a run's facts.
    groups : callable
        Returns the topics, by number, in groups of those that are alike; it takes the number of
        groups.
    """

    def __init__(
        self,
        numbers: Sequence[int],
        names: Mapping[int, str],
        given: Collection[int],
        vocabulary: Sequence[str],
        next_number: int,
        sources: Mapping[str, Sequence[Any]],
        groups: Callable[[int], Sequence[tuple[int, ...]]],
    ) -> None:
        self.numbers = tuple(numbers)
        self._names = dict(names)
        self._given = set(given)
        self._words = frozenset(vocabulary)
        self._next = next_number
        self._gone = _gone_before(sources)
        self._groups = groups
        self._where = self._step = ""
        self._steps: list[Step] = []

    def read(self, path: Path) -> tuple[Step, ...]:
        """Return the steps of a YAML file.

        Raises
        ------
        MissingFile
            If the file does not exist.
        InvalidOption
            If it is not a list of steps, or a step cannot be applied to the topics.
        """
        return self.read_entries(_load(path), f"{path}, ")

    def read_entries(self, entries: Sequence[Any], where: str = "") -> tuple[Step, ...]:
        """Return the steps that a YAML file of edits lists; `where` begins messages."""
        for position, entry in enumerate(entries, start=1):
            self._step = f"step {position}"
            self._where = where + self._step
            self._read_step(entry)
        return tuple(self._steps)

    def _read_step(self, entry: Any) -> None:
        kinds = [key for key in entry if key in _KINDS] if isinstance(entry, dict) else []
        if not kinds and isinstance(entry, dict) and entry:
            key = str(next(iter(entry)))
            hint = did_you_mean(key, _KINDS)
            self._refuse(f"{key!r} is not an edit; the edits are {', '.join(_KINDS)}{hint}")
        if len(kinds) != 1:
            self._refuse(f"an edit looks like {_EXAMPLE}")
        (kind,) = kinds
        unknown = [str(key) for key in entry if key != kind and key not in _EXTRAS.get(kind, ())]
        if unknown:
            self._refuse(f"{kind} does not take {unknown[0]!r}")
        readers: Mapping[str, Callable[[Any, Mapping[str, Any]], None]] = {
            "merge": self._merge,
            "split": self._split,
            "drop": self._drop,
            "rename": self._rename,
            "order": self._order,
            "pin": self._pin,
            "reduce_to": self._reduce_to,
        }
        readers[kind](entry[kind], entry)

    def _merge(self, value: Any, entry: Mapping[str, Any]) -> None:
        topics = self._topics(value, "merge", least=2)
        into = self._new_number()
        self._apply(Merge(topics, into))
        for topic in topics:
            self._remove(topic, f"{self._step} merged it into topic {into}")
        if "name" in entry:
            self._name(into, entry["name"])

    def _reduce_to(self, value: Any, _: Mapping[str, Any]) -> None:
        if self._steps:
            self._refuse(
                "reduce_to comes first: it goes by the topics of the run; edit what it makes next"
            )
        n_topics, wanted = len(self.numbers), _whole_number(value)
        if n_topics == 1:
            self._refuse("reduce_to: the run has one topic only")
        if wanted is None or not 1 <= wanted < n_topics:
            self._refuse(f"reduce_to: {value} is not a number of topics from 1 to {n_topics - 1}")
        for topics in self._groups(wanted):
            if len(topics) > 1:
                self._merge(list(topics), {})

    def _split(self, value: Any, entry: Mapping[str, Any]) -> None:
        topic = self._topic(value)
        names = entry.get("names", [])
        if not isinstance(names, list):
            self._refuse("names needs a list, as in 'names: [Hardware, Software]'")
        n_parts = _whole_number(entry.get("into", len(names) or 2))
        if n_parts is None or not 2 <= n_parts <= _MOST_PARTS:
            self._refuse(f"into: {entry['into']} is not a number of topics from 2 to {_MOST_PARTS}")
        if names and len(names) != n_parts:
            self._refuse(f"{len(names)} names for {n_parts} topics")
        parts = tuple(self._new_number() for _ in range(n_parts))
        self._apply(Split(topic, parts))
        self._remove(topic, f"{self._step} split it into topics {', '.join(map(str, parts))}")
        for part, name in zip(parts, names, strict=False):
            self._name(part, name)

    def _drop(self, value: Any, _: Mapping[str, Any]) -> None:
        topics = self._topics(value, "drop") if isinstance(value, list) else (self._topic(value),)
        for topic in topics:
            if len(self.numbers) == 1:
                self._refuse("the last topic cannot be dropped")
            self._apply(Drop(topic))
            self._remove(topic, f"{self._step} dropped it")

    def _rename(self, value: Any, _: Mapping[str, Any]) -> None:
        if not isinstance(value, dict) or not value:
            self._refuse("rename needs topics and names, as in 'rename: {4: Baseball}'")
        for topic, name in value.items():
            self._name(self._topic(topic), name)

    def _order(self, value: Any, _: Mapping[str, Any]) -> None:
        first = self._topics(value, "order")
        self._apply(Order((*first, *(n for n in self.numbers if n not in first))))

    def _pin(self, value: Any, _: Mapping[str, Any]) -> None:
        if not isinstance(value, dict) or not value:
            self._refuse("pin needs topics and words, as in 'pin: {4: [pitcher, inning]}'")
        for key, words in value.items():
            topic = self._topic(key)
            words = words if isinstance(words, list) else [words]
            if not any(words):
                self._refuse(f"pin names no words for topic {topic}")
            unknown = [w for w in words if not isinstance(w, str) or w not in self._words]
            if unknown:
                self._refuse(f"{unknown[0]!r} is not in the vocabulary of the run")
            self._apply(Pin(topic, tuple(dict.fromkeys(words))))

    def _name(self, topic: int, name: Any) -> None:
        if not isinstance(name, str):
            self._refuse(f"the name of topic {topic} is not a text: {name!r}")
        name = " ".join(name.split())
        if why := why_not_a_name(name):
            self._refuse(f"the name {name!r} of topic {topic} {why}")
        key = name.casefold()
        taken = [n for n, other in self._names.items() if other.casefold() == key and n != topic]
        if taken and taken[0] in self._given:
            called = self._names[taken[0]]
            self._refuse(f"topic {taken[0]} is already called {called!r}; names must differ")
        for other in taken:  # it gets another automatic name
            del self._names[other]
        self._names[topic] = name
        self._given.add(topic)
        self._apply(Rename(topic, name))

    def _topics(self, value: Any, kind: str, least: int = 1) -> tuple[int, ...]:
        if not isinstance(value, list) or len(value) < least:
            needed = f"at least {least} topics" if least > 1 else "a list of topics"
            self._refuse(f"{kind} needs {needed}, as in '{kind}: [3, 7]'")
        topics = [self._topic(one) for one in value]
        double = [topic for topic in topics if topics.count(topic) > 1]
        if double:
            self._refuse(f"topic {double[0]} is listed twice")
        return tuple(topics)

    def _topic(self, value: Any) -> int:
        """Return the number of a topic that is given by its number or name."""
        by_name = {name: number for number, name in self._names.items()}
        number = by_name[value] if isinstance(value, str) and value in by_name else None
        number = _whole_number(value) if number is None else number
        if number is not None and number in self.numbers:
            return number
        if number in self._gone:
            self._refuse(f"topic {number} is no longer there: {self._gone[number]}")
        known = ", ".join(map(str, sorted(self.numbers)))
        hint = did_you_mean(value, by_name) if isinstance(value, str) else ""
        return self._refuse(f"there is no topic {value}; the topics are {known}{hint}")

    def _apply(self, step: Step) -> None:
        self._steps.append(step)
        self.numbers = numbers_after(step, self.numbers)

    def _remove(self, topic: int, why: str) -> None:
        self._gone[topic] = why
        self._names.pop(topic, None)
        self._given.discard(topic)

    def _new_number(self) -> int:
        self._next += 1
        return self._next - 1

    def _refuse(self, problem: str) -> NoReturn:
        raise InvalidOption(f"{self._where}: {problem}")


def _whole_number(value: Any) -> int | None:
    """Return the number that is meant; None if it is none. A file has it as text."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _gone_before(sources: Mapping[str, Sequence[Any]]) -> dict[int, str]:
    """Return what earlier edits did with topics that are no longer there."""
    gone = {}
    for number, parts in sources.items():
        for part in parts:
            if isinstance(part, dict):
                gone[int(part["part_of"])] = "an earlier edit split it"
            else:
                gone[int(part)] = f"an earlier edit merged it into topic {number}"
    return gone


def _load(path: Path) -> list[Any]:
    loaded = read_yaml(path, as_text=True)
    if not isinstance(loaded, list) or not loaded:
        raise InvalidOption(f"{path} needs a list of edits, one a line: {_EXAMPLE}")
    return loaded
