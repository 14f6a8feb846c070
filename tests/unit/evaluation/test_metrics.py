"""All metrics together: the documented keys, and answers for hardly any data."""

import ast
import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

import theta.evaluation
from theta.contracts import Tokens
from theta.evaluation.inputs import NO_WORD, EvaluationInputs, HeldOut, LabelTask, check_top_words
from theta.evaluation.metrics import METRICS, evaluate_topics, unchanged_metrics
from theta.run.word_vectors import english_word_vectors

MEANING = ["embedding_coherence", "expected_rating"]
ALWAYS = ["TD", "TD@10", "iRBO", "NPMI", "C_V", "UMass", *MEANING, "Exclusivity", "PPL"]
WITH_LABELS = [*ALWAYS, "NMI", "ARI", "purity", "accuracy", "macro_F1"]
WITH_TEST_LABELS = ["accuracy@test", "macro_F1@test", "NMI@test", "control@test"]


def random_evidence(num_topics=4, n_words=60, n_docs=50, seed=0):
    rng = np.random.default_rng(seed)
    beta = rng.dirichlet(np.full(n_words, 0.2), num_topics).astype(np.float32) + np.float32(1e-9)
    shares = rng.dirichlet(np.full(num_topics, 0.3), n_docs).astype(np.float32)
    lengths = rng.integers(0, 150, n_docs)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    halves = csr_array(rng.poisson(0.2, (n_docs // 5, n_words)))
    codes = (shares.argmax(axis=1) // 2).astype(np.int32)
    train, test = np.split(np.arange(n_docs), 2)
    return EvaluationInputs(
        top_words=np.argsort(-beta, axis=1)[:, :25],
        topic_word=beta,
        doc_topic=shares,
        reference=Tokens(starts, rng.integers(0, n_words, starts[-1]).astype(np.int32)),
        label_codes=codes,
        label_task=LabelTask(shares, codes, train, test, features=shares),
        held_out=HeldOut(shares[: n_docs // 5], halves),
        seed=seed,
        vocabulary=list(english_word_vectors().rank)[1000 : 1000 + n_words],
        word_vectors=english_word_vectors(),
    )


def test_all_metrics_in_order():
    metrics = evaluate_topics(random_evidence())
    assert [m.name for m in metrics] == [*WITH_LABELS, *WITH_TEST_LABELS] == list(METRICS)
    for metric in metrics:
        assert metric.value is not None, metric
        assert "\n" not in metric.definition
        if metric.interval is not None:
            low, high = metric.interval
            assert low <= metric.value <= high
    over_topics = {m.name: m for m in metrics[:7]}
    for metric in over_topics.values():
        assert metric.value == pytest.approx(np.mean(metric.per_topic))


@pytest.mark.parametrize("same_shares", [False, True])
def test_metrics_that_an_edit_does_not_change_are_not_computed_again(same_shares):
    evidence = random_evidence()
    computed = evaluate_topics(evidence)
    before = [dataclasses.replace(metric, value=0.123) for metric in computed]
    known = unchanged_metrics(before, same_shares=same_shares)
    of_shares = ["NMI", "ARI", "purity", "accuracy", "macro_F1", *WITH_TEST_LABELS]
    assert [m.name for m in known] == (of_shares if same_shares else ["control@test"])
    others = [m for m in computed if m.name not in {m.name for m in known}]
    assert evaluate_topics(evidence, known) == [*others, *known]


def test_without_labels_the_metrics_about_them_are_left_out():
    evidence = dataclasses.replace(random_evidence(), label_codes=None, label_task=None)
    assert [m.name for m in evaluate_topics(evidence)] == ALWAYS


def test_the_same_seed_gives_the_same_bits():
    assert evaluate_topics(random_evidence()) == evaluate_topics(random_evidence())


def test_another_reference_changes_coherence_only():
    evidence = random_evidence()
    other = dataclasses.replace(
        evidence, reference=random_evidence(seed=1).reference, reference_name="news.txt"
    )
    for mine, its in zip(evaluate_topics(evidence), evaluate_topics(other), strict=True):
        counted = mine.name in {"NPMI", "C_V", "UMass", "expected_rating"}
        assert (mine.value != its.value) == counted
        assert ("news.txt" in its.definition) == counted


@pytest.mark.parametrize(
    ("num_topics", "n_words"), [(1, 60), (3, 7), (1, 1), (2, 1), (2, 2)], ids=str
)
def test_one_topic_or_hardly_any_word(num_topics, n_words):
    metrics = {m.name: m for m in evaluate_topics(random_evidence(num_topics, n_words))}
    assert metrics["TD"].value == pytest.approx(1 / num_topics if n_words < 25 else 1)
    assert (metrics["iRBO"].value is None) == (num_topics == 1)
    assert (metrics["NPMI"].value is None) == (n_words == 1)
    assert metrics["PPL"].value > 0 if n_words > 1 else metrics["PPL"].value == pytest.approx(1)


def test_topics_of_zeros_and_no_tokens():
    evidence = dataclasses.replace(
        random_evidence(),
        topic_word=np.zeros((4, 60), np.float32),
        doc_topic=np.zeros((50, 4), np.float32),
        reference=Tokens(np.zeros(51, np.int64), np.empty(0, np.int32)),
    )
    metrics = {m.name: m for m in evaluate_topics(evidence)}
    for name in ("NPMI", "C_V", "UMass", "Exclusivity", "PPL"):
        assert metrics[name].value is None
        assert metrics[name].reason


@pytest.mark.parametrize(
    "change",
    [
        {"top_words": np.zeros((3, 25), int)},
        {"top_words": np.full((4, 25), 60)},
        {"doc_topic": np.zeros((50, 3))},
        {"label_codes": np.zeros(49, int)},
        {"held_out": HeldOut(np.ones((2, 3)), csr_array((2, 60)))},
        {"held_out": HeldOut(np.ones((2, 4)), csr_array((2, 59)))},
    ],
)
def test_evidence_out_of_step_is_refused(change):
    with pytest.raises(ValueError, match=r"differ|outside|twice|not one"):
        dataclasses.replace(random_evidence(), **change)


@pytest.mark.parametrize(
    "top_words", [[[0, 0]], [[NO_WORD, 1]], [[-2, 1]], [[0.5, 1.0]], [0, 1]], ids=str
)
def test_bad_top_words_are_refused(top_words):
    with pytest.raises(ValueError, match="top_words"):
        check_top_words(np.array(top_words))


def test_metrics_import_neither_scikit_learn_nor_gensim_nor_torch():
    code = (
        "import sys, theta.evaluation.comparison, theta.evaluation.stability\n"
        "heavy = {'sklearn', 'gensim', 'torch', 'pandas', 'scipy.optimize', 'scipy.stats'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_metrics_know_no_files():
    # What a run is (its K, its folder) follows from its arrays, never read from a file's name.
    forbidden = {"os", "pathlib", "glob", "io", "json", "theta.layout", "theta.storage"}
    for path in Path(theta.evaluation.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & forbidden, path
            elif isinstance(node, ast.ImportFrom):
                assert node.module not in forbidden, path
                imported = {f"{node.module}.{alias.name}" for alias in node.names}
                assert not imported & forbidden, path
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "open", path
