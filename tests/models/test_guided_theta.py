"""THETA with labels of training documents, and with seed words of topics."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.contracts import UNLABELLED, Labels, Split, TopicModelOutput
from theta.errors import InvalidOption, MissingFile
from theta.models import label_head, seed_words
from theta.models.base import FitContext, no_encoder
from theta.models.guided_topics import guided_clusters, read_guided_topics
from theta.models.label_head import cluster_label_scores, label_probabilities
from theta.models.seed_words import (
    SeedWords,
    find_seed_words,
    pseudo_count,
    pseudo_documents,
    read_seed_words,
    seed_ranks,
    seed_weights,
)
from theta.models.theta import Theta
from theta.models.theta_options import ThetaOptions

from .planted import WORDS_PER_BLOCK, model_inputs, planted_corpus, planted_embeddings

CORPUS = planted_corpus(n_docs=120)
EMBEDDINGS = planted_embeddings(CORPUS)
QUICK = ThetaOptions(
    num_topics=4, epochs=8, kl_warmup=1, batch_size=16, hidden_dim=16, learning_rate=0.01
)
TEST = CORPUS.rows(Split.TEST)
TRAIN = CORPUS.rows(Split.TRAIN)


def fit(
    options: ThetaOptions = QUICK, corpus: Any = CORPUS, embeddings: Any = EMBEDDINGS, **how: Any
) -> TopicModelOutput:
    return Theta().fit(corpus, embeddings, options, FitContext(progress=False, **how))


def with_labels(codes: np.ndarray, names: tuple[str, ...]) -> Any:
    return dataclasses.replace(CORPUS, labels=Labels(codes.astype(np.int32), names))


# --- labels ---------------------------------------------------------------------------------


def crossing_corpus() -> tuple[Any, Any]:
    """Labels that the embedding tells as well as the blocks do, but k-means does not look for.

    Two labels in each block, one per half of it; the embedding has a direction for them.
    """
    corpus = planted_corpus(n_docs=240)
    embeddings = planted_embeddings(corpus)
    half = ((np.arange(240) // 4) % 2).astype(np.int32)
    documents = embeddings.documents.astype(np.float32)
    documents[:, 0] += 2 * half - 1
    return (
        dataclasses.replace(corpus, labels=Labels(half, ("even", "odd"))),
        dataclasses.replace(embeddings, documents=documents.astype(np.float16)),
    )


def test_labels_draw_the_topics_to_tell_them_apart() -> None:
    """In the mean of three seeds: a test part of two dozen documents knows large steps only."""
    corpus, embeddings = crossing_corpus()
    test = corpus.rows(Split.TEST)

    def accuracy(weight: float) -> float:
        options = dataclasses.replace(QUICK, epochs=60, supervised_weight=weight)
        found = []
        for seed in (0, 1, 2):
            output = fit(options, corpus, embeddings, supervised=True, seed=seed)
            chances = label_probabilities(output.state, output.doc_topic)
            assert chances is not None
            found.append(np.mean(chances[test].argmax(axis=1) == corpus.labels.codes[test]))
        return float(np.mean(found))

    guided = accuracy(300.0)
    assert guided > accuracy(0.0)
    assert guided >= 0.75


def test_labels_are_not_looked_at_unless_asked() -> None:
    corpus, embeddings = crossing_corpus()
    without = fit(QUICK, dataclasses.replace(corpus, labels=None), embeddings)
    beside = fit(QUICK, corpus, embeddings)
    np.testing.assert_array_equal(beside.topic_word, without.topic_word)
    np.testing.assert_array_equal(beside.doc_topic, without.doc_topic)
    assert label_probabilities(beside.state, beside.doc_topic) is None
    assert "labels" not in beside.facts


@pytest.mark.parametrize(
    ("supervised", "weight", "follows"),
    [
        (True, 30.0, "supervised_dropout"),
        (True, 0.0, "dropout"),
        (False, 30.0, "dropout"),
    ],
)
def test_labels_that_teach_have_a_dropout_of_their_own(
    supervised: bool, weight: float, follows: str
) -> None:
    options = dataclasses.replace(
        QUICK, supervised_weight=weight, dropout=0.2, supervised_dropout=0.2
    )
    first = fit(options, supervised=supervised)
    for name in ("dropout", "supervised_dropout"):
        other = fit(dataclasses.replace(options, **{name: 0.5}), supervised=supervised)
        assert np.array_equal(other.doc_topic, first.doc_topic) is (name != follows)


def test_documents_without_a_label_train_everything_else() -> None:
    """One labelled document in ten is enough to name the topics."""
    assert CORPUS.labels is not None
    codes = np.full(120, UNLABELLED)
    labelled = TRAIN[::10]
    codes[labelled] = CORPUS.labels.codes[labelled]
    assert 0 < len(labelled) < 15
    # Of 16 hidden units .7 would leave five.
    options = dataclasses.replace(QUICK, supervised_dropout=0.2)
    output = fit(options, with_labels(codes, CORPUS.labels.names), supervised=True)
    chances = label_probabilities(output.state, output.doc_topic)
    assert chances is not None
    assert (chances[TEST].argmax(axis=1) == CORPUS.labels.codes[TEST]).mean() >= 0.9
    assert output.facts["labels"] == list(CORPUS.labels.names)


def test_the_same_topics_are_inferred_from_the_saved_state() -> None:
    output = fit(supervised=True)
    everything = model_inputs(CORPUS, EMBEDDINGS, np.arange(120))
    found = Theta().infer(output.state, QUICK, everything)
    np.testing.assert_array_equal(found, output.doc_topic)


def test_label_scores_by_hand() -> None:
    # Cluster 0 holds labels a, a; cluster 1 holds b; one document has no label. Of 3 labelled
    # documents and 2 labels q = ((2 + 1) / 5, (1 + 1) / 5) = (.6, .4).
    # W_a0 = log((2 + .6) / 3), W_b0 = log(.4 / 3), W_a1 = log(.6 / 2), W_b1 = log((1 + .4) / 2).
    labels = Labels(np.array([0, 1, 0, 1, UNLABELLED, 1], np.int32), ("a", "b"))
    rows = np.array([0, 2, 3, 4])
    scores = cluster_label_scores(labels, rows, np.array([0, 0, 1, 1]), 2)
    expected = np.log([[2.6 / 3, 0.6 / 2], [0.4 / 3, 1.4 / 2]])
    np.testing.assert_allclose(scores, expected, rtol=1e-6)
    # The columns are distributions: a document of one topic starts at its cluster's shares.
    np.testing.assert_allclose(np.exp(scores).sum(axis=0), 1, rtol=1e-6)


def test_label_probabilities_by_hand() -> None:
    # Scores of θ = (½, ½): (1 + 0, 0 + 2) / 2 + (0, log 2 − ½) = (½, ½ + log 2): 1 to 2.
    state = {
        label_head.WEIGHT: np.array([[1.0, 0.0], [0.0, 2.0]]),
        label_head.BIAS: np.array([0.0, np.log(2) - 0.5]),
    }
    chances = label_probabilities(state, np.array([[0.5, 0.5]]))
    np.testing.assert_allclose(chances, [[1 / 3, 2 / 3]])


# --- seed words ------------------------------------------------------------------------------

SEEDS_OF_TWO_BLOCKS = "last: [word24, word25]\nfirst: [word00, word01, unheard]\n"


def write_seeds(folder: Path, text: str = SEEDS_OF_TWO_BLOCKS) -> Path:
    path = folder / "seeds.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_guided_topics_keep_their_words_and_the_rest_stay_free(tmp_path: Path) -> None:
    output = fit(dataclasses.replace(QUICK, seed_words=write_seeds(tmp_path)))
    last, first = output.facts["seed_words"]
    assert (last["topic"], last["name"], last["not_in_vocabulary"]) == (0, "last", [])
    assert (first["topic"], first["name"], first["not_in_vocabulary"]) == (1, "first", ["unheard"])
    top = [set((words // WORDS_PER_BLOCK).tolist()) for words in output.top_words(5)]
    assert top[:2] == [{3}, {0}]
    assert {frozenset(blocks) for blocks in top[2:]} == {frozenset({1}), frozenset({2})}
    for topic, guided in enumerate([last, first]):
        for word, rank in guided["ranks"].items():
            assert CORPUS.vocabulary[output.top_words(40)[topic, rank - 1]] == word
        assert max(guided["ranks"].values()) <= WORDS_PER_BLOCK


def test_seed_words_hold_against_the_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words of two blocks given as one topic: the prior keeps them near its top."""
    options = dataclasses.replace(
        QUICK, epochs=40, seed_words=write_seeds(tmp_path, "mixed: [word00, word08]\n")
    )

    def lowest_rank(share: float) -> int:
        monkeypatch.setattr(seed_words, "_SEED_SHARE", share)
        return max(fit(options).facts["seed_words"][0]["ranks"].values())

    # In a vocabulary of 38 words a top word holds a tenth of its topic.
    assert lowest_rank(0.1) <= 8
    assert lowest_rank(0.0) > 8


