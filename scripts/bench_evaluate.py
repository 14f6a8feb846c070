"""Time NPMI, C_V and UMass against gensim's CoherenceModel, on the same topics and tokens.

    python scripts/bench_evaluate.py                           the Lee corpus, part of gensim
    python scripts/bench_evaluate.py --data /path/to/20ng      a folder with vocab.json, bow.npz,
                                                               documents_mini.npy, 20ng.csv.gz

Both sides get tokens that are ready; reading and tokenising are not timed. The topics are k-means
clusters with their most relevant words. gensim's default number of processes is cores − 1.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import re
import statistics
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from gensim.corpora import Dictionary
from gensim.models import CoherenceModel
from gensim.test.utils import datapath
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD

from theta.contracts import Tokens
from theta.evaluation.coherence import (
    C_V_WINDOW,
    NPMI_WINDOW,
    TOP_N,
    c_v,
    npmi,
    u_mass,
)
from theta.evaluation.rank_biased_overlap import rank_biased_overlap
from theta.evaluation.stability import RBO_P, match_topics
from theta.evaluation.windows import count_windows

WORD = re.compile(r"\b[^\W\d_]{3,}\b")


def main() -> None:
    """Print seconds, the largest difference and memory of both sides."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, help="folder of 20 Newsgroups; default: the Lee corpus"
    )
    parser.add_argument("--num_topics", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3, help="the median is printed")
    args = parser.parse_args()

    texts, vectors = read_lee() if args.data is None else read_20ng(args.data)
    vocabulary = sorted({word for text in texts for word in text})
    tokens = encode(texts, vocabulary)
    topics = top_words(tokens, len(vocabulary), vectors, args.num_topics, seed=0)
    print(
        f"{len(texts)} documents, {len(tokens.ids)} tokens, {len(vocabulary)} words, "
        f"{len(topics)} topics of {topics.shape[1]} words, {os.cpu_count()} cores, "
        f"median of {args.repeats}"
    )

    topic_texts = [[vocabulary[word] for word in topic] for topic in topics]
    dictionary = Dictionary(texts)
    corpus = [dictionary.doc2bow(text) for text in texts]
    sides: dict[str, Callable[[], NDArray[np.float64]]] = {
        "theta": lambda: ours(topics, tokens),
        "gensim, processes=1": lambda: gensims(topic_texts, texts, dictionary, corpus, 1),
        "gensim, default": lambda: gensims(topic_texts, texts, dictionary, corpus, -1),
    }
    runs: dict[str, list[float]] = {name: [] for name in sides}
    values = {}
    for _ in range(args.repeats):  # in turn, so that a busy machine slows down all alike
        for name, side in sides.items():
            began = time.perf_counter()
            values[name] = side()
            runs[name].append(time.perf_counter() - began)
    seconds = {name: statistics.median(times) for name, times in runs.items()}
    for name in sides:
        difference = np.abs(values[name] - values["theta"]).max()
        print(
            f"{name:20s} {seconds[name]:9.3f} s  {seconds[name] / seconds['theta']:7.1f} x theta  "
            f"max difference per topic {difference:.1e}  "
            "NPMI {:.4f}  C_V {:.4f}  UMass {:.4f}".format(*values[name].mean(axis=1))
        )
    print(
        f"theta's peak memory beyond its input: {peak_mib(sides['theta']):.1f} MiB "
        f"(the tokens are {tokens.ids.nbytes / 2**20:.1f} MiB)"
    )
    print_overlaps(topics, top_words(tokens, len(vocabulary), vectors, args.num_topics, seed=1))


def ours(topics: NDArray[np.intp], tokens: Tokens) -> NDArray[np.float64]:
    """Return NPMI, C_V and UMass of each topic: (3, num_topics)."""
    near, far, documents = count_windows(topics, tokens, [NPMI_WINDOW, C_V_WINDOW, None])
    return np.array([npmi(near), c_v(far), u_mass(documents)])


