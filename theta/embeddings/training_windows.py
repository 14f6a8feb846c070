"""What fine-tuning reads of texts: a window of each at a time, another one in every epoch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from theta.embeddings.windows import WindowTokenizer

MAX_WINDOWS = 4
"""Windows of a text that are kept: a book would fill the memory."""

_CHUNK = 1024
"""Texts that are tokenised at once."""


@dataclass(frozen=True)
class TrainingWindows:
    """The windows of texts, in arrays that a million texts fit into.

    Attributes
    ----------
    ids : (n_tokens,) int32
        Token ids of all windows, one after another, special tokens included.
    starts : (n_windows + 1,) int64
        Where each window begins in `ids`, and where the last one ends.
    first : (n_texts + 1,) int64
        The first window of each text, and the number of all windows.
    """

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    first: NDArray[np.int64]

    @classmethod
    def of(
        cls, texts: Iterable[str], tokenizer: WindowTokenizer, max_windows: int
    ) -> TrainingWindows:
        """Return the first windows of each text, at most `max_windows` of them."""
        ids: list[NDArray[np.int32]] = []
        lengths: list[int] = []
        counts: list[int] = []
        left = iter(texts)
        while chunk := list(islice(left, _CHUNK)):
            windows = tokenizer(chunk)
            n_windows = np.bincount(windows.text, minlength=len(chunk))
            place = np.arange(len(windows.text)) - (np.cumsum(n_windows) - n_windows)[windows.text]
            kept = [windows.ids[number] for number in np.flatnonzero(place < max_windows)]
            ids.append(np.concatenate(kept).astype(np.int32))
            lengths += [len(one) for one in kept]
            counts += np.minimum(n_windows, max_windows).tolist()
        return cls(
            np.concatenate(ids),
            np.cumsum([0, *lengths], dtype=np.int64),
            np.cumsum([0, *counts], dtype=np.int64),
        )

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.first) - 1

    def draw(self, rows: NDArray[np.intp], rng: np.random.Generator) -> list[NDArray[np.int32]]:
        """Return a window of each of some texts: the one in which a token drawn at random lies.

        So the last words of a text, in a window of their own, are seldom all that is read of it.

        Parameters
        ----------
        rows : (n,) int
        rng : numpy.random.Generator

        Returns
        -------
        list of (n_tokens,) int32
        """
        tokens = rng.integers(self.starts[self.first[rows]], self.starts[self.first[rows + 1]])
        chosen = np.searchsorted(self.starts, tokens, side="right") - 1
        return [self.ids[self.starts[one] : self.starts[one + 1]] for one in chosen]
