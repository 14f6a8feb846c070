"""Edits of planted topics: the sums are exact, and a split finds the parts again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from tests.models.planted import (
    N_BLOCKS,
    WORDS_PER_BLOCK,
    model_inputs,
    planted_corpus,
    planted_embeddings,
)
from theta.contracts import Corpus, Embeddings, Labels, Split, TopicModelOutput
from theta.errors import InvalidOption, MissingFile
from theta.models import MODELS
from theta.models.editing.apply import edited
from theta.models.editing.read import EditReader
from theta.models.editing.shares import edited_shares
from theta.models.editing.steps import (
    Drop,
    Merge,
    Order,
    Pin,
    Rename,
    Step,
    from_json,
    to_json,
)
from theta.models.editing.steps import Split as SplitStep
from theta.models.label_head import BIAS, WEIGHT, label_probabilities
from theta.models.ranked import ranked_as_theta
from theta.models.theta_options import ThetaOptions
from theta.models.word_ranking import rank_topics

CORPUS = planted_corpus(n_docs=240)
EMBEDDINGS = planted_embeddings(CORPUS)


def planted_output(corpus: Corpus = CORPUS, **parts: object) -> TopicModelOutput:
    """The topics that the corpus was drawn from; documents mix a second topic."""
    assert corpus.labels is not None
    n_docs = len(corpus.labels.codes)
    doc_topic = np.full((n_docs, N_BLOCKS), 0.05, np.float32)
    doc_topic[np.arange(n_docs), corpus.labels.codes] += 0.6
    doc_topic[np.arange(n_docs), (corpus.labels.codes + 1) % N_BLOCKS] += 0.2
    topic_word = np.full((N_BLOCKS, corpus.n_words), 0.01)
    for block in range(N_BLOCKS):
        own = slice(block * WORDS_PER_BLOCK, (block + 1) * WORDS_PER_BLOCK)
        topic_word[block, own] += np.linspace(0.2, 0.1, WORDS_PER_BLOCK)
    topic_word /= topic_word.sum(axis=1, keepdims=True)
    return TopicModelOutput(doc_topic, topic_word.astype(np.float32), **parts)


def apply(
    output: TopicModelOutput,
    *steps: Step,
    corpus: Corpus = CORPUS,
    embeddings: Embeddings | None = EMBEDDINGS,
) -> TopicModelOutput:
    model = MODELS["kmeans"]()
    return edited(output, steps, model, model.Options(), corpus, embeddings, seed=0)


def test_merged_topics_add_their_shares_and_mix_their_words_by_mass() -> None:
    before = planted_output()
    after = apply(before, Merge((1, 3), 4))
    assert after.facts["topic_numbers"] == [0, 4, 2]
    assert after.facts["topic_sources"] == {"4": [1, 3]}
    assert after.facts["next_topic_number"] == 5
    expected = before.doc_topic[:, 1].astype(np.float64) + before.doc_topic[:, 3]
    np.testing.assert_allclose(after.doc_topic[:, 1], expected, rtol=1e-6)
    np.testing.assert_array_equal(after.doc_topic[:, [0, 2]], before.doc_topic[:, [0, 2]])
    mass = before.doc_topic.mean(axis=0, dtype=np.float64)
    mixed = (mass[1] * before.topic_word[1] + mass[3] * before.topic_word[3]) / (mass[1] + mass[3])
    np.testing.assert_allclose(after.topic_word[1], mixed, rtol=1e-5)


@pytest.mark.parametrize("embeddings", [EMBEDDINGS, None], ids=["vectors", "counts"])
def test_splitting_a_merged_pair_finds_both_again(embeddings: Embeddings | None) -> None:
    assert CORPUS.labels is not None
    merged = apply(planted_output(), Merge((1, 3), 4), embeddings=embeddings)
    split = apply(merged, SplitStep(4, (5, 6)), embeddings=embeddings)
    assert split.facts["topic_numbers"] == [0, 5, 6, 2]
    part = [{"part_of": 4}]
    assert split.facts["topic_sources"] == {"4": [1, 3], "5": part, "6": part}
    rows = np.flatnonzero(np.isin(CORPUS.labels.codes, [1, 3]))
    found = split.doc_topic[rows][:, [1, 2]].argmax(axis=1)
    same = np.mean((CORPUS.labels.codes[rows] == 1) == (found == 0))
    assert max(same, 1 - same) >= 0.95
    np.testing.assert_allclose(
        split.doc_topic[:, 1] + split.doc_topic[:, 2], merged.doc_topic[:, 1], atol=1e-6
    )
    truth = planted_output().topic_word[[1, 3]]
    words = split.topic_word[[1, 2]] if same >= 0.5 else split.topic_word[[2, 1]]
    assert np.abs(words - truth).sum(axis=1).max() < 0.5


def test_a_dropped_topic_gives_its_share_to_the_others_of_the_document() -> None:
    before = planted_output()
    doc_topic = before.doc_topic.copy()
    doc_topic[0] = [0, 0, 1, 0]  # a document of nothing else gets the mean shares
    after = apply(TopicModelOutput(doc_topic, before.topic_word), Drop(2))
    rest = doc_topic[:, [0, 1, 3]].astype(np.float64)
    expected = rest[1:] / rest[1:].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(after.doc_topic[1:], expected, 1e-5)
    np.testing.assert_allclose(after.doc_topic[0], rest.sum(axis=0) / rest.sum(), 1e-5)
    np.testing.assert_array_equal(after.topic_word, before.topic_word[[0, 1, 3]])


def test_order_names_and_pinned_words() -> None:
    before = planted_output()
    after = apply(before, Rename(2, "Two"), Order((2, 0, 1, 3)), Pin(2, ("word35", "word00")))
    assert after.facts["topic_numbers"] == [2, 0, 1, 3]
    assert after.facts["topic_names"] == {"2": "Two"}
    np.testing.assert_array_equal(after.doc_topic, before.doc_topic[:, [2, 0, 1, 3]])
    own = before.top_words(3)[2].tolist()
    assert after.top_words(5)[0].tolist() == [35, 0, *own]
    np.testing.assert_array_equal(after.top_words(9)[1:], before.top_words(9)[[0, 1, 3]])
    np.testing.assert_array_equal(after.topic_word[0], before.topic_word[2])


STEPS = (
    Merge((0, 2), 4),
    SplitStep(4, (5, 6)),
    Drop(1),
    Order((6, 3, 5)),
    Rename(6, "Six"),
    Pin(3, ("word01",)),
)


def test_new_documents_get_the_bits_of_the_training_alone_and_in_any_company() -> None:
    before = planted_output()
    after = apply(before, *STEPS)
    rows = np.array([7, 3, 100])
    for chosen in (rows, rows[:1]):
        inputs = model_inputs(CORPUS, EMBEDDINGS, chosen)
        found = edited_shares(before.doc_topic[chosen], STEPS, range(4), inputs, after.state)
        np.testing.assert_array_equal(found, after.doc_topic[chosen])


def test_edits_in_one_file_or_in_two_are_the_same() -> None:
    at_once = apply(planted_output(), *STEPS)
    later = apply(apply(planted_output(), *STEPS[:2]), *STEPS[2:])
    np.testing.assert_array_equal(at_once.doc_topic, later.doc_topic)
    np.testing.assert_array_equal(at_once.topic_word, later.topic_word)
    assert at_once.facts == later.facts
    assert at_once.state.keys() == later.state.keys()


def test_a_document_without_known_words_is_split_by_the_prior() -> None:
    after = apply(planted_output(), SplitStep(1, (4, 5)), embeddings=None)
    inputs = model_inputs(CORPUS, EMBEDDINGS, np.array([0]))
    inputs = type(inputs)(csr_array((1, CORPUS.n_words), dtype=np.int32), None)
    shares = np.array([[0.1, 0.6, 0.2, 0.1]], np.float32)
    found = edited_shares(shares, [SplitStep(1, (4, 5))], range(4), inputs, after.state)
    np.testing.assert_allclose(found[0, 1:3], 0.6 * after.state["edits.0.shares"], rtol=1e-6)


def test_the_label_head_is_fitted_again_to_edited_topics() -> None:
    head = {WEIGHT: np.eye(4, dtype=np.float32), BIAS: np.zeros(4, np.float32)}
    names = [f"block{b}" for b in range(N_BLOCKS)]
    before = planted_output(state=head, facts={"labels": names})
    after = apply(before, SplitStep(1, (4, 5)))
    probabilities = label_probabilities(after.state, after.doc_topic)
    assert probabilities is not None
    assert isinstance(CORPUS.labels, Labels)
    test = CORPUS.rows(Split.TEST)
    assert np.mean(probabilities.argmax(axis=1)[test] == CORPUS.labels.codes[test]) == 1
    np.testing.assert_array_equal(after.state["edits.base." + WEIGHT], head[WEIGHT])
    ordered = apply(before, Order((2, 0, 1, 3)))
    np.testing.assert_allclose(
        label_probabilities(ordered.state, ordered.doc_topic),
        label_probabilities(before.state, before.doc_topic),
    )
    renamed = apply(before, Rename(1, "One"))
    np.testing.assert_array_equal(renamed.state[WEIGHT], head[WEIGHT])


def test_a_topic_of_few_documents_cannot_be_split() -> None:
    assert CORPUS.labels is not None
    few = planted_output()
    doc_topic = few.doc_topic.copy()
    doc_topic[:, :] = [0.1, 0.1, 0.7, 0.1]
    with pytest.raises(InvalidOption, match=r"topic 1 cannot be split: .* 0 training documents"):
        apply(TopicModelOutput(doc_topic, few.topic_word), SplitStep(1, (4, 5)))


def test_steps_survive_json() -> None:
    assert from_json(to_json(STEPS)) == STEPS


def reader() -> EditReader:
    names = {2: "Cars", 3: "Boats"}
    groups = {2: [(0, 3), (1, 2)], 3: [(0,), (1,), (2, 3)]}
    return EditReader(range(4), names, [2], ["one", "two"], 6, {"5": [4, 9]}, groups.__getitem__)


def read(text: str, folder: Path) -> tuple[Step, ...]:
    path = folder / "edits.yaml"
    path.write_text(text, encoding="utf-8")
    return reader().read(path)


def test_a_file_of_edits(tmp_path: Path) -> None:
    text = """
