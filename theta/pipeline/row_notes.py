"""What is odd about new documents: said of each in its row, and once of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from theta.corpus.documents import RowChunk
from theta.run import Run
from theta.run.new_documents import TransformResult

BAD_ROW, EMPTY, NO_KNOWN_WORD = "row could not be read", "no text", "no known word"
NO_DATE = "no date that can be read: the mean prevalence over time is taken"

_LEVELS_TOLD = 5


class RowNotes:
    """The notes of rows, chunk by chunk.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run) -> None:
        self._needs_dates = "times" in run.model.needs
        self._design = run.design
        self._documents = 0
        self._undated = 0
        self._unknown: dict[str, Counter[str]] = {}

    def of(self, chunk: RowChunk, applied: TransformResult) -> list[str]:
        """Return the note of each row of a chunk, empty where there is nothing to say."""
        found: list[list[str]] = [
            [BAD_ROW] if bad else [] if text else [EMPTY]
            for bad, text in zip(chunk.bad, applied.counted.texts, strict=True)
        ]
        rows = applied.rows.tolist()
        self._documents += len(rows)
        for row in rows:
            if not applied.counted.known[row]:
                found[row].append(NO_KNOWN_WORD)
            if self._needs_dates and chunk.times[row] is None:
                found[row].append(NO_DATE)
                self._undated += 1
        for name, levels in self._unknown_levels(applied).items():
            for row, level in levels.items():
                found[rows[row]].append(
                    f"no training document has {_said(name, level)}: taken as average in it"
                )
                self._unknown.setdefault(name, Counter())[level] += 1
        return ["; ".join(notes) for notes in found]

    def _unknown_levels(self, applied: TransformResult) -> dict[str, Mapping[int, str]]:
        """Return the levels that no training document has, by covariate and document."""
        if self._design is None:
            return {}
        covariates = applied.inputs.covariates
        return {
            name: {row: str(covariates[name][row]) for row in mask.nonzero()[0].tolist()}
            for name, mask in self._design.unknown_levels(covariates).items()
        }

    def sentences(self) -> list[str]:
        """Return what is reported once for all rows, one line each."""
        said = []
        of_all = f"of {self._documents:,} documents"
        if self._undated:
            said.append(
                f"{self._undated:,} {of_all} have no date that can be read: for their topics the "
                "mean prevalence over time is taken; the column note says which"
            )
        for name, levels in self._unknown.items():
            told = [_said("", level) for level, _ in levels.most_common(_LEVELS_TOLD)]
            more = f" and {len(levels) - len(told)} more" if len(levels) > len(told) else ""
            said.append(
                f"{levels.total():,} {of_all} have a {name} that no training document has "
                f"({', '.join(told)}{more}): they are taken as the average training document in "
                "it; the column note says which"
            )
        return said


def _said(name: str, level: str) -> str:
    value = repr(level) if level else "no value"
    return f"{name} {value}".strip()
