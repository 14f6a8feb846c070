"""How unlike new documents are: worked by hand, and against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import mannwhitneyu

from theta.contracts import ModelInputs
from theta.corpus.apply import CorpusRules
from theta.corpus.tokenize import TokenRules
from theta.pipeline.drift import DriftMeter
from theta.run.reference import BACKGROUND, SAMPLE, SIMILARITY, similarity

RULES = CorpusRules(
    version=1,
    settings={"clean": False, "lowercase": True, "keep_numbers": False, "ngram_max": 1},
    columns={"text": "text", "label": None, "time": None, "id": None, "split": None},
    words=(TokenRules("en", frozenset({"the"}), True, False),),
    phrases=(),
    boilerplate=frozenset(),
    coverage=0.9,
    vocabulary=("moon", "goal"),
)
TOPIC_WORD = np.array([[0.9, 0.1], [0.1, 0.9]], dtype=np.float32)


def meter(reference: dict[str, np.ndarray]) -> DriftMeter:
    return DriftMeter(RULES, reference, TOPIC_WORD, np.array([0.5, 0.5]))


def add(one: DriftMeter, vectors: np.ndarray, texts: list[str] | None = None) -> None:
    n = len(vectors)
    texts = texts or ["moon"] * n
    counted = RULES.count(texts)
    one.add_rows(n, 0)
    inputs = ModelInputs(counted.bow, vectors)
    one.add(texts, inputs, counted.candidates, np.full((n, 2), 0.5, np.float32))


def test_likeness_is_the_cosine_to_the_nearest_training_document() -> None:
    reference = {SAMPLE: np.array([[1, 0], [0.6, 0.8]], np.float16)}
    vectors = np.array([[0, 1], [1, 0], [-1, 0]], np.float16)
    inputs = ModelInputs(csr_array((3, 2), dtype=np.int32), vectors)
    found = similarity(reference, inputs, np.full((3, 2), 0.5, np.float32), TOPIC_WORD)
    # (0, 1)·(0.6, 0.8) = 0.8; (1, 0)·(1, 0) = 1; (−1, 0)·(0.6, 0.8) = −0.6.
    np.testing.assert_allclose(found, [0.8, 1, -0.6], atol=1e-3)


def test_likeness_without_vectors_is_what_the_topics_add() -> None:
    reference = {BACKGROUND: np.array([0.5, 0.5], np.float32)}
    bow = csr_array(np.array([[2, 0], [1, 1], [0, 0]], np.int32))
    doc_topic = np.array([[1, 0], [0.5, 0.5], [0.5, 0.5]], np.float32)
    found = similarity(reference, ModelInputs(bow), doc_topic, TOPIC_WORD)
    # θβ = (.9, .1): log .9 − log .5 for each of two words; (.5, .5): nothing; no word: unknown.
    np.testing.assert_allclose(found[:2], [np.log(0.9 / 0.5), 0], atol=1e-6)
    assert np.isnan(found[2])


def test_drift_is_the_mann_whitney_statistic_whatever_the_chunks() -> None:
    draw = np.random.default_rng(3)
    held_out = np.sort(draw.uniform(0, 1, 200)).astype(np.float32)
    new = draw.uniform(-0.5, 0.9, 57).astype(np.float32)
    reference = {SAMPLE: np.array([[1, 0]], np.float16), SIMILARITY: held_out}
    vectors = np.stack([new, np.sqrt(1 - new**2)], axis=1)
    whole, parts = meter(reference), meter(reference)
    add(whole, vectors)
    for first in range(0, 57, 10):
        add(parts, vectors[first : first + 10])
    statistic = mannwhitneyu(held_out, new).statistic / (200 * 57)
    assert whole.report().drift == pytest.approx(statistic)
    assert parts.report().drift == pytest.approx(statistic)
    edge = np.quantile(held_out, 0.05)
    assert whole.report().unlike_share == pytest.approx((new < edge).mean())
    # Under no drift U / nm has the variance (n + m + 1) / (12 n m).
    assert whole.report().standard_error == pytest.approx(np.sqrt(258 / (12 * 200 * 57)))
    assert "unlike the training corpus (drift" in whole.report().sentences[0]


def test_documents_of_the_corpus_do_not_drift() -> None:
    draw = np.random.default_rng(0)
    values = draw.uniform(0, 1, 600).astype(np.float32)
    reference = {SAMPLE: np.array([[1, 0]], np.float16), SIMILARITY: np.sort(values[:400])}
    one = meter(reference)
    add(one, np.stack([values[400:], np.sqrt(1 - values[400:] ** 2)], axis=1))
    report = one.report()
    assert abs(report.drift - 0.5) < 2 * report.standard_error
    assert "within chance" in report.sentences[0]


def test_one_document_is_too_little_to_tell_from() -> None:
    held_out = np.linspace(0.5, 1, 40, dtype=np.float32)
    one = meter({SAMPLE: np.array([[1, 0]], np.float16), SIMILARITY: held_out})
    add(one, np.array([[0, 1]], np.float32))  # nothing is further away
    report = one.report()
    assert report.drift == 1
    assert report.sentences[0].startswith("Too few documents to tell")


def test_words_outside_of_the_vocabulary_and_another_language_are_reported() -> None:
    reference = {SAMPLE: np.array([[1, 0]], np.float16), SIMILARITY: np.zeros(5, np.float32)}
    one = meter(reference)
    german = "Die Gemeinde hat gestern eine neue Bibliothek für alle Kinder der Stadt eröffnet"
    add(one, np.ones((3, 2), np.float16), [german, german + " moon", german])
    report = one.report()
    assert (report.language, report.language_corpus) == ("de", "en")
    assert report.without_known_word == 2
    assert report.oov_share == pytest.approx(1 - 1 / report_candidates(german))
    assert report.oov_share_corpus == pytest.approx(0.1)
    assert report.drift is None
    assert any("They look German, the corpus is English" in line for line in report.sentences)


def report_candidates(german: str) -> int:
    """Words of three letters and more, three times, and moon; English stop words are not here."""
    return 3 * sum(len(word) >= 3 for word in german.split()) + 1
