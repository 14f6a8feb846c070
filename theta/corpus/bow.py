"""Chunks of texts as streams of word ids, and streams of ids as a sparse bag of words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theta.corpus.boilerplate import strip_boilerplate
from theta.corpus.clean import clean_text
from theta.corpus.content import digest_of
from theta.corpus.mixed import mixed_tokenizer
from theta.corpus.near_duplicates import sketches
from theta.corpus.phrases import Pair, join_in_chunk
from theta.corpus.tokenize import REMOVED_NUMBER, RawWords, TokenRules

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array


NUMBERS = "(numbers)"
"""Key under which all removed numbers are counted."""


class ChunkRules(NamedTuple):
    """How chunks are tokenized; sent once to each worker process.

    Attributes
    ----------
    tokens : tuple of TokenRules
        One for each language, the main one first.
    clean : bool
    ngram_max : int
    phrases : tuple of (str, str)
        Pairs of words to join; none before they are known.
    boilerplate : frozenset of int
        Hashes of the pieces that are taken out of texts.
    near_duplicates : bool
        Whether to make sketches of the texts.
    """

    tokens: tuple[TokenRules, ...]
    clean: bool
    ngram_max: int
    phrases: tuple[Pair, ...] = ()
    boilerplate: frozenset[int] = frozenset()
    near_duplicates: bool = False


class ChunkTokens(NamedTuple):
    """The words of a chunk of texts, before there is a vocabulary.

    Attributes
    ----------
    texts : list of str
        The texts, cleaned if requested. A text without content is empty.
    digests : (n_docs,) uint64
        Hash of each text: equal texts are duplicates.
    words : list of str
        The words of the chunk that may enter the vocabulary.
    ids : (n_tokens,) int32
        Indices into `words` in reading order, document after document.
    lengths : (n_docs,) int32
        Number of `ids` of each document.
    halves : (n_docs,) int32
        How many of them are in the first half of the document's raw words.
    follows : (n_tokens,) bool
        Whether each token directly follows the one before it in the same text, with no removed
        word between them; only for single words, before any are joined.
    removed : dict of str to (int, str)
        Removed words, with their number of occurrences and the reason.
    boilerplate : dict of str to int
        Pieces that were taken out, with the number of texts that had them.
    n_pieces : (n_docs,) int32
        How many were taken out of each text.
    sketches : (n_docs, N_HASHES) uint32
        See `theta.corpus.near_duplicates`; no columns unless they were asked for.
    """

    texts: list[str]
    digests: NDArray[np.uint64]
    words: list[str]
    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]
    halves: NDArray[np.int32]
    follows: NDArray[np.bool_]
    removed: dict[str, tuple[int, str]]
    boilerplate: dict[str, int]
    n_pieces: NDArray[np.int32]
    sketches: NDArray[np.uint32]


def tokenize_chunk(texts: Sequence[str], rules: ChunkRules) -> ChunkTokens:
    """Return the words of texts.

    Parameters
    ----------
    texts : sequence of str
    rules : ChunkRules
    """
    tokenizer = mixed_tokenizer(rules.tokens)
    whole = clean_texts(texts, rules)
    whole, boilerplate, n_pieces = _without_boilerplate(whole, rules.boilerplate)
    # Each distinct raw word is normalized once; its occurrences are only looked up.
    raws = tokenizer.encode(whole)
    counts = raws.counts
    words, word_ids, removed = _normalized(raws)
    stream = word_ids[raws.ids]
    kept = stream >= 0
    before = np.concatenate([[0], np.cumsum(kept)])
    ends = np.cumsum(counts)
    starts = ends - counts
    ids = stream[kept]
    lengths = (before[ends] - before[starts]).astype(np.int32)
    halves = (before[starts + (counts + 1) // 2] - before[starts]).astype(np.int32)
    follows = np.concatenate([[False], kept[:-1]])
    follows[starts[counts > 0]] = False
    follows = follows[kept]
    if rules.phrases:
        streams = (ids, lengths, halves, follows)
        words, (ids, lengths, halves) = join_in_chunk(words, streams, rules.phrases)
    if rules.ngram_max > 1:
        words, ids, lengths, halves = add_ngrams(words, ids, lengths, halves, rules.ngram_max)
    if len(follows) != len(ids):
        follows = np.zeros(len(ids), np.bool_)
    return ChunkTokens(
        whole,
        np.array([text_digest(text) for text in whole], np.uint64),
        words,
        ids,
        lengths.astype(np.int32),
        halves.astype(np.int32),
        follows,
        removed,
        boilerplate,
        n_pieces,
        sketches(whole) if rules.near_duplicates else np.zeros((len(whole), 0), np.uint32),
    )


def clean_texts(texts: Sequence[str], rules: ChunkRules) -> list[str]:
    """Return texts that can be written to a file, cleaned if the rules say so."""
    whole = [_without_surrogates(text) for text in texts]
    if rules.clean:
        tokenizer = mixed_tokenizer(rules.tokens)
        whole = [clean_text(text, tokenizer.for_text(text).rules.language) for text in whole]
    return [text if not text.isspace() else "" for text in whole]


def _without_boilerplate(
    texts: list[str], known: frozenset[int]
) -> tuple[list[str], dict[str, int], NDArray[np.int32]]:
    """Return the texts without boilerplate, the pieces of it, and how many each text had."""
    n_pieces = np.zeros(len(texts), np.int32)
    if not known:
        return texts, {}, n_pieces
    left: list[str] = []
    found: Counter[str] = Counter()
    for row, text in enumerate(texts):
        kept, pieces = strip_boilerplate(text, known)
        left.append(kept)
        found.update(dict.fromkeys(pieces, 1))
        n_pieces[row] = len(pieces)
    return left, dict(found), n_pieces


def _normalized(
    raws: RawWords,
) -> tuple[list[str], NDArray[np.int32], dict[str, tuple[int, str]]]:
    """Return (words, word id or -1 of each type, removed words)."""
    positions: defaultdict[str, int] = defaultdict()
    positions.default_factory = positions.__len__
    positions[""]  # first, so that removed words get -1
    words = [word for word, _ in raws.outcomes]
    word_ids = np.fromiter(map(positions.__getitem__, words), np.int32, len(words)) - 1
    counts = np.bincount(raws.ids, minlength=len(raws.types))
    removed: dict[str, tuple[int, str]] = {}
    for at in np.flatnonzero((word_ids < 0) & (counts > 0)).tolist():
        reason = raws.outcomes[at][1]
        # There is no end of different numbers; they are reported as one.
        name = NUMBERS if reason == REMOVED_NUMBER else raws.types[at].casefold()
        before, _ = removed.get(name, (0, ""))
        removed[name] = (before + int(counts[at]), reason)
    return list(positions)[1:], word_ids, removed


def add_ngrams(
    words: list[str],
    ids: NDArray[np.int32],
    lengths: NDArray[np.int64],
    halves: NDArray[np.int64],
    ngram_max: int,
) -> tuple[list[str], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Return the words, ids, lengths and halves with n-grams added as words.

    As in scikit-learn's CountVectorizer, n-grams consist of the words left after removal of stop
    words, and never cross documents. In the stream an n-gram follows its last word, and it is in
    the first half if that word is.
    """
    document = np.repeat(np.arange(len(lengths)), lengths)
    first_half_ends = (np.cumsum(lengths) - lengths + halves)[document]
    all_words = list(words)
    all_ids, all_ends = [ids.astype(np.int64)], [np.arange(len(ids))]
    shorter, shorter_words = ids.astype(np.int64), words
    for n in range(2, ngram_max + 1):
        n_starts = max(len(ids) - n + 1, 0)
        whole = document[:n_starts] == document[n - 1 :][:n_starts]
        keys = shorter[:n_starts] * len(words) + ids[n - 1 :][:n_starts]
        distinct, positions = np.unique(keys[whole], return_inverse=True)
        names = [
            f"{shorter_words[key // len(words)]} {words[key % len(words)]}"
            for key in distinct.tolist()
        ]
        shorter = np.full(n_starts, -1, np.int64)
        shorter[whole] = positions
        # An (n + 1)-gram begins with an n-gram of the same document, so -1 is never used.
        shorter_words = names
        all_ids.append(positions + len(all_words))
        all_ends.append(np.flatnonzero(whole) + n - 1)
        all_words.extend(names)
    ends = np.concatenate(all_ends)
    order = np.argsort(ends, kind="stable")
    ends = ends[order]
    new_lengths = np.bincount(document[ends], minlength=len(lengths))
    within = ends < first_half_ends[ends]
    new_halves = np.bincount(document[ends[within]], minlength=len(lengths))
    return all_words, np.concatenate(all_ids)[order].astype(np.int32), new_lengths, new_halves


