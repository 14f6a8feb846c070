"""--num_topics auto: the number is estimated, reported, recorded and used by every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import RunPipeline, errors, themed_rows, write_csv
from theta.cli import prepare, run
from theta.models.topic_count_estimate import TopicCountEstimate
from theta.run import Run

NMF = Path("result/baseline/my_dataset/nmf/Kauto")
AUTO = ("--dataset", "my_dataset", "--models", "nmf", "--num_topics", "auto", "--gpu", "-1")
ANSWER = "3 topics"


@pytest.fixture
def themed(folder: Path) -> Path:
    """The current folder with 240 documents of three themes, prepared without embeddings."""
    write_csv(folder / "data" / "my_dataset" / "documents.csv", themed_rows(240))
    assert prepare.main(["--dataset", "my_dataset", "--model", "baseline", "--quiet"]) == 0
    return folder


def config_of(root: Path) -> dict:
    return json.loads((root / "config.json").read_text())


def test_the_number_is_estimated_reported_recorded_and_drawn(
    themed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main([*AUTO, "--skip_eval"]) == 0
    assert f"--num_topics auto: {ANSWER}" in capsys.readouterr().out
    config = config_of(NMF)
    assert config["model_options"]["num_topics"] == 3
    assert config["topic_count"]["best"] == config["topic_count"]["number"] == 3
    assert config["topic_count"]["with_embeddings"] is False
    assert config["topic_count"]["seconds"] >= 0
    assert len(config["topic_count"]["worth"]) == len(config["topic_count"]["grid"])
    assert (NMF / "visualizations" / "topic_count.png").is_file()
    page = (NMF / "visualizations" / "report.html").read_text(encoding="utf-8")
    assert f'"sentence":"{ANSWER}' in page
    opened = Run.open(NMF)
    assert opened.num_topics == 3
    assert isinstance(opened.topic_count, TopicCountEstimate)
    assert "--num_topics auto" in opened.repeat_command


def test_finished_runs_are_found_by_auto(themed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main([*AUTO, "--skip_eval", "--skip_viz"]) == 0
    first = config_of(NMF)
    capsys.readouterr()
    assert run.main([*AUTO, "--check_only"]) == 0
    out = capsys.readouterr().out
    assert ANSWER in out
    assert "auto: estimated from the corpus before the training" in out
    assert run.main(["--verify", str(NMF)]) == 0
    assert run.main([*AUTO, "--skip_train", "--skip_viz"]) == 0
    assert config_of(NMF) == first
    write_csv(Path("new.csv"), themed_rows(6, seed=1))
    assert run.main([*AUTO, "--infer", "new.csv"]) == 0
    contradicting = [word if word != "auto" else "4" for word in AUTO]
    assert run.main([*contradicting, "--output_dir", str(NMF), "--infer", "new.csv"]) == 3
    assert "--num_topics 4 contradicts the run" in errors(capsys)[-1]


def test_the_same_seed_gives_the_same_curve_and_all_models_the_same_number(
    themed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = ("--skip_eval", "--skip_viz")
    assert run.main([*AUTO, "--models", "nmf,lda", "--max_iter", "3", *quick]) == 0
    records = [config_of(NMF.parents[1] / name / "Kauto")["topic_count"] for name in ("nmf", "lda")]
    assert records[0] == records[1]
    assert capsys.readouterr().err.count("--num_topics auto") == 1
    assert run.main([*AUTO, "--output_dir", "again", *quick]) == 0
    again = config_of(Path("again"))["topic_count"]
    seconds = again.pop("seconds"), records[0].pop("seconds")
    assert all(value > 0 for value in seconds)
    assert again == records[0]


def test_yaml_and_typed_number_beside_it(themed: Path) -> None:
    Path("auto.yaml").write_text("run:\n  num_topics: auto\n")
    flags = ["--dataset", "my_dataset", "--models", "nmf", "--config", "auto.yaml", "--skip_viz"]
    assert run.main([*flags, "--skip_eval"]) == 0
    assert config_of(NMF)["topic_count"]["number"] == 3
    assert run.main([*flags, "--skip_eval", "--num_topics", "4"]) == 0
    assert "topic_count" not in config_of(NMF.parent / "K4")


def test_embeddings_are_used_if_they_are_prepared_even_if_the_model_needs_none(
    themed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = ("--skip_eval", "--skip_viz")
    assert run.main([*AUTO, *quick]) == 0
    assert "There are no embeddings for --model_size 0.6B" in capsys.readouterr().err
    assert config_of(NMF)["topic_count"]["with_embeddings"] is False
    assert prepare.main(["--dataset", "my_dataset", "--gpu", "-1", "--quiet"]) == 0
    assert run.main([*AUTO, *quick]) == 0
    assert config_of(NMF)["topic_count"]["with_embeddings"] is True
    assert "embeddings" not in config_of(NMF)["fingerprints"]


def test_too_few_documents_take_the_fallback_and_quiet_keeps_the_warning(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--num_topics", "auto", "--quiet", "--skip_viz", "--skip_eval") == 0
    err = capsys.readouterr().err
    assert "warning: --num_topics auto: 2 topics, the fallback: " in err
    assert "training documents are too few to estimate a number" in err
    config = config_of(Path("result/0.6B/my_dataset/zero_shot"))
    assert config["model_options"]["num_topics"] == 2
    assert config["topic_count"]["supported"] is False


def test_nothing_is_estimated_for_a_dry_run_or_a_model_that_cannot_run(
    themed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def estimated(*_: object) -> None:
        pytest.fail("estimated")

    monkeypatch.setattr("theta.pipeline.topic_count.estimate_topic_count", estimated)
    assert run.main([*AUTO, "--dry_run"]) == 0
    assert "nmf/Kauto" in capsys.readouterr().out
    assert run.main([*AUTO, "--models", "stm"]) == 3
    assert "needs covariates" in errors(capsys)[-1]
    assert run.main([*AUTO, "--num_topics", "automatic"]) == 3
    assert "--num_topics automatic: not a number; must be auto, 2 or more" in errors(capsys)[-1]
