"""Notes on problems of new documents, per row and in summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from theta.corpus.documents import RowChunk
from theta.run import Run
from theta.run.new_documents import TransformResult

BAD_ROW, EMPTY, NO_KNOWN_WORD = "row could not be read", "no text", "no known word"
NO_DATE = "no readable date: the mean prevalence over time is used"

_MOST_LEVELS = 5
"""Most levels of a covariate that a summary names."""


@dataclass
class NoteSums:
    """How many documents have which problem; sums of parts are the sums of the whole.

    Attributes
    ----------
    documents, undated : int
    missing : dict of str to int
        Documents without a number, by covariate.
    unknown : dict of str to dict of str to int
        Documents with a level that no training document has, by covariate and level.
    """

    documents: int = 0
    undated: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, dict[str, int]] = field(default_factory=dict)

    def __iadd__(self, other: NoteSums) -> NoteSums:
        self.documents += other.documents
        self.undated += other.undated
        self.missing = dict(Counter(self.missing) + Counter(other.missing))
        for name, levels in other.unknown.items():
            self.unknown[name] = dict(Counter(self.unknown.get(name)) + Counter(levels))
        return self

    def sentences(self) -> list[str]:
        """Return the summary of all rows, one sentence per problem."""
        sentences = []
        of_all = f"of {self.documents:,} documents"
        if self.undated:
            sentences.append(
                f"{self.undated:,} {of_all} have no readable date: their topics are inferred with "
                "the mean prevalence over time; see the column note"
            )
        for name, n in sorted(self.missing.items()):
            sentences.append(
                f"{n:,} {of_all} have no number in {name}: the mean of the training documents is "
                "used for them, as in training (--missing_covariates exclude); see the column note"
            )
        for name, levels in sorted(self.unknown.items()):
            most = sorted(levels.items(), key=lambda item: (-item[1], item[0]))
            named = [_shown(level) for level, _ in most[:_MOST_LEVELS]]
            more = f" and {len(levels) - len(named)} more" if len(levels) > len(named) else ""
            sentences.append(
                f"{sum(levels.values()):,} {of_all} have a {name} that no training document has "
                f"({', '.join(named)}{more}): they are treated as the average training document in "
                "it; see the column note"
            )
        return sentences


class RowNotes:
    """Writes the notes of rows, chunk by chunk.

    Parameters
    ----------
    run : Run

    Attributes
    ----------
    sums : NoteSums
        Of all chunks so far.
    """

    def __init__(self, run: Run) -> None:
        self._needs_dates = "times" in run.model.needs
        self._design = run.design
        self.sums = NoteSums()

    def of(self, chunk: RowChunk, result: TransformResult) -> list[str]:
        """Return the note of each row of a chunk, empty for most rows."""
        notes: list[list[str]] = [
            [BAD_ROW] if bad else [] if text else [EMPTY]
            for bad, text in zip(chunk.bad, result.counted.texts, strict=True)
        ]
        rows = result.rows.tolist()
        self.sums.documents += len(rows)
        for row in rows:
            if not result.counted.known[row]:
                notes[row].append(NO_KNOWN_WORD)
            if self._needs_dates and chunk.times[row] is None:
                notes[row].append(NO_DATE)
                self.sums.undated += 1
        for name, levels in self._unknown_levels(result).items():
            self.sums += NoteSums(unknown={name: dict(Counter(levels.values()))})
            for row, level in levels.items():
                notes[rows[row]].append(
                    f"no training document has {name} {_shown(level)}: treated as average in it"
                )
        for name, missing in self._missing_numbers(result).items():
            self.sums += NoteSums(missing={name: len(missing)})
            for row in missing:
                notes[rows[row]].append(
                    f"{name} has no number: the mean of the training documents is used"
                )
        return ["; ".join(of_row) for of_row in notes]

    def _missing_numbers(self, result: TransformResult) -> dict[str, list[int]]:
        """Return the documents without a number, by covariate that may lack it."""
        if self._design is None:
            return {}
        covariates = result.inputs.covariates
        missing = {n: np.flatnonzero(np.isnan(covariates[n])) for n in self._design.may_miss}
        return {name: rows.tolist() for name, rows in missing.items() if len(rows)}

    def _unknown_levels(self, result: TransformResult) -> dict[str, Mapping[int, str]]:
        """Return the levels that no training document has, by covariate and document."""
        if self._design is None:
            return {}
        covariates = result.inputs.covariates
        return {
            name: {row: str(covariates[name][row]) for row in mask.nonzero()[0].tolist()}
            for name, mask in self._design.unknown_levels(covariates).items()
        }


def _shown(level: str) -> str:
    return repr(level) if level else "no value"
