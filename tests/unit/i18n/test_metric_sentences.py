"""The definitions and reasons that the evaluation writes, said in Chinese."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta import i18n
from theta.contracts import Tokens
from theta.evaluation.inputs import EvaluationInputs, HeldOut, LabelTask
from theta.evaluation.metrics import METRICS, evaluate_topics
from theta.i18n import Message, translated
from theta.i18n.message import translate
from theta.run.word_vectors import english_word_vectors

CHINESE = Path(i18n.__file__).with_name("zh.json")
METRIC_SENTENCES = json.loads(CHINESE.read_text(encoding="utf-8"))["metrics"]

NAMES = {
    "NPMI", "C", "V", "P", "L", "FREX", "F", "exp", "log", "p", "e", "word",
    "gensim", "c_npmi", "c_v", "u_mass",
    "C_V", "all", "mpnet", "base", "v", "and", "GloVe", "en", "zh", "Hoyle", "et", "al",
}  # fmt: skip
"""What stays as it is: names of measures and of mathematics."""


@pytest.fixture
def evidence() -> EvaluationInputs:
    """Everything that a metric can be about."""
    random = np.random.default_rng(0)
    n_docs, n_words, num_topics = 60, 30, 3
    topic_word = random.dirichlet(np.full(n_words, 0.2), size=num_topics)
    doc_topic = random.dirichlet(np.full(num_topics, 0.2), size=n_docs)
    codes = doc_topic.argmax(axis=1).astype(np.int32)
    tokens = Tokens(
        np.arange(0, 20 * n_docs + 1, 20),
        random.integers(n_words, size=20 * n_docs, dtype=np.int32),
    )
    halves = csr_array(random.integers(0, 3, size=(10, n_words)))
    return EvaluationInputs(
        top_words=np.argsort(-topic_word, axis=1)[:, :25],
        topic_word=topic_word,
        doc_topic=doc_topic,
        reference=tokens,
        label_codes=codes,
        held_out=HeldOut(doc_topic[:10], halves),
        label_task=LabelTask(
            doc_topic, codes, np.arange(40), np.arange(40, n_docs), features=doc_topic
        ),
        seed=0,
        vocabulary=list(english_word_vectors().rank)[1000:1030],
        word_vectors=english_word_vectors(),
    )  # fmt: skip


def in_chinese(sentence: str) -> str:
    """Return a sentence in Chinese, the same from a run in memory and from its file."""
    chinese = translated("zh", sentence)
    assert translated("zh", "".join(sentence)) == chinese
    return chinese


def english_words(sentence: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]+", sentence)) - NAMES


def left_in_english(sentence: str) -> set[str]:
    """Return the English words of a translated sentence; none of one that nobody translated."""
    if getattr(sentence, "template", sentence) not in METRIC_SENTENCES:
        return set()
    return english_words(in_chinese(sentence))


def test_all_definitions(evidence: EvaluationInputs) -> None:
    metrics = evaluate_topics(evidence)
    assert {metric.name for metric in metrics} == set(METRICS)
    for metric in metrics:
        assert left_in_english(metric.definition) == set(), in_chinese(metric.definition)


def cases_without_values(evidence: EvaluationInputs) -> list[EvaluationInputs]:
    """Return inputs of which some metric cannot be computed, for every reason that there is."""
    task = evidence.label_task
    assert task is not None
    no_test = replace(task, test=task.test[:0], features=None)
    empty = np.full(len(evidence.label_codes), -1, dtype=np.int32)
    single = replace(
        evidence, top_words=evidence.top_words[:1, :1], topic_word=evidence.topic_word[:1],
        doc_topic=evidence.doc_topic[:, :1], held_out=None,
    )  # fmt: skip
    halves = csr_array((10, evidence.topic_word.shape[1]), dtype=np.int64)
    perfect = replace(task, predicted=task.test_codes)
    assert evidence.held_out is not None
    return [
        single,
        replace(evidence, label_codes=empty, label_task=no_test),
        replace(evidence, label_codes=empty * 0),
        replace(evidence, label_task=replace(task, codes=task.codes * 0)),
        replace(evidence, topic_word=np.eye(3, evidence.topic_word.shape[1])),
        replace(evidence, held_out=HeldOut(evidence.held_out.doc_topic, halves)),
        replace(evidence, label_task=perfect, documents_name="labelled test documents"),
        replace(evidence, top_words=np.where(np.arange(3)[:, None] == 0, -1, evidence.top_words)),
        replace(evidence, top_words=np.full_like(evidence.top_words, -1)),
        replace(evidence, word_vectors=None, languages=("zh",)),
    ]


def test_all_reasons(evidence: EvaluationInputs) -> None:
    reasons = set()
    for case in cases_without_values(evidence):
        for metric in evaluate_topics(case):
            assert left_in_english(metric.definition) == set()
            if metric.reason is not None:
                reasons.add(metric.reason)
                assert left_in_english(metric.reason) == set(), in_chinese(metric.reason)
    assert len(reasons) >= 6


def test_numbers_and_the_name_of_a_reference_stay() -> None:
    english = "mean NPMI of all word pairs, sliding window of 10 tokens (gensim's c_npmi), over "
    english += "the top 10 words, in wiki.txt (1234 documents); smoothing 1e-12; "
    english += "words that never occur there are left out"
    chinese = in_chinese(english)
    assert "wiki.txt（1234 篇文档）" in chinese
    assert "滑动窗口为 10 个词" in chinese


def test_no_translation_is_left_over(evidence: EvaluationInputs) -> None:
    used: set[str] = set()

    def note(sentence: str) -> None:
        used.add(getattr(sentence, "template", sentence))
        for value in getattr(sentence, "values", {}).values():
            if isinstance(value, str):
                note(value)

    for case in [evidence, *cases_without_values(evidence)]:
        for metric in evaluate_topics(case):
            note(metric.definition)
            note(metric.reason or "")
    used |= {spec.meaning for spec in METRICS.values()}
    assert set(METRIC_SENTENCES) - used == set()


def test_what_a_language_lacks_is_english() -> None:
    message = Message("{n} of {what}", n=3, what=Message("the {colour} ones", colour="red"))
    assert message == "3 of the red ones"
    assert translate(message, {}, ()) == "3 of the red ones"
    assert translate(message, {"the {colour} ones": "les {colour}"}, ()) == "3 of the red ones"
    french = {"{n} of {what}": "{n} parmi {what}", "the {colour} ones": "les {colour}"}
    assert translate(message, french, ()) == "3 parmi les red"
    assert translate("3 of the red ones", french, list(french)) == "3 parmi les red"
    assert translate("none", french, list(french)) == "none"