def gensims(
    topics: list[list[str]],
    texts: list[list[str]],
    dictionary: Dictionary,
    corpus: list[list[tuple[int, int]]],
    processes: int,
) -> NDArray[np.float64]:
    """Return the same of gensim."""
    common = {"topics": topics, "dictionary": dictionary, "topn": TOP_N, "processes": processes}
    return np.array(
        [
            CoherenceModel(texts=texts, coherence="c_npmi", **common).get_coherence_per_topic(),
            CoherenceModel(texts=texts, coherence="c_v", **common).get_coherence_per_topic(),
            CoherenceModel(corpus=corpus, coherence="u_mass", **common).get_coherence_per_topic(),
        ]
    )


def print_overlaps(topics: NDArray[np.intp], others: NDArray[np.intp]) -> None:
    """Print the overlap of topics of two seeds: matched, and the most similar unmatched topic."""
    partner, overlap = match_topics(topics, others)
    overlaps = rank_biased_overlap(topics, others, RBO_P)
    matched = partner >= 0
    overlaps[np.flatnonzero(matched), partner[matched]] = 0
    nearest = overlaps.max(axis=1)
    print(
        f"topics of two seeds: median overlap with the partner {np.median(overlap):.2f}; "
        f"with the nearest other topic {np.median(nearest):.2f}, "
        f"in 95 % of topics below {np.quantile(nearest, 0.95):.2f}"
    )


def peak_mib(side: Callable[[], object]) -> float:
    """Return the most memory that a call holds at once; tracing slows it down."""
    tracemalloc.start()
    side()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def top_words(
    tokens: Tokens, n_words: int, vectors: NDArray[np.float32] | None, num_topics: int, seed: int
) -> NDArray[np.intp]:
    """Return the ten most relevant words (λ = 0.6) of k-means clusters."""
    document = np.repeat(np.arange(len(tokens)), np.diff(tokens.starts))
    bow = csr_array((np.ones(len(tokens.ids)), (document, tokens.ids)), (len(tokens), n_words))
    if vectors is None:
        n_documents = np.bincount(bow.indices, minlength=n_words)
        weighted = bow.log1p().multiply(np.log(len(tokens) / n_documents)).tocsr()
        vectors = TruncatedSVD(100, random_state=seed).fit_transform(weighted)
    cluster = KMeans(num_topics, n_init=1, random_state=seed).fit_predict(vectors)
    counts = np.zeros((num_topics, n_words))
    np.add.at(counts, (cluster[document], tokens.ids), 1)
    p = counts.sum(axis=0) / counts.sum()
    beta = (counts + 50 * p) / (counts.sum(axis=1, keepdims=True) + 50)
    relevance = 0.6 * np.log(beta) + 0.4 * np.log(beta / p)
    return np.argsort(-relevance, axis=1, kind="stable")[:, :TOP_N]


def encode(texts: list[list[str]], vocabulary: list[str]) -> Tokens:
    """Return texts as word ids."""
    id_of = {word: i for i, word in enumerate(vocabulary)}
    starts = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    return Tokens(starts, np.array([id_of[w] for text in texts for w in text], dtype=np.int32))


def read_lee() -> tuple[list[list[str]], None]:
    """Return the words of Lee's 300 news texts that stand in at least two of them."""
    lines = Path(datapath("lee_background.cor")).read_text(encoding="utf-8").splitlines()
    texts = [WORD.findall(line.lower()) for line in lines]
    n_documents = Counter(word for text in texts for word in set(text))
    return [[word for word in text if n_documents[word] > 1] for text in texts], None


def read_20ng(folder: Path) -> tuple[list[list[str]], NDArray[np.float32]]:
    """Return the vocabulary words and the vectors of 20 Newsgroups."""
    vocabulary = set(json.loads((folder / "vocab.json").read_text(encoding="utf-8")))
    csv.field_size_limit(2**31 - 1)
    with gzip.open(folder / "20ng.csv.gz", "rt", encoding="utf-8", newline="") as handle:
        rows = [WORD.findall(row["text"].lower()) for row in csv.DictReader(handle)]
    texts = [[word for word in row if word in vocabulary] for row in rows]
    with np.load(folder / "bow.npz") as bow:
        n_tokens = int(bow["data"].sum())
    assert sum(map(len, texts)) == n_tokens, "other tokens than those of bow.npz"
    return texts, np.load(folder / "documents_mini.npy").astype(np.float32)


if __name__ == "__main__":
    main()
