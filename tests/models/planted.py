"""A corpus whose topics are known: blocks of words that stand together in blocks of documents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from theta.contracts import Corpus, Embeddings, Labels, ModelInputs, Split, Tokens

N_BLOCKS = 4
WORDS_PER_BLOCK = 8
COMMON_WORDS = 6
DIM = 16


def planted_corpus(
    n_docs: int = 200, seed: int = 0, length: int = 30, n_blocks: int = N_BLOCKS
) -> Corpus:
    """Documents of one block each: 80 % of its words, 20 % of the words common to all."""
    rng = np.random.default_rng(seed)
    n_words = n_blocks * WORDS_PER_BLOCK + COMMON_WORDS
    blocks = np.arange(n_docs) % n_blocks
    tokens = [_document(rng, block, n_blocks, length) for block in blocks]
    starts = np.concatenate([[0], np.cumsum([len(ids) for ids in tokens])]).astype(np.int64)
    split = np.full(n_docs, Split.TRAIN, dtype=np.int8)
    held_out = rng.permutation(n_docs)
    split[held_out[: n_docs // 10]] = Split.VALIDATION
    split[held_out[n_docs // 10 : n_docs // 5]] = Split.TEST
    bow = _counts(tokens, n_words)
    test = np.flatnonzero(split == Split.TEST)
    halves = [tokens[row][: len(tokens[row]) // 2] for row in test]
    return Corpus(
        vocabulary=tuple(f"word{v:02d}" for v in range(n_words)),
        bow=bow,
        tokens=Tokens(starts, np.concatenate(tokens).astype(np.int32)),
        split=split,
        first_halves=_counts(halves, n_words),
        row_ids=[f"row{d}" for d in range(n_docs)],
        labels=Labels(blocks.astype(np.int32), tuple(f"block{b}" for b in range(n_blocks))),
        times=np.datetime64("2020-01-01") + (np.arange(n_docs) * 7).astype("timedelta64[D]"),
        covariates={"cov_order": np.arange(n_docs, dtype=np.float64)},
        fingerprint=f"planted-{n_docs}-{seed}-{length}-{n_blocks}",
    )


def planted_embeddings(corpus: Corpus, seed: int = 0, noise: float = 0.1) -> Embeddings:
    """Unit vectors around one direction per block, for documents and words alike."""
    assert corpus.labels is not None
    rng = np.random.default_rng(seed)
    n_blocks = len(corpus.labels.names)
    directions = rng.normal(size=(n_blocks + 1, DIM))
    of_word = np.minimum(np.arange(corpus.n_words) // WORDS_PER_BLOCK, n_blocks)

    def near(which: NDArray[np.integer]) -> NDArray[np.float16]:
        vectors = directions[which] + noise * rng.normal(size=(len(which), DIM))
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)

    return Embeddings(
        documents=near(corpus.labels.codes),
        words=near(of_word),
        test_halves=near(corpus.labels.codes[corpus.rows(Split.TEST)]),
        fingerprint=f"planted-{seed}-{noise}",
    )


def model_inputs(corpus: Corpus, embeddings: Embeddings, rows: NDArray[np.intp]) -> ModelInputs:
    """What a model sees of some documents of a corpus."""
    return ModelInputs(
        bow=corpus.bow[rows],
        embeddings=embeddings.documents[rows],
        times=None if corpus.times is None else corpus.times[rows],
        covariates={name: values[rows] for name, values in corpus.covariates.items()},
    )


def _document(
    rng: np.random.Generator, block: int, n_blocks: int, length: int
) -> NDArray[np.int32]:
    own = block * WORDS_PER_BLOCK + rng.integers(0, WORDS_PER_BLOCK, length)
    common = n_blocks * WORDS_PER_BLOCK + rng.integers(0, COMMON_WORDS, length)
    return np.where(rng.random(length) < 0.8, own, common).astype(np.int32)


def _counts(tokens: list[NDArray[np.int32]], n_words: int) -> csr_array:
    dense = np.zeros((len(tokens), n_words), dtype=np.int32)
    for row, ids in enumerate(tokens):
        np.add.at(dense[row], ids, 1)
    return csr_array(dense)
