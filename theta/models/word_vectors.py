"""Word vectors learned from the corpus itself, by gensim's word2vec."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Split
from theta.models.requirements import library_errors, require_library
from theta.options.declare import option

LIBRARIES = {"gensim": "etm"}
"""The library of `word_vectors`, and the extra that installs it."""

_WINDOW = 4
_NEGATIVE = 10
_EPOCHS = 50
"""As in the ETM authors' code: skip-gram, 4 words to each side, 10 negative samples, 50 epochs."""


@dataclass(frozen=True)
class WordVectorOptions:
    """For models whose topics are vectors in the space of word vectors."""

    embedding_dim: int = option(
        300,
        "Dimensions of the word vectors, learned from the corpus by word2vec.",
        valid=(2, None),
        usual=(50, 1000),
    )


def word_vectors(corpus: Corpus, dim: int, seed: int) -> NDArray[np.float32]:
    """Return skip-gram vectors of the vocabulary: (n_words, dim).

    Mikolov, Sutskever, Chen, Corrado & Dean (2013), https://arxiv.org/abs/1310.4546. Words
    outside the training documents get the mean vector.

    Raises
    ------
    ThetaError
        If gensim is not installed.
    """
    word2vec = require_library("gensim.models.word2vec", LIBRARIES["gensim"])
    starts, ids = corpus.tokens.starts, corpus.tokens.ids
    sentences = [
        [str(word) for word in ids[starts[row] : starts[row + 1]]]
        for row in corpus.rows(Split.TRAIN)
    ]
    # One worker and a fixed hash: threads and Python's salted hash would change results.
    with library_errors("gensim"):
        model = word2vec.Word2Vec(
            sentences,
            vector_size=dim,
            window=_WINDOW,
            negative=_NEGATIVE,
            epochs=_EPOCHS,
            sg=1,
            min_count=1,
            workers=1,
            seed=seed,
            hashfxn=int,
        )
    known = np.array([int(word) for word in model.wv.index_to_key])
    vectors = np.tile(model.wv.vectors.mean(axis=0), (corpus.n_words, 1))
    vectors[known] = model.wv.vectors
    return vectors.astype(np.float32)
