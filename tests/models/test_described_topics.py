"""THETA with topics that the user describes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from theta.contracts import Split
from theta.errors import InvalidOption, MissingFile
from theta.models import described_topics
from theta.models.base import FitContext, no_encoder
from theta.models.described_topics import (
    NO_FIT,
    DescriptionFit,
    read_descriptions,
    without_descriptions,
)
from theta.models.document_space import mean_vector
from theta.models.guided_topics import read_guided_topics
from theta.models.theta import Theta
from theta.models.theta_options import ThetaOptions

from .planted import WORDS_PER_BLOCK, model_inputs, planted_corpus, planted_embeddings

CORPUS = planted_corpus(n_docs=320)
EMBEDDINGS = planted_embeddings(CORPUS)
assert CORPUS.labels is not None
BLOCKS = CORPUS.labels.codes
TRAIN, TEST = CORPUS.rows(Split.TRAIN), CORPUS.rows(Split.TEST)
QUICK = ThetaOptions(
    num_topics=4, epochs=8, kl_warmup=1, batch_size=32, hidden_dim=16, learning_rate=0.01
)
CENTER = mean_vector(EMBEDDINGS.documents, TRAIN)


def vector_of(block: int) -> np.ndarray:
    """Return a vector near a block, as an encoder would return for its description."""
    rows = np.flatnonzero(block == BLOCKS)[:3]
    return EMBEDDINGS.documents[rows].astype(np.float32).mean(axis=0)


def write(folder: Path, text: str, name: str = "topics.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# --- the file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("topics.txt", "# mine\n\nLate: parcels: late or lost\n  no :  nothing   else \n"),
        ("topics.yaml", "Late: 'parcels: late or lost'\nno: nothing\n  else\n"),
        ("topics.yml", "\ufeffLate: >\n  parcels: late\n  or lost\nno: nothing else\n"),
    ],
)
def test_lines_and_yaml_are_read(tmp_path: Path, name: str, text: str) -> None:
    topics = read_descriptions(write(tmp_path, text, name))
    assert topics == {"Late": "parcels: late or lost", "no": "nothing else"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "needs one topic a line"),
        ("# nothing\n", "needs one topic a line"),
        ("Late: parcels\nBroken\n", "line 2: there is no colon"),
        ("Late:  \n", "the topic Late has no description"),
        (": parcels\n", "'parcels' describes a topic without a name"),
        ("3: parcels\n", "the name '3' would be taken for a topic's number"),
        ("La\x07te: parcels\n", "the name 'La\\x07te' has the character '\\x07'"),
        (f"{'x' * 101}: parcels\n", "has 101 characters, more than 100"),
        ("Late: parcels\nlate: trains\n", "two topics are called late"),
        ("Late: parcels\nLost: Parcels\n", "Late and Lost have the same description"),
    ],
)
def test_a_bad_list_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        read_descriptions(write(tmp_path, text))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "needs one topic a line"),
        ("- a\n", "needs one topic a line"),
        ("Late: [parcels]\n", "the topic Late needs one text"),
        ("Late: parcels\nLate: trains\n", "line 2: Late occurs twice"),
        ("Late: parcels: lost\n", "is not plain YAML"),
    ],
)
def test_bad_yaml_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        read_descriptions(write(tmp_path, text, "topics.yaml"))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"--topics .*none\.txt: No such file"):
        read_descriptions(tmp_path / "none.txt")
    (tmp_path / "bytes.txt").write_bytes(b"Late: \xff\xfe")
    with pytest.raises(InvalidOption, match="is not a text file in UTF-8"):
        read_descriptions(tmp_path / "bytes.txt")


def test_more_topics_than_topics_and_no_encoder(tmp_path: Path) -> None:
    topics = write(tmp_path, "a: first\nb: second\n")
    seeds = write(tmp_path, "c: [word00]\n", "seeds.yaml")
    with pytest.raises(InvalidOption, match="--topics names 2 topics, --num_topics is 1"):
        read_guided_topics(topics, None, CORPUS.vocabulary, 1, no_encoder)
    with pytest.raises(InvalidOption, match="--topics and --seed_words name 3 topics"):
        read_guided_topics(topics, seeds, CORPUS.vocabulary, 2, no_encoder)
    with pytest.raises(InvalidOption, match="no encoder for 2 texts"):
        read_guided_topics(topics, seeds, CORPUS.vocabulary, 3, no_encoder)


def test_a_topic_may_have_a_description_and_seed_words(tmp_path: Path) -> None:
    topics = write(tmp_path, "a: first\nb: second\n")
    seeds = write(tmp_path, "c: [word00]\nb: [word09]\n", "seeds.yaml")
    vectors = np.eye(2, dtype=np.float16)
    guided = read_guided_topics(topics, seeds, CORPUS.vocabulary, 3, lambda _: vectors)
    assert guided is not None
    assert guided.names == ("a", "b", "c")
    assert guided.seeds is not None
    assert guided.seeds.words == ((), (9,), (0,))
    assert guided.described is not None
    np.testing.assert_array_equal(guided.described.vectors, vectors)


# --- the topics ------------------------------------------------------------------------------


def test_topics_stand_at_their_descriptions_and_the_rest_stay_free(tmp_path: Path) -> None:
    asked: list[str] = []

    def embed(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return np.stack([vector_of(3), vector_of(1)])

    options = dataclasses.replace(
        QUICK,
        topics=write(tmp_path, "last: the last block\nsecond: the second block\n"),
        seed_words=write(tmp_path, "first: [word00]\n", "seeds.yaml"),
    )
    context = FitContext(progress=False, embed=embed)
    output = Theta().fit(CORPUS, EMBEDDINGS, options, context)
    assert asked == ["last: the last block", "second: the second block"]
    top = [set((words // WORDS_PER_BLOCK).tolist()) for words in output.top_words(5)]
    assert top == [{3}, {1}, {0}, {2}]
    assert [record["name"] for record in output.facts["described_topics"]] == ["last", "second"]
    assert [record["topic"] for record in output.facts["seed_words"]] == [2]
    everything = model_inputs(CORPUS, EMBEDDINGS, np.arange(CORPUS.n_docs))
    found = Theta().infer(output.state, options, everything)
    np.testing.assert_array_equal(found, output.doc_topic)
    fit = DescriptionFit.from_arrays(output.state)
    assert fit is not None
    fitting = fit.fitting(fit.similarity(EMBEDDINGS.documents), output.doc_topic.argmax(axis=1))
    expected = np.array([NO_FIT, 1, NO_FIT, 0])[BLOCKS]
    assert (fitting == expected).mean() > 0.97


# --- which documents fit ---------------------------------------------------------------------


def test_the_threshold_lets_one_in_twenty_of_the_others_pass() -> None:
    """Held-out documents about something else, judged on documents that chose nothing."""
    corpus = planted_corpus(n_docs=4000, length=5)
    embeddings = planted_embeddings(corpus, noise=1.5)
    assert corpus.labels is not None
    blocks = corpus.labels.codes
    center = mean_vector(embeddings.documents, corpus.rows(Split.TRAIN))
    vector = embeddings.documents[blocks == 0].astype(np.float32).mean(axis=0)
    fit = DescriptionFit.of(vector[None], center, corpus, embeddings.documents, blocks, 0)
    passing = fit.similarity(embeddings.documents)[:, 0] >= fit.thresholds[0]
    train = corpus.split == Split.TRAIN
    # 2,400 documents: the standard error of the share is .005, that of the quantile .009.
    assert passing[train & (blocks != 0)].mean() == pytest.approx(0.05, abs=0.03)
    assert passing[train & (blocks == 0)].mean() > 0.5


def test_fits_by_hand() -> None:
    # Cosines of (1, 0), (0, 1) and (−1, 0) with (1, 0) and (0, 1); the centre is zero.
    fit = DescriptionFit(np.eye(2, dtype=np.float32), np.zeros(2, np.float32), np.array([0.5, 0.5]))
    documents = np.array([[2, 0], [0, 3], [-1, 0]], np.float16)
    similarity = fit.similarity(documents)
    np.testing.assert_allclose(similarity, [[1, 0], [0, 1], [-1, 0]])
    # The main topic counts: a document may be close to a description, and its topic another.
    assert fit.fitting(similarity, np.array([0, 0, 0])).tolist() == [0, NO_FIT, NO_FIT]
    assert fit.fitting(similarity, np.array([1, 1, 7])).tolist() == [NO_FIT, 1, NO_FIT]
    unknown = dataclasses.replace(fit, thresholds=np.array([np.nan, np.nan]))
    assert unknown.fitting(similarity, np.array([0, 1, 0])).tolist() == [NO_FIT] * 3


def test_too_few_held_out_documents_choose_no_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = vector_of(0)[None]
    n_others = int((BLOCKS[CORPUS.split != Split.TRAIN] != 0).sum())
    for least, is_chosen in ((n_others, True), (n_others + 1, False)):
        monkeypatch.setattr(described_topics, "_LEAST_HELD_OUT", least)
        fit = DescriptionFit.of(vectors, CENTER, CORPUS, EMBEDDINGS.documents, BLOCKS, seed=0)
        assert np.isfinite(fit.thresholds).tolist() == [is_chosen]


def test_the_state_of_the_network_is_kept_apart() -> None:
    fit = DescriptionFit(np.eye(2), np.zeros(2), np.ones(2))
    state = {"encoder.center": np.zeros(2), **fit.arrays()}
    assert without_descriptions(state).keys() == {"encoder.center"}
    assert DescriptionFit.from_arrays(without_descriptions(state)) is None
