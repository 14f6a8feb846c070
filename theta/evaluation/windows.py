"""Counts of the sliding windows that contain top words, alone and in pairs.

A word is in a window or not (boolean windows). Windows advance by one token, so a word is present
in *intervals* of windows, and two words co-occur where their intervals overlap. Only the tokens of
top words are read, and only words of one topic are paired: time and memory grow with the number of
those tokens, never with windows × words or words × words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Tokens
from theta.evaluation.inputs import NO_WORD

_BLOCK_TOKENS = 2_000_000  # tokens read at a time
_BLOCK_PAIRS = 2_000_000  # overlaps in memory at a time


@dataclass(frozen=True)
class WindowCounts:
    """Numbers of windows that contain top words.

    Attributes
    ----------
    n_windows : int
        All windows, including those without top words.
    together : (num_topics, n_top, n_top) int64
        Windows that contain both words of a topic; on the diagonal, those that contain the word.
    """

    n_windows: int
    together: NDArray[np.int64]


@dataclass(frozen=True)
class _Slots:
    """The topics and ranks of each top word; words are numbered from 0 (`code`)."""

    code_of_word: NDArray[np.int32]  # -1: not a top word; the last entry is for all higher ids
    starts: NDArray[np.intp]  # slots of code c: starts[c] .. starts[c + 1]
    topic: NDArray[np.int64]
    rank: NDArray[np.int64]
    shape: tuple[int, int]


@dataclass(frozen=True)
class _Occurrences:
    """The tokens of top words in a block of documents, ordered by word, then by position."""

    code: NDArray[np.int64]
    position: NDArray[np.int64]  # in the block
    document: NDArray[np.intp]  # in the block
    starts: NDArray[np.int64]  # first token of each document in the block, then the end


@dataclass(frozen=True)
class _Intervals:
    """Windows `first` to `last` (inclusive) contain the word `code`; disjoint for one word."""

    code: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    n_windows: int


def count_windows(
    top_words: NDArray[np.integer[Any]], tokens: Tokens, sizes: Sequence[int | None]
) -> list[WindowCounts]:
    """Count the windows of several sizes in one pass over the tokens.

    As in gensim's CoherenceModel: a document shorter than the window, even an empty one, is one
    window; and when an occurrence of a word leaves the window, the word counts as absent until it
    occurs again, even if the window contains another occurrence. (Röder, Both & Hinneburg 2015,
    https://doi.org/10.1145/2684822.2685324, have no such rule; it is kept because published values
    of c_npmi and c_v come from gensim.)

    Parameters
    ----------
    top_words : (num_topics, n_top) int
        Word ids; `NO_WORD` after the last word of a shorter topic.
    tokens : Tokens
    sizes : sequence of (int or None)
        Tokens in a window; None is the whole document.

    Returns
    -------
    list of WindowCounts
        One per size.
    """
    slots = _slots(top_words)
    num_topics, n_top = slots.shape
    together = [np.zeros((num_topics, n_top, n_top), np.int64) for _ in sizes]
    n_windows = [0] * len(sizes)
    for occurrences in _blocks(tokens, slots):
        for i, size in enumerate(sizes):
            intervals = _intervals(occurrences, size)
            n_windows[i] += intervals.n_windows
            _add_overlaps(together[i], intervals, slots)
    return [WindowCounts(n, counts) for n, counts in zip(n_windows, together, strict=True)]


def _slots(top_words: NDArray[np.integer[Any]]) -> _Slots:
    topic, rank = np.nonzero(top_words != NO_WORD)
    words, code = np.unique(top_words[topic, rank], return_inverse=True)
    highest = int(words[-1]) if len(words) else -1
    code_of_word = np.full(highest + 2, -1, np.int32)
    code_of_word[words] = np.arange(len(words))
    order = np.argsort(code, kind="stable")
    starts = np.searchsorted(code[order], np.arange(len(words) + 1))
    num_topics, n_top = top_words.shape
    return _Slots(code_of_word, starts, topic[order], rank[order], (num_topics, n_top))


def _blocks(tokens: Tokens, slots: _Slots) -> Iterator[_Occurrences]:
    """Yield the occurrences of top words in blocks of whole documents."""
    starts = np.asarray(tokens.starts, dtype=np.int64)
    d = 0
    while d < len(tokens):
        fits = int(np.searchsorted(starts, starts[d] + _BLOCK_TOKENS, side="right")) - 1
        end = max(d + 1, fits)
        ids = np.asarray(tokens.ids[starts[d] : starts[end]])
        code = slots.code_of_word[np.minimum(ids, len(slots.code_of_word) - 1)]
        position = np.flatnonzero(code >= 0)
        code = code[position]
        block_starts = starts[d : end + 1] - starts[d]
        per_document = np.diff(np.searchsorted(position, block_starts))
        document = np.repeat(np.arange(end - d), per_document)
        order = np.argsort(code, kind="stable")
        yield _Occurrences(
            code[order].astype(np.int64), position[order], document[order], block_starts
        )
        d = end


def _intervals(occurrences: _Occurrences, size: int | None) -> _Intervals:
    lengths = np.diff(occurrences.starts)
    per_document = np.ones_like(lengths) if size is None else np.maximum(lengths - size + 1, 1)
    offsets = np.concatenate([[0], np.cumsum(per_document)])  # first window of each document
    code, position, document = occurrences.code, occurrences.position, occurrences.document
    document_start = occurrences.starts[document]
    if size is None:
        first = np.zeros_like(position)
    else:
        first = np.maximum(position - document_start - size + 1, 0)
    # The interval ends where the window leaves the word's first occurrence in it (see
    # count_windows); with plain boolean windows it would end at this occurrence itself.
    stride = int(occurrences.starts[-1])
    leaving = np.searchsorted(code * stride + position, code * stride + document_start + first)
    last = np.minimum(position[leaving] - document_start, per_document[document] - 1)
    first += offsets[document]
    last += offsets[document]
    # Windows in the word's previous interval are not counted twice.
    same_word = code[1:] == code[:-1]
    first[1:] = np.where(same_word, np.maximum(first[1:], last[:-1] + 1), first[1:])
    kept = first <= last
    return _Intervals(code[kept], first[kept], last[kept], int(offsets[-1]))


def _add_overlaps(together: NDArray[np.int64], intervals: _Intervals, slots: _Slots) -> None:
    """Add the windows of each word and the shared windows of each pair of words of a topic."""
    n_top = slots.shape[1]
    copies = np.diff(slots.starts)[intervals.code]  # a word may be in several topics
    source = np.repeat(np.arange(len(copies)), copies)
    which = np.arange(len(source)) - np.repeat(np.cumsum(copies) - copies, copies)
    slot = slots.starts[intervals.code[source]] + which
    topic = slots.topic[slot]
    # Each topic has its own range of windows, so that words of different topics never overlap.
    first = intervals.first[source] + topic * intervals.n_windows
    order = np.argsort(first, kind="stable")
    first, source, slot = first[order], source[order], slot[order]
    last = first + (intervals.last - intervals.first)[source]
    cell_row = slots.topic[slot] * n_top + slots.rank[slot]

    flat = together.reshape(-1)  # a view: `together` is contiguous
    diagonal = cell_row * n_top + slots.rank[slot]
    flat += _sum_by(diagonal, last - first + 1, flat.size)
    # Intervals are sorted by their first window: those that overlap i and begin later follow it.
    following = np.searchsorted(first, last, side="right") - np.arange(len(first)) - 1
    for begin, end in _runs(following, _BLOCK_PAIRS):
        n_pairs = following[begin:end]
        left = np.repeat(np.arange(begin, end), n_pairs)
        right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(n_pairs) - n_pairs, n_pairs)
        common = np.minimum(last[left], last[right]) - first[right] + 1
        rank_left, rank_right = slots.rank[slot[left]], slots.rank[slot[right]]
        flat += _sum_by(cell_row[left] * n_top + rank_right, common, flat.size)
        flat += _sum_by(cell_row[right] * n_top + rank_left, common, flat.size)


def _sum_by(key: NDArray[np.int64], amount: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    # bincount sums in float64, exact for whole numbers up to 2^53.
    return np.bincount(key, weights=amount, minlength=size).astype(np.int64)


def _runs(amounts: NDArray[np.integer[Any]], limit: int) -> Iterator[tuple[int, int]]:
    """Yield consecutive ranges of at least one item whose amounts sum to at most `limit`."""
    totals = np.concatenate([[0], np.cumsum(amounts)])
    begin = 0
    while begin < len(amounts):
        fits = int(np.searchsorted(totals, totals[begin] + limit, side="right")) - 1
        end = max(begin + 1, fits)
        yield begin, end
        begin = end
