"""Print what is lost by training THETA on a sample of a corpus.

    PYTHONPATH=. python scripts/bench_sample.py --corpora FOLDER --planted 50000

A tenth of the documents is for validation, the same for all samples. Of the others a sample is
drawn by content, as --train_documents draws it; the model is trained on it with the quick schedule
of bench_quality.py and applied to all documents. NPMI counts in all documents, NMI compares the
dominant topic of each document with its label, and perplexity is from the ELBO of the validation
documents. A planted corpus has 20 topics of 200 words each; half of the 60 words of a document are
from its topic, half from 20,000 others by Zipf's law.
"""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from bench_quality import evaluate, numbers
from planted_corpus import COMMON_WORDS, N_TOPICS, TOPIC_WORDS
from quality_contestants import QUICK, TOP_N, Topics
from quality_data import part_of, read_folder, with_split
from scipy.sparse import csr_array

from theta.contracts import Corpus, Embeddings, Labels, ModelInputs, Split, Tokens
from theta.corpus.bow import count_words
from theta.corpus.sample import digest_texts, draw_sample
from theta.models.base import FitContext
from theta.models.theta import Theta
from theta.models.theta_options import ThetaOptions
from theta.models.topic_words import log_counts

COLUMNS = ("NPMI", "NMI", "perplexity")
_DIM = 64
_WORDS = 5_000
"""Vocabulary of a planted corpus: the 4,000 words of its topics and the most frequent others."""


def main() -> None:
    """Print a line per corpus and size of the sample."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpora", type=Path, nargs="*", default=[], help="see quality_data")
    parser.add_argument("--planted", type=int, default=0, help="documents of a planted corpus")
    parser.add_argument("--percent", type=numbers, default=[1, 5, 20, 100])
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--seeds", type=numbers, default=[0, 1])
    args = parser.parse_args()
    corpora = [read_folder(folder) for folder in args.corpora]
    corpora += [planted(args.planted)] if args.planted else []
    print(f"{'corpus':12}{'sample':>8}{'documents':>11}" + "".join(f"{c:>12}" for c in COLUMNS))
    for corpus, embeddings in corpora:
        for percent in args.percent:
            found = [bench(corpus, embeddings, percent, args.k, seed) for seed in args.seeds]
            means = {name: float(np.mean([row[name] for row in found])) for name in found[0]}
            print(
                f"{corpus.fingerprint:12}{percent:7d}%{means['documents']:11.0f}"
                f"{means['NPMI']:12.3f}{means['NMI']:12.3f}{means['perplexity']:12.0f}"
                f"{means['seconds']:9.1f} s",
                flush=True,
            )


def bench(
    corpus: Corpus, embeddings: Embeddings, percent: int, num_topics: int, seed: int
) -> dict[str, float]:
    """Return the columns of one sample and seed."""
    split = with_split(corpus, 0)
    validation = split.rows(Split.VALIDATION)
    n_train = len(split.rows(Split.TRAIN)) * percent // 100
    drawn = draw_sample(_digests(split.tokens), split.split, n_train)
    train = drawn[split.split[drawn] == Split.TRAIN]
    rows = np.union1d(train, validation)
    sample, vectors = part_of(split, embeddings, rows)
    options = ThetaOptions(num_topics=num_topics, **QUICK)
    began = time.process_time()
    output = Theta().fit(sample, vectors, options, FitContext(seed=seed, progress=False))
    seconds = time.process_time() - began
    inputs = ModelInputs(corpus.bow, embeddings.documents)
    output = replace(output, doc_topic=Theta().infer(output.state, options, inputs))
    words = log_counts(corpus.bow[validation]).sum() / len(validation)
    perplexity = float(np.exp(-output.facts["validation_elbo"] / words))
    topics = Topics(output.top_words(TOP_N), output.doc_topic, perplexity)
    measured = evaluate(topics, corpus, corpus)
    return measured | {"documents": len(train), "seconds": seconds}


def _digests(tokens: Tokens) -> np.ndarray:
    starts = tokens.starts.tolist()
    documents = (tokens.ids[a:b].tobytes().hex() for a, b in itertools.pairwise(starts))
    return digest_texts(documents)


def planted(n_docs: int) -> tuple[Corpus, Embeddings]:
    """Return a corpus of 20 planted topics, and vectors around a direction for each."""
    draw = np.random.default_rng(0)
    zipf = 1 / np.arange(1, COMMON_WORDS + 1)
    topics = draw.integers(0, N_TOPICS, n_docs)
    common = np.searchsorted(np.cumsum(zipf) / zipf.sum(), draw.random((n_docs, 30)))
    own = draw.integers(0, TOPIC_WORDS, (n_docs, 30)) + TOPIC_WORDS * topics[:, None]
    ids = draw.permuted(np.hstack([N_TOPICS * TOPIC_WORDS + common, own]), axis=1)
    lengths = (ids < _WORDS).sum(axis=1)
    tokens = Tokens(np.concatenate([[0], np.cumsum(lengths)]), ids[ids < _WORDS].astype(np.int32))
    directions = draw.standard_normal((N_TOPICS + 1, _DIM))
    of_word = np.minimum(np.arange(_WORDS) // TOPIC_WORDS, N_TOPICS)
    documents, words = (
        (directions[which] + draw.standard_normal((len(which), _DIM))).astype(np.float32)
        for which in (topics, of_word)
    )
    corpus = Corpus(
        vocabulary=tuple(f"word{number:04d}" for number in range(_WORDS)),
        bow=count_words(tokens.ids, lengths, _WORDS),
        tokens=tokens,
        split=np.zeros(n_docs, np.int8),
        first_halves=csr_array((0, _WORDS), dtype=np.int32),
        row_ids=[str(number) for number in range(n_docs)],
        labels=Labels(topics.astype(np.int32), tuple(f"topic{k:02d}" for k in range(N_TOPICS))),
        fingerprint="planted",
    )
    return corpus, Embeddings(_units(documents), _units(words), _units(words[:0]))


def _units(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / lengths).astype(np.float16)


if __name__ == "__main__":
    main()
