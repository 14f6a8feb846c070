"""A finished run can be repeated from its own record, and damage is named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.cli.conftest import RunPipeline, errors, forge, sign
from theta.cli import run
from theta.contracts import Split
from theta.models.theta_options import ThetaOptions
from theta.models.word_ranking import rank_topics
from theta.pipeline import verify
from theta.report import facts
from theta.run import Run

RUN = Path("result/0.6B/my_dataset/zero_shot")


def test_a_run_repeats(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz", "--seed", "3") == 0
    capsys.readouterr()
    assert run.main(["--verify", str(RUN)]) == 0
    assert "every number the same" in capsys.readouterr().out


def test_a_run_repeats_with_the_threads_that_it_was_trained_with(
    prepared: Path, quick_run: RunPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quick_run("--skip-viz", "--skip-eval", "--threads", "2") == 0
    assert json.loads((RUN / "config.json").read_text(encoding="utf-8"))["threads"] == 2
    used = []
    train = verify.train

    def counting(*arguments, **named):
        used.append(torch.get_num_threads())
        return train(*arguments, **named)

    monkeypatch.setattr(verify, "train", counting)
    before = torch.get_num_threads()
    assert run.main(["--verify", str(RUN)]) == 0
    assert used == [2]
    assert torch.get_num_threads() == before


def test_a_flipped_byte_is_named(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz", "--skip-eval") == 0
    content = bytearray((RUN / "beta.npy").read_bytes())
    content[-1] ^= 1
    (RUN / "beta.npy").write_bytes(content)
    capsys.readouterr()
    assert run.main(["--verify", str(RUN), "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert not record["repeats"]
    assert "beta.npy is damaged" in record["differences"][0]


def test_a_record_of_another_training_differs(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz", "--seed", "3") == 0
    # As if the run had been made with another seed than it says; the manifest agrees.
    config = json.loads((RUN / "config.json").read_text(encoding="utf-8"))
    forge(RUN, "config.json", json.dumps({**config, "seed": 4}).encode())
    capsys.readouterr()
    assert run.main(["--verify", str(RUN)]) == 1
    assert "differs: doc_topic differs by up to" in capsys.readouterr().out


def test_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--verify", str(tmp_path / "none")]) == 2
    assert "is not there" in capsys.readouterr().err


def test_a_corpus_by_the_rules_of_another_version_is_refused_before_the_training(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path("workspace/my_dataset/corpus")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["stands_on"]["rules"] -= 1
    sign(folder, manifest)
    assert quick_run("--check_only") == 2
    assert "another version of the program prepared it" in capsys.readouterr().out
    assert quick_run("--quiet") == 2
    (line,) = errors(capsys)
    assert line.endswith("prepare it again: python prepare_data.py --dataset my_dataset")
    assert not Path("result").exists()


def test_a_run_from_before_an_option_and_a_metric_repeats(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    ranking = ["--meaning_weight", "0", "--passage_words", "0"]
    assert quick_run("--skip-viz", "--quiet", *ranking) == 0
    config = json.loads((RUN / "config.json").read_text(encoding="utf-8"))
    assert config["model_options"].pop("meaning_weight") == 0
    assert config["model_options"].pop("passage_words") == 0
    forge(RUN, "config.json", json.dumps(config).encode())
    name = "metrics/evaluation_results.json"
    results = json.loads((RUN / name).read_text(encoding="utf-8"))
    del results["expected_rating"], results["details"]["expected_rating"]
    forge(RUN, name, json.dumps(results).encode())
    capsys.readouterr()
    assert run.main(["--verify", str(RUN)]) == 0
    assert "every number the same" in capsys.readouterr().out


def test_a_model_with_the_ranking_of_theta_repeats(
    prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--dataset", "my_dataset", "--models", "nmf", "--num_topics", "3", "--skip-viz"]
    assert run.main([*flags, "--gpu", "-1", "--quiet", "--rank_words"]) == 0
    (config,) = Path("result").rglob("config.json")
    made = Run.open(config.parent)
    corpus = made.prepared.corpus
    doc_topic = made.doc_topic[corpus.rows(Split.TRAIN)]
    log_topic_word = np.log(np.maximum(made.topic_word, np.float32(1e-12)))
    scores = rank_topics(log_topic_word, corpus, None, ThetaOptions(), doc_topic)
    np.testing.assert_array_equal(made.top_words(10), np.argsort(-scores, kind="stable")[:, :10])
    assert "ranked as THETA ranks by default (--rank_words)" in facts.ranking(made, "en")
    capsys.readouterr()
    assert run.main(["--verify", str(config.parent)]) == 0
    assert "every number the same" in capsys.readouterr().out


def test_the_ranking_of_theta_has_no_effect_on_theta(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--rank_words") == 3
    (line,) = errors(capsys)
    assert "--rank_words has no effect on theta" in line