def test_every_topic_can_be_guided(tmp_path: Path) -> None:
    text = "".join(f"block{b}: [word{8 * b:02d}, word{8 * b + 1:02d}]\n" for b in range(4))
    output = fit(dataclasses.replace(QUICK, seed_words=write_seeds(tmp_path, text)))
    assert CORPUS.labels is not None
    np.testing.assert_array_equal(output.doc_topic.argmax(axis=1), CORPUS.labels.codes)


def test_an_interrupted_guided_training_ends_with_the_same_bits(tmp_path: Path) -> None:
    options = dataclasses.replace(QUICK, seed_words=write_seeds(tmp_path))
    whole = fit(options, supervised=True)
    checkpoint = tmp_path / "unfinished.safetensors"
    epochs = iter([False, False, True])
    with pytest.raises(Exception, match="stopped after epoch 3"):
        fit(options, supervised=True, checkpoint=checkpoint, interrupted=lambda: next(epochs))
    resumed = fit(options, supervised=True, checkpoint=checkpoint)
    np.testing.assert_array_equal(resumed.topic_word, whole.topic_word)
    np.testing.assert_array_equal(resumed.doc_topic, whole.doc_topic)
    for name, array in whole.state.items():
        np.testing.assert_array_equal(resumed.state[name], array)
    # Without the labels or with other seeds it is another training.
    epochs = iter([True])
    other = tmp_path / "other.safetensors"
    with pytest.raises(Exception, match="stopped after epoch 1"):
        fit(options, supervised=True, checkpoint=other, interrupted=lambda: next(epochs))
    with pytest.raises(InvalidOption, match="other options, seed or data"):
        fit(options, checkpoint=other)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs one topic a line"),
        ("- a\n- b\n", "needs one topic a line"),
        ("sport: game\n", "topic sport needs one topic a line"),
        ("sport: []\n", "topic sport needs"),
        ("sport: [[a]]\n", "topic sport has .*, which is not a word"),
        ("sport: [a\n", "is not plain YAML"),
        ("x: !!python/object:os.system {}\n", "topic x needs one topic a line"),
        ("sport: [a]\nsport: [b]\n", "line 2: sport occurs twice"),
        ("sport: [a]\nSport: [b]\n", "two topics are called Sport"),
        ("3: [a]\n", "the name '3' would be taken for a topic's number"),
        ("'': [a]\n", "the name '' is empty"),
        ("sport: [a, '']\n", "topic sport has '', which is not a word"),
        ("[" * 3000, "is not plain YAML"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        read_seed_words(write_seeds(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="--seed_words"):
        read_seed_words(tmp_path / "none.yaml")


def test_words_are_read_as_they_are_written(tmp_path: Path) -> None:
    seeds = read_seed_words(write_seeds(tmp_path, "no: [yes, 2001, On]\n"))
    assert seeds == {"no": ["yes", "2001", "On"]}


def test_words_are_found_as_written_or_in_lower_case() -> None:
    found = find_seed_words({"a": ["Game", "US", "game"], "b": ["us"]}, ["US", "game", "us"])
    assert found.words == ((1, 0), (2,))
    assert found.missing == ((), ())


def test_words_nobody_knows_are_named(caplog: pytest.LogCaptureFixture) -> None:
    found = find_seed_words({"a": ["game", "gmae", "xyz"]}, ["game"])
    assert found.missing == (("gmae", "xyz"),)
    assert "topic a that are not in the vocabulary: gmae, xyz" in caplog.text
    with pytest.raises(InvalidOption, match=r"none of the words of topic a .*: gmae"):
        find_seed_words({"a": ["gmae"]}, ["game"])


def test_more_seeded_topics_than_topics(tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path, "a: [game]\nb: [game]\n")
    with pytest.raises(InvalidOption, match="--seed_words names 2 topics, --num_topics is 1"):
        read_guided_topics(None, seeds, ["game"], 1, no_encoder)


def test_ranks_by_hand() -> None:
    seeds = SeedWords(("t",), ((0, 2),), ((),))
    scores = np.array([[0.1, 0.5, 0.3, 0.2]])
    assert seed_ranks(seeds, scores, ["a", "b", "c", "d"])[0]["ranks"] == {"c": 2, "a": 4}


def test_pseudo_counts_are_a_share_of_an_average_topic() -> None:
    # 100 counts over 2 topics: 50 each, of which a seed word gets two hundredths.
    counts = csr_array(np.full((10, 5), 2.0))
    assert pseudo_count(counts, 2) == 1.0
    seeds = SeedWords(("t", "u"), ((4, 2), (0,)), ((), ()))
    documents = pseudo_documents(seeds, counts, 2).toarray()
    np.testing.assert_array_equal(documents, [[0, 0, 1, 0, 1], [1, 0, 0, 0, 0]])


def test_weights_find_the_documents_of_the_seed_words() -> None:
    bow = csr_array(np.array([[4, 0, 0], [1, 3, 0], [0, 2, 2]], dtype=np.int32))
    weights = seed_weights(bow, SeedWords(("t", "u"), ((0,), (2,)), ((), ())))
    assert weights[0, 0] == pytest.approx(1)
    assert weights[0, 0] > weights[1, 0] > weights[2, 0] == 0
    assert weights[2, 1] > weights[0, 1] == weights[1, 1] == 0


def test_guided_clusters_stay_at_their_seed_words() -> None:
    embeddings = EMBEDDINGS.documents.astype(np.float32)
    seeds = SeedWords(("third",), ((16, 17, 18),), ((),))
    assert CORPUS.labels is not None
    blocks = CORPUS.labels.codes
    found = np.array([0, 1, 2, 3])[blocks]
    weights = seed_weights(CORPUS.bow, seeds)
    clusters = guided_clusters(embeddings, weights, found)
    np.testing.assert_array_equal(clusters, np.array([1, 2, 0, 3])[blocks])


def test_a_guided_topic_divides_the_cluster_that_it_is_in() -> None:
    """Two blocks in one cluster, one of them wanted, and a cluster of a half of another block."""
    embeddings = EMBEDDINGS.documents.astype(np.float32)
    assert CORPUS.labels is not None
    blocks = CORPUS.labels.codes
    found = np.array([0, 1, 0, 2])[blocks]
    found[np.flatnonzero(blocks == 3)[:15]] = 3
    weights = (blocks == 2).astype(np.float32)[:, None]
    clusters = guided_clusters(embeddings, weights, found)
    np.testing.assert_array_equal(clusters == 0, blocks == 2)