- merge: [Cars, 3]
  name: Vehicles
- split: Vehicles
  names: [Cars, Lorries]
- drop: [0]
- rename: {1: One}
- order: [Lorries, 1]
- pin: {One: [two, one]}
"""
    assert read(text, tmp_path) == (
        Merge((2, 3), 6),
        Rename(6, "Vehicles"),
        SplitStep(6, (7, 8)),
        Rename(7, "Cars"),
        Rename(8, "Lorries"),
        Drop(0),
        Rename(1, "One"),
        Order((8, 1, 7)),
        Pin(1, ("two", "one")),
    )


def test_reducing_merges_what_is_alike(tmp_path: Path) -> None:
    assert read("- reduce_to: 2", tmp_path) == (Merge((0, 3), 6), Merge((1, 2), 7))
    edits = "- reduce_to: 3\n- rename: {6: Vehicles}"
    assert read(edits, tmp_path) == (Merge((2, 3), 6), Rename(6, "Vehicles"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- merge: [0, 77]", "step 1: there is no topic 77; the topics are 0, 1, 2, 3"),
        ("- drop: 0\n- merge: [0, 1]", "step 2: topic 0 is no longer there: step 1 dropped it"),
        ("- merge: [0, 1]\n- merge: [1, 0]", "topic 1 is no longer there: step 1 merged it"),
        ("- split: 9", "topic 9 is no longer there: an earlier edit merged it into topic 5"),
        ("- merge: [1]", "merge needs at least 2 topics"),
        ("- merge: [1, 1]", "topic 1 is listed twice"),
        ("- rename: {1: Cars}", "topic 2 is already called 'Cars'"),
        ("- rename: {1: ' '}", "the name '' of topic 1 is empty"),
        ("- rename: {1: 3}", "the name '3' of topic 1 would be taken for a topic's number"),
        ("- pin: {1: []}", "pin names no words for topic 1"),
        ("- drop: Crs", "did you mean Cars"),
        ("- melt: 1", "'melt' is not an edit"),
        ("- split: 1\n  into: one", "into: one is not a number of topics"),
        ("- split: 1\n  into: 3\n  names: [a, b]", "2 names for 3 topics"),
        ("- pin: {1: [three]}", "'three' is not in the vocabulary"),
        ("- drop: [0, 1, 2, 3]", "the last topic cannot be dropped"),
        ("- drop: 1\n  why: junk", "drop does not take 'why'"),
        ("- drop: true", "there is no topic true"),
        ("- drop: 1.0", "there is no topic 1.0"),
        (f"- drop: {'9' * 5000}", "there is no topic 999"),
        ("- split: 1\n  into: 1000000000", "is not a number of topics from 2 to 1000"),
        ("- merge: [0, 1]\n  merge: [2, 3]", "edits.yaml, line 2: merge occurs twice"),
        ("- rename: {1: One, 1: Two}", "line 1: 1 occurs twice"),
        ("- rename: {1: cars}", "topic 2 is already called 'Cars'"),
        ("- rename: {1: }", "the name '' of topic 1 is empty"),
        ("- rename: {1: [One]}", "the name of topic 1 is not a text: ['One']"),
        ('- rename: {1: "bell\\a"}', "of topic 1 has the character '\\x07'"),
        ('- rename: {1: "\\ud800"}', "of topic 1 has the character '\\ud800'"),
        (f"- rename: {{1: {'x' * 101}}}", "has 101 characters, more than 100"),
        ("- pin: {1: }", "pin names no words for topic 1"),
        ("- pin: {1: [[one]]}", "['one'] is not in the vocabulary"),
        ("[" * 3000, "is not plain YAML"),
        ("- reduce_to: 4", "reduce_to: 4 is not a number of topics from 1 to 3"),
        ("- reduce_to: few", "reduce_to: few is not a number of topics from 1 to 3"),
        ("- drop: 0\n- reduce_to: 2", "step 2: reduce_to comes first"),
        ("merge: [1, 2]", "needs a list of edits"),
        ("- merge: [1, 2", "is not plain YAML"),
        ("", "needs a list of edits"),
    ],
)
def test_edits_that_cannot_be_made(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidOption) as caught:
        read(text, tmp_path)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_and_words_are_read_as_they_are_written(tmp_path: Path) -> None:
    assert read("- rename: {1: No}", tmp_path) == (Rename(1, "No"),)
    assert read("- rename: {1: می\u200cخواهم}", tmp_path) == (Rename(1, "می\u200cخواهم"),)
    assert read("- rename: {1: 2001-09-11}", tmp_path) == (Rename(1, "2001-09-11"),)
    assert reader().read_entries([{"reduce_to": 3}]) == (Merge((2, 3), 6),)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"nowhere\.yaml"):
        reader().read(tmp_path / "nowhere.yaml")


def test_a_new_topic_of_a_run_with_the_ranking_of_theta_is_ranked_like_the_others() -> None:
    before = ranked_as_theta(planted_output(), CORPUS, EMBEDDINGS)
    after = apply(before, Merge((1, 3), 4))
    assert before.word_scores is not None
    assert after.word_scores is not None
    np.testing.assert_array_equal(after.word_scores[[0, 2]], before.word_scores[[0, 2]])
    log_topic_word = np.log(after.topic_word[[1]])
    expected = rank_topics(log_topic_word, CORPUS, EMBEDDINGS.words, ThetaOptions())
    np.testing.assert_allclose(after.word_scores[[1]], expected, rtol=1e-5)
