"""Documents of planted topics whose shares depend on groups, with noisy embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from theta.contracts import Corpus, Embeddings, Split, Tokens

_DIM = 32
_POPULATION = 200_000

SIDES = (0.0, 1.0)


@dataclass(frozen=True)
class Planted:
    """Documents whose topic shares depend on their group, and the truth.

    Attributes
    ----------
    corpus : Corpus
        With the covariates cov_side, the first of the groups against the others, and cov_noise, on
        which the shares do not depend; the group is the year of the date.
    embeddings : Embeddings
        Noisy linear images of the shares.
    topic_word : (num_topics, n_words) float64
    doc_topic : (n_docs, num_topics) float64
    groups : (n_docs,) int
    means : (n_groups, num_topics) float64
        Mean shares in the population.
    """

    corpus: Corpus
    embeddings: Embeddings
    topic_word: np.ndarray
    doc_topic: np.ndarray
    groups: np.ndarray
    means: np.ndarray

    @property
    def design(self) -> np.ndarray:
        """Design matrix in which each group has a mean of its own: (n_docs, n_groups)."""
        own = [self.groups == group for group in range(1, len(self.means))]
        return np.column_stack([np.ones(len(self.groups)), *own])

    @property
    def effect(self) -> np.ndarray:
        """Difference of the mean shares of the last and the first group: (num_topics,)."""
        difference: np.ndarray = self.means[-1] - self.means[0]
        return difference


def planted(
    seed: int,
    n_docs: int,
    length: int,
    spread: float = 1.5,
    shift: float = 1.0,
    noise: float = 0.3,
    course: Sequence[float] = SIDES,
    num_topics: int = 5,
    n_words: int = 200,
    correlation: float = 0.0,
) -> Planted:
    """Return documents of planted topics: shares are logistic-normal, and move with the group.

    Parameters
    ----------
    seed, n_docs : int
    length : int
        Tokens per document.
    spread : float
        Standard deviation of the log shares: at 1.5 documents mix two or three topics.
    shift : float
        Difference of the log share of the first topic between 0 and 1 in `course`; that of the
        second topic moves the other way.
    noise : float
        Of the embeddings, relative to the image of the shares.
    course : sequence of float
        One value per group, 0 to 1.
    num_topics, n_words : int
    correlation : float
        Of the log shares of the third topic with the fourth; that of the last two is minus this.
    """
    rng = np.random.default_rng(seed)
    topic_word = np.vstack([_topic(rng, k, num_topics, n_words) for k in range(num_topics)])
    groups = rng.permutation(n_docs) % len(course)
    places = np.array(course)
    log = log_amounts(rng, n_docs, num_topics, spread, correlation)
    doc_topic = shares_of(log, places[groups], shift)
    n_many = _POPULATION // len(course)
    many = log_amounts(np.random.default_rng(1), n_many, num_topics, spread, correlation)
    means = np.vstack([shares_of(many, place, shift).mean(axis=0) for place in places])
    bow = _counts(rng, doc_topic, topic_word, length)
    ids = np.repeat(bow.indices, bow.data)
    image = rng.normal(size=(num_topics, _DIM)) / np.sqrt(_DIM)
    vectors = doc_topic @ image + noise * rng.normal(size=(n_docs, _DIM)) / np.sqrt(_DIM)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    split = np.full(n_docs, Split.TRAIN, dtype=np.int8)
    split[rng.permutation(n_docs)[: n_docs // 10]] = Split.VALIDATION
    corpus = Corpus(
        vocabulary=tuple(f"word{v}" for v in range(n_words)),
        bow=bow,
        tokens=Tokens(np.arange(n_docs + 1, dtype=np.int64) * length, ids.astype(np.int32)),
        split=split,
        first_halves=csr_array((0, n_words), dtype=np.int32),
        row_ids=[str(row) for row in range(n_docs)],
        times=np.datetime64("2001-07-01", "D") + (365.25 * groups).astype("timedelta64[D]"),
        covariates={
            "cov_side": np.where(groups > 0, "right", "left"),
            "cov_noise": rng.normal(size=n_docs),
        },
        fingerprint=f"planted-{seed}-{n_docs}-{length}-{spread}-{shift}-{noise}-{len(course)}",
    )
    words = np.zeros((n_words, _DIM), dtype=np.float16)
    embeddings = Embeddings(
        vectors.astype(np.float16), words, np.zeros((0, _DIM), np.float16), f"planted-{seed}"
    )
    return Planted(corpus, embeddings, topic_word, doc_topic, groups, means)


def _topic(rng: np.random.Generator, topic: int, num_topics: int, n_words: int) -> np.ndarray:
    """Return a topic with 80 % of its mass on words of its own."""
    own = np.arange(n_words) // (n_words // num_topics) == topic
    weights = np.zeros(n_words)
    weights[own] = 0.8 * rng.dirichlet(np.ones(own.sum()))
    weights[~own] = 0.2 * rng.dirichlet(np.ones((~own).sum()))
    return weights


def log_amounts(
    rng: np.random.Generator, n_docs: int, num_topics: int, spread: float, correlation: float
) -> np.ndarray:
    """Return log shares before they are made to sum to one; see `planted`."""
    matrix = np.eye(num_topics)
    matrix[2, 3] = matrix[3, 2] = correlation
    if correlation:
        matrix[-2, -1] = matrix[-1, -2] = -correlation
    drawn: np.ndarray = (
        spread * rng.normal(size=(n_docs, num_topics)) @ np.linalg.cholesky(matrix).T
    )
    return drawn


def shares_of(log: np.ndarray, place: float | np.ndarray, shift: float) -> np.ndarray:
    """Return shares of log amounts that move with the place of a group; see `planted`."""
    moved = log.copy()
    moved[:, 0] += shift * (place - 0.5)
    moved[:, 1] -= shift * (place - 0.5)
    shares: np.ndarray = np.exp(moved)
    return shares / shares.sum(axis=1, keepdims=True)


def _counts(
    rng: np.random.Generator, doc_topic: np.ndarray, topic_word: np.ndarray, length: int
) -> csr_array:
    """Return the words of documents, row by row: 20,000 dense rows would not fit."""
    words, counts = [], []
    for shares in doc_topic:
        chances = shares @ topic_word
        row = rng.multinomial(length, chances / chances.sum())
        words.append(np.flatnonzero(row))
        counts.append(row[words[-1]])
    starts = np.concatenate([[0], np.cumsum([len(row) for row in words])])
    data = np.concatenate(counts).astype(np.int32)
    return csr_array((data, np.concatenate(words), starts), shape=(len(words), topic_word.shape[1]))
