"""Texts cut into pieces of text, for models that do their own tokenising."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
"""Where a token begins and ends in its text, in characters."""

# Latin words of up to six letters, and three letters or digits of any other script, are mostly one
# token of a vocabulary of 30,000 or more; a character of Chinese, Japanese, Korean or Thai is one.
_ESTIMATED_TOKEN = re.compile(
    r"[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u30FF\u3400-\u9FFF\uAC00-\uD7AF]"
    r"|[A-Za-z]{1,6}|[^\W\d_A-Za-z]{1,3}|\d{1,3}|[^\w\s]|_+"
)


@dataclass(frozen=True)
class Pieces:
    """What a model is given of some texts.

    Attributes
    ----------
    pieces : list of str
        At least one of each text.
    text : (n_pieces,) intp
        The text that each piece is of.
    weights : (n_pieces,) float32
        Tokens in the piece (1 where there are none).
    tokens : (n_texts, 2) int32
        Tokens of each whole text and of its first piece.
    """

    pieces: list[str]
    text: NDArray[np.intp]
    weights: NDArray[np.float32]
    tokens: NDArray[np.int32]

    def average(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the unit-length vector of each text, the mean of its pieces' by their weights.

        Parameters
        ----------
        vectors : (n_pieces, dim) float32
            Unit length.
        """
        sums = np.zeros((len(self.tokens), vectors.shape[1]), dtype=np.float32)
        np.add.at(sums, self.text, self.weights[:, None] * vectors)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return sums / np.maximum(norms, np.finfo(np.float32).tiny)


def cut_texts(
    texts: Sequence[str],
    find_tokens: Callable[[Sequence[str]], list[list[Span]]],
    capacity: int | None,
    *,
    all_pieces: bool,
) -> Pieces:
    """Return the pieces of some texts, at most `capacity` tokens each; None cuts nothing.

    Parameters
    ----------
    texts : sequence of str
    find_tokens : callable
        Returns the tokens of each text, such as `estimated_tokens`.
    capacity : int or None
    all_pieces : bool
        All pieces of a text; else only the first.
    """
    pieces: list[str] = []
    rows: list[int] = []
    weights: list[int] = []
    tokens = np.empty((len(texts), 2), dtype=np.int32)
    for row, (text, spans) in enumerate(zip(texts, find_tokens(texts), strict=True)):
        size = max(1, len(spans)) if capacity is None else capacity
        starts = list(range(0, max(1, len(spans)), size))
        tokens[row] = len(spans), min(len(spans), size)
        for first in starts if all_pieces else starts[:1]:
            # A text of one piece stays as it is, with its white space.
            begin = 0 if first == 0 else spans[first][0]
            end = len(text) if first + size >= len(spans) else spans[first + size - 1][1]
            pieces.append(text[begin:end] if first == 0 else text[begin:end].lstrip())
            rows.append(row)
            weights.append(max(1, min(size, len(spans) - first)))
    return Pieces(
        pieces, np.array(rows, dtype=np.intp), np.array(weights, dtype=np.float32), tokens
    )


def estimated_tokens(texts: Sequence[str]) -> list[list[Span]]:
    """Return about the tokens that a subword tokenizer would make of each text."""
    return [[match.span() for match in _ESTIMATED_TOKEN.finditer(text)] for text in texts]
