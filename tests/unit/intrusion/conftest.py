from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from tests.runs import make_run
from theta.run import Run

NUM_TOPICS, BLOCK, N_DOCS = 6, 30, 240


@pytest.fixture(scope="session")
def run() -> Run:
    """Six topics of thirty words each; every document has three topics."""
    random = np.random.default_rng(0)
    n_words = NUM_TOPICS * BLOCK
    topic_word = np.full((NUM_TOPICS, n_words), 0.001)
    for topic in range(NUM_TOPICS):
        topic_word[topic, topic * BLOCK : (topic + 1) * BLOCK] = np.linspace(2, 1, BLOCK)
    topic_word /= topic_word.sum(axis=1, keepdims=True)
    doc_topic = np.full((N_DOCS, NUM_TOPICS), 0.01)
    for d in range(N_DOCS):
        doc_topic[d, (d + np.arange(3)) % NUM_TOPICS] = 0.6 + random.random() / 10, 0.2, 0.1
    doc_topic /= doc_topic.sum(axis=1, keepdims=True)
    made = make_run(
        doc_topic,
        topic_word,
        vocabulary=[f"{chr(97 + v // BLOCK)}{chr(97 + v % BLOCK % 26)}{v}" for v in range(n_words)],
        texts=[
            f"text {d} on {d % NUM_TOPICS} " + "and more " * (d % 7 * 10) for d in range(N_DOCS)
        ],
        row_ids=[f"id{d}" for d in range(N_DOCS)],
    )
    # Each word of a block is in as many documents as its place in the block.
    counts = np.zeros((N_DOCS, n_words), np.int32)
    for v in range(n_words):
        counts[: (v % BLOCK + 1) * 5, v] = 1
    corpus = replace(made.prepared.corpus, bow=csr_array(counts))
    made.prepared = replace(made.prepared, corpus=corpus)
    return made
