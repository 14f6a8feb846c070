"""Corpora of ready arrays for the benchmarks, and parts of them."""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, load_npz

from theta.contracts import Corpus, Embeddings, Labels, Split, Tokens
from theta.corpus.sample import corpus_at

WORD = re.compile(r"\b\w\w\w+\b")


def read_folder(folder: Path) -> tuple[Corpus, Embeddings]:
    """Return the corpus of a folder, all of it for training, and its ready vectors.

    The folder holds vocab.json (the words), bow.npz (SciPy's sparse counts), documents_mini.npy
    and words_mini.npy (vectors) and one *.csv.gz with the columns text and, if known, label;
    texts whose words are separated by spaces.
    """
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    bow = csr_array(load_npz(folder / "bow.npz").astype(np.int32))
    rows = _read_rows(folder)
    labels = None
    if "label" in rows[0]:
        label_names, codes = np.unique([row["label"] for row in rows], return_inverse=True)
        labels = Labels(codes.astype(np.int32), tuple(label_names.tolist()))
    corpus = Corpus(
        vocabulary=tuple(vocabulary),
        bow=bow,
        tokens=tokenize([row["text"] for row in rows], vocabulary),
        split=np.zeros(len(rows), dtype=np.int8),
        first_halves=csr_array((0, len(vocabulary)), dtype=np.int32),
        row_ids=[str(number) for number in range(len(rows))],
        labels=labels,
        languages=("en" if all(map(str.isascii, vocabulary)) else "",),
        fingerprint=folder.name,
    )
    documents = np.load(folder / "documents_mini.npy")
    words = np.load(folder / "words_mini.npy")
    return corpus, Embeddings(documents, words, np.empty((0, words.shape[1]), words.dtype))


def read_texts(folder: Path) -> list[str]:
    """Return the texts of a folder as of `read_folder`."""
    return [row["text"] for row in _read_rows(folder)]


def _read_rows(folder: Path) -> list[dict[str, str]]:
    (table,) = folder.glob("*.csv.gz")
    csv.field_size_limit(sys.maxsize)
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tokenize(texts: list[str], vocabulary: list[str]) -> Tokens:
    """Return the vocabulary words of each text in reading order."""
    number = {word: v for v, word in enumerate(vocabulary)}
    pattern = re.compile(r"\S+") if any(len(word) < 3 for word in vocabulary) else WORD
    ids = [[number[w] for w in pattern.findall(text.lower()) if w in number] for text in texts]
    starts = np.cumsum([0, *(len(found) for found in ids)]).astype(np.int64)
    return Tokens(starts, np.concatenate([np.asarray(found, np.int32) for found in ids]))


def with_split(corpus: Corpus, seed: int) -> Corpus:
    """Return the corpus with a tenth of its documents for validation, and without its labels."""
    split = np.full(corpus.n_docs, Split.TRAIN, dtype=np.int8)
    order = np.random.default_rng(seed).permutation(corpus.n_docs)
    split[order[: corpus.n_docs // 10]] = Split.VALIDATION
    return replace(corpus, split=split, labels=None)


def part_of(corpus: Corpus, embeddings: Embeddings, rows: np.ndarray) -> tuple[Corpus, Embeddings]:
    """Return the documents `rows` alone."""
    return corpus_at(corpus, rows), replace(embeddings, documents=embeddings.documents[rows])
