"""A sample of a corpus, drawn by the content of its documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Split
from theta.corpus.bow import text_digest
from theta.corpus.content import mixed_in_order
from theta.storage import fingerprint

_LEAST_VALIDATION = 1_000
"""Validation documents of a sample, if the corpus has so many: with fewer, chance would choose the
best epoch."""


def digest_texts(texts: Iterable[str]) -> NDArray[np.uint64]:
    """Return a hash of each text: (n_texts,)."""
    return np.fromiter(map(text_digest, texts), np.uint64)


def draw_sample(
    digests: NDArray[np.uint64], split: NDArray[np.int8], n_train: int
) -> NDArray[np.intp]:
    """Return the rows of `n_train` training documents and a part of the validation documents.

    The rank of a document depends on its text alone: the same documents are drawn on any machine,
    in any order of the rows, and a larger sample contains the smaller ones. Of equal texts each
    copy has a rank of its own, so that a sample has the share of duplicates of the corpus.
    Validation documents are drawn in the same proportion, but at least 1,000.

    Parameters
    ----------
    digests : (n_docs,) uint64
        Result of `theta.corpus.store.text_digests`.
    split : (n_docs,) int8
    n_train : int

    Returns
    -------
    (n_rows,) int
        Ascending.
    """
    train, validation = (np.flatnonzero(split == part) for part in (Split.TRAIN, Split.VALIDATION))
    n_validation = round(len(validation) * min(n_train / max(len(train), 1), 1))
    drawn = [
        _smallest(train, digests, n_train),
        _smallest(validation, digests, max(n_validation, _LEAST_VALIDATION)),
    ]
    return np.sort(np.concatenate(drawn))


def _smallest(rows: NDArray[np.intp], digests: NDArray[np.uint64], n: int) -> NDArray[np.intp]:
    """Return the `n` rows of smallest rank."""
    return rows[np.argsort(_ranks(digests[rows]), kind="stable")[:n]]


def _ranks(digests: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a number per text that looks random, another one for each copy of a text."""
    order = np.argsort(digests, kind="stable")
    ordered = digests[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=~ordered[:1]) != 0)
    copies = np.empty(len(digests), np.uint64)
    sizes = np.diff(starts, append=len(digests))
    copies[order] = np.arange(len(digests)) - np.repeat(starts, sizes)
    return mixed_in_order(digests, copies)


def corpus_at(corpus: Corpus, rows: NDArray[np.intp]) -> Corpus:
    """Return the training and validation documents at some rows as a corpus.

    Parameters
    ----------
    corpus : Corpus
    rows : (n_rows,) int
        Rows of documents that are not test documents, ascending.
    """
    labels, times = corpus.labels, corpus.times
    return replace(
        corpus,
        bow=corpus.bow[rows],
        tokens=corpus.tokens.at(rows),
        split=corpus.split[rows],
        first_halves=corpus.first_halves[:0],
        row_ids=[corpus.row_ids[row] for row in rows.tolist()],
        labels=None if labels is None else replace(labels, codes=labels.codes[rows]),
        times=None if times is None else times[rows],
        covariates={name: values[rows] for name, values in corpus.covariates.items()},
        fingerprint=fingerprint(corpus.fingerprint, rows.tolist()),
    )
