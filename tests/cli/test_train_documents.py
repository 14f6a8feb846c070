"""--train_documents: trained on a sample, applied to all documents."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import RunPipeline, errors
from theta.cli import prepare, run
from theta.contracts import Split
from theta.corpus.store import load_corpus
from theta.layout import ProjectPaths

RUN = Path("result/0.6B/my_dataset/zero_shot")
LDA = Path("result/baseline/my_dataset/lda/K3")


def test_a_sample_trains_and_all_documents_have_topics(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--train_documents", "20", "--skip-viz") == 0
    shown = capsys.readouterr().err
    said = re.search(r"Training on 20 of (\d+) training documents \(and (\d+) of (\d+)", shown)
    assert said is not None, shown
    corpus = load_corpus(ProjectPaths.from_environment().corpus("my_dataset"))
    n_train, n_validation = (len(corpus.rows(p)) for p in (Split.TRAIN, Split.VALIDATION))
    assert [int(n) for n in said.groups()] == [n_train, n_validation, n_validation]
    assert len(np.load(RUN / "theta.npy")) == corpus.n_docs
    history = json.loads((RUN / "checkpoints/training_history.json").read_text(encoding="utf-8"))
    assert history["facts"]["train_documents"] == {
        "read": 20,
        "of": n_train,
        "validation_read": n_validation,
        "validation_of": n_validation,
    }
    config = json.loads((RUN / "config.json").read_text(encoding="utf-8"))
    assert config["options"]["train_documents"] == 20
    evaluation = json.loads((RUN / "metrics/evaluation_results.json").read_text(encoding="utf-8"))
    assert evaluation["PPL"] is not None
    assert evaluation["num_documents"] == corpus.n_docs
    assert run.main(["--verify", str(RUN)]) == 0
    weights = (RUN / "checkpoints/best_model.safetensors").read_bytes()
    assert quick_run("--train_documents", "21", "--skip-viz", "--skip-eval") == 0
    assert (RUN / "checkpoints/best_model.safetensors").read_bytes() != weights


def test_supervised_training_learns_the_labels_of_the_sample(
    prepared: Path, quick_run: RunPipeline
) -> None:
    labelled = ("--mode", "supervised", "--skip-viz", "--train_documents", "30")
    assert prepare.main(["--dataset", "my_dataset", "--mode", "supervised", "--gpu", "-1"]) == 0
    assert quick_run(*labelled) == 0


def test_more_than_there_are_is_all_of_them(
    prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--dataset", "my_dataset", "--models", "lda", "--num_topics", "3", "--skip-viz"]
    flags += ["--skip-eval"]
    assert run.main(flags) == 0
    topics = np.load(LDA / "theta.npy")
    assert run.main([*flags, "--train_documents", "1000"]) == 0
    assert "the training reads all" in capsys.readouterr().err
    np.testing.assert_array_equal(np.load(LDA / "theta.npy"), topics)


def test_a_sample_smaller_than_the_topics_is_refused(
    prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--dataset", "my_dataset", "--models", "lda", "--num_topics", "10"]
    assert run.main([*flags, "--train_documents", "5"]) == 3
    assert "there are only 5 training documents" in errors(capsys)[0]
