"""Values of a categorical column that differ only in upper and lower case."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping

from theta.corpus.columns import COVARIATE_PREFIX, Columns, present
from theta.corpus.counted import USER_PREFIX, CountedChunk

_MOST_VALUES = 1_000
"""A column with more distinct values is not categorical."""

_SHOWN = 3
"""Most values with several spellings that a note names."""


class SpellingCheck:
    """Counts the spellings of each value of the label and the covariates.

    Parameters
    ----------
    columns : Columns
    """

    def __init__(self, columns: Columns) -> None:
        self._counts: dict[str, Counter[str]] = {
            columns.names[at]: Counter()
            for at in columns.others
            if at == columns.label or columns.names[at].startswith(COVARIATE_PREFIX)
        }

    def add(self, chunk: CountedChunk) -> None:
        """Count the values of a chunk of rows."""
        for name, counts in [*self._counts.items()]:
            counts.update(filter(None, map(present, chunk.column(USER_PREFIX + name))))
            if len(counts) > _MOST_VALUES:
                del self._counts[name]

    def __iadd__(self, other: SpellingCheck) -> SpellingCheck:
        for name, counts in [*self._counts.items()]:
            counts.update(other._counts.get(name, {}))
            if name not in other._counts or len(counts) > _MOST_VALUES:
                del self._counts[name]
        return self

    def to_json(self) -> dict[str, dict[str, int]]:
        """Return the counts of the columns that may be categorical, JSON-ready."""
        return {name: dict(counts) for name, counts in self._counts.items()}

    @classmethod
    def from_json(cls, columns: Columns, record: Mapping[str, Mapping[str, int]]) -> SpellingCheck:
        """Return the counts of a record."""
        check = cls(columns)
        check._counts = {name: Counter(counts) for name, counts in record.items()}
        return check

    def notes(self) -> list[str]:
        """Return one line per column in which a value has several spellings."""
        notes = []
        for name, counts in self._counts.items():
            spellings: defaultdict[str, list[str]] = defaultdict(list)
            for value in sorted(counts):
                spellings[_folded(value)].append(value)
            several = [values for values in spellings.values() if len(values) > 1]
            if several:
                shown = "; ".join(
                    ", ".join(f"{value!r} ({counts[value]:,})" for value in values)
                    for values in several[:_SHOWN]
                )
                more = f"; and {len(several) - _SHOWN} more" if len(several) > _SHOWN else ""
                notes.append(
                    f"values of the column {name!r} "
                    f"differ only in spelling and count as different: {shown}{more}; write them "
                    "alike in the file and prepare again"
                )
        return notes


def _folded(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