def count_words(ids: NDArray[np.int32], lengths: NDArray[np.int32], n_words: int) -> csr_array:
    """Return the bag of words of a stream of ids: (n_docs, n_words), int32, columns sorted.

    Parameters
    ----------
    ids : (n_tokens,) int32
    lengths : (n_docs,) int
        Number of tokens of each document.
    n_words : int
    """
    from scipy.sparse import csr_array

    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    # sum_duplicates works in place, so the arrays must not be shared.
    bow = csr_array(
        (np.ones(len(ids), np.int32), ids.copy(), starts), shape=(len(lengths), n_words)
    )
    bow.sum_duplicates()
    return bow


def add_occurrences(totals: NDArray[np.int64], ids: NDArray[np.int32]) -> None:
    """Add the number of occurrences of each id to `totals`, in time linear in the shorter array."""
    if len(totals) < 8 * len(ids):
        totals += np.bincount(ids, minlength=len(totals))
    else:
        distinct, counts = np.unique(ids, return_counts=True)
        totals[distinct] += counts


def text_digest(text: str) -> int:
    """Return a 64-bit hash of a text without the white space around it."""
    return digest_of(text.strip())


def _without_surrogates(text: str) -> str:
    # JSON can contain half a surrogate pair, which cannot be written to a file.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text
