"""THETA trained from the topics of an earlier run."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.contracts import Corpus, Embeddings, Split, TopicModelOutput
from theta.models.base import FitContext
from theta.models.document_space import mean_vector
from theta.models.earlier_topics import EarlierTopics
from theta.models.theta import Theta
from theta.models.theta_options import ThetaOptions
from theta.models.topic_words import log_word_frequencies
from theta.models.warm_start import StartSpace

from .planted import COMMON_WORDS, WORDS_PER_BLOCK, planted_corpus, planted_embeddings

QUICK = ThetaOptions(
    num_topics=4, epochs=8, kl_warmup=1, batch_size=32, hidden_dim=16, learning_rate=0.01
)


def corpus_of(n_docs: int, seed: int, n_blocks: int) -> tuple[Corpus, Embeddings]:
    """Return a planted corpus whose words have the same names whatever the number of blocks."""
    corpus = planted_corpus(n_docs, seed, n_blocks=n_blocks)
    own = [f"block{b} word{v}" for b in range(n_blocks) for v in range(WORDS_PER_BLOCK)]
    common = [f"common{v}" for v in range(COMMON_WORDS)]
    corpus = dataclasses.replace(corpus, vocabulary=(*own, *common))
    return corpus, planted_embeddings(corpus)


OLD, OLD_EMBEDDINGS = corpus_of(200, 0, 4)
FIRST = Theta().fit(OLD, OLD_EMBEDDINGS, QUICK, FitContext(progress=False))


def earlier(corpus: Corpus, numbers: tuple[int, ...]) -> EarlierTopics:
    column = {word: v for v, word in enumerate(OLD.vocabulary)}
    columns = np.array([column.get(word, -1) for word in corpus.vocabulary])
    topic_word = np.zeros((4, corpus.n_words), np.float32)
    topic_word[:, columns >= 0] = FIRST.topic_word[:, columns[columns >= 0]]
    assert FIRST.topic_embeddings is not None
    centers = FIRST.topic_embeddings + FIRST.state["encoder.center"]
    return EarlierTopics(
        numbers, topic_word, columns >= 0, centers, {numbers[1]: "mine"}, {"9": [3, 4]}, None, "old"
    )


def blocks_of(output: TopicModelOutput) -> list[set[int]]:
    return [set((words // WORDS_PER_BLOCK).tolist()) for words in output.top_words(5)]


def updated(
    corpus: Corpus, embeddings: Embeddings, numbers: tuple[int, ...], seed: int = 0
) -> TopicModelOutput:
    options = dataclasses.replace(QUICK, num_topics=len(numbers))
    context = FitContext(progress=False, seed=seed, earlier=earlier(corpus, numbers))
    return Theta().fit(corpus, embeddings, options, context)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_documents_of_the_same_topics_leave_them_where_they_are(seed: int) -> None:
    corpus, embeddings = corpus_of(300, 1, 4)
    output = updated(corpus, embeddings, (5, 0, 9, 2), seed)
    assert blocks_of(output) == blocks_of(FIRST)
    distance = np.abs(output.topic_word - FIRST.topic_word).sum(axis=1) / 2
    between = [
        np.abs(FIRST.topic_word[j] - FIRST.topic_word[k]).sum() / 2
        for j in range(4)
        for k in range(j)
    ]
    assert distance.max() < 0.1 < 0.5 < min(between)
    assert output.facts["topic_numbers"] == output.facts["trained_numbers"] == [5, 0, 9, 2]
    assert output.facts["next_topic_number"] == 10
    assert output.facts["topic_names"] == {"0": "mine"}
    assert output.facts["topic_sources"] == {"9": [3, 4]}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_new_topic_is_found_and_the_others_keep_their_numbers(seed: int) -> None:
    corpus, embeddings = corpus_of(400, 1, 5)
    output = updated(corpus, embeddings, (0, 1, 2, 3, 4), seed)
    assert blocks_of(output) == [*blocks_of(FIRST), {4}]
    assert corpus.labels is not None
    block_of_topic = np.array([blocks.copy().pop() for blocks in blocks_of(output)])
    found = block_of_topic[output.doc_topic.argmax(axis=1)]
    assert (found == corpus.labels.codes).mean() > 0.97


def test_a_theme_of_a_few_documents_is_a_new_topic() -> None:
    corpus, embeddings = corpus_of(400, 1, 5)
    assert corpus.labels is not None
    few = np.flatnonzero(corpus.labels.codes == 4)[12:]
    split = corpus.split.copy()
    split[few] = np.int8(Split.TEST)
    halves = corpus.bow[np.flatnonzero(split == Split.TEST)]
    corpus = dataclasses.replace(corpus, split=split, first_halves=halves)
    assert (corpus.labels.codes[corpus.rows(Split.TRAIN)] == 4).sum() <= 12
    test_halves = embeddings.documents[corpus.rows(Split.TEST)]
    embeddings = dataclasses.replace(embeddings, test_halves=test_halves)
    output = updated(corpus, embeddings, (0, 1, 2, 3, 4))
    assert blocks_of(output)[:4] == blocks_of(FIRST)
    assert corpus.vocabulary[output.top_words(1)[4, 0]].startswith("block4")


def test_the_start_keeps_beta_and_makes_room_for_new_words() -> None:
    # Topic 0 knows words 0 and 1; of the two documents of its cluster, word 2 is new.
    topic = EarlierTopics(
        numbers=(0,),
        topic_word=np.array([[0.3, 0.1, 0.0]], np.float32),
        known=np.array([True, True, False]),
        centers=np.ones((1, 2), np.float32),
        names={},
        sources={},
        descriptions=None,
        fingerprint="",
    )
    bow = csr_array(np.array([[50, 0, 50], [0, 50, 50]], np.int32))
    background = log_word_frequencies(bow)
    clusters = np.zeros(2, np.intp)
    beta = np.exp(topic.deviations(bow, clusters, background) + background)[0]
    # In its cluster the new word has 100 of 200 counts and 50 pseudo-counts of the background;
    # words 0 and 1 share the rest as 3 to 1.
    new = (100 + 50 * float(np.exp(background[2]))) / (200 + 50)
    np.testing.assert_allclose(beta, [0.75 * (1 - new), 0.25 * (1 - new), new], rtol=1e-5)


def test_documents_go_to_the_nearest_earlier_topic() -> None:
    corpus, embeddings = corpus_of(200, 2, 4)
    rows = corpus.rows(Split.TRAIN)
    space = StartSpace(
        embeddings.documents, rows, mean_vector(embeddings.documents, rows), None, None
    )
    clusters = earlier(corpus, (0, 1, 2, 3)).clusters(space, 0)
    assert corpus.labels is not None
    block_of_topic = np.array([blocks.copy().pop() for blocks in blocks_of(FIRST)])
    np.testing.assert_array_equal(block_of_topic[clusters], corpus.labels.codes[rows])
