"""The texts of documents as coders see them: each once, and cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_SAME_BEGINNING = 150
"""Texts with this many initial characters in common count as the same text."""


class UsedTexts:
    """The documents that coders see already; reposts count as one document.

    Parameters
    ----------
    texts : sequence of str
        The texts of all documents.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._beginnings: set[str] = set()

    def free(self, rows: Sequence[int]) -> list[int]:
        """Return the rows among `rows` whose texts are not empty, not shown and not repeated."""
        return list(self._free(rows))

    def _free(self, rows: Sequence[int]) -> Iterator[int]:
        seen: set[str] = set()
        for row in rows:
            beginning = self._beginning(row)
            if beginning and beginning not in self._beginnings | seen:
                seen.add(beginning)
                yield row

    def add(self, rows: Sequence[int]) -> None:
        """Mark rows as shown."""
        self._beginnings |= {self._beginning(row) for row in rows}

    def _beginning(self, row: int) -> str:
        return " ".join(self._texts[row].split())[:_SAME_BEGINNING]


def shorten(text: str, length: int) -> str:
    """Return a text in one line of at most `length` characters, cut between words if possible."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    space = cut.rfind(" ", length * 3 // 4)
    return (cut if space < 0 else cut[:space]).rstrip() + "…"
