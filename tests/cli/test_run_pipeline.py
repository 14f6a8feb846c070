"""run_pipeline.py as a person types it."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import RunPipeline, themed_rows, write_csv
from theta.cli import prepare, run

RUN = Path("result/0.6B/my_dataset/zero_shot")

ALWAYS = {
    "beta.npy",
    "checkpoints/best_model.safetensors",
    "checkpoints/preprocessing.json",
    "checkpoints/reference.npz",
    "checkpoints/training_history.json",
    "config.json",
    "doc_topics.csv",
    "hierarchy.json",
    "manifest.json",
    "run.log",
    "theta.npy",
    "topic_embeddings.npy",
    "topic_names.json",
    "topic_words.json",
    "topics.csv",
}
EVALUATION = {"metrics/evaluation_results.json", "checkpoints/first_halves.npy"}


def names(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def errors(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = capsys.readouterr().err.splitlines()
    return [line for line in lines if line.startswith("error: ")]


def test_a_complete_run(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-viz") == 0
    assert names(RUN) == ALWAYS | EVALUATION
    doc_topic, topic_word = np.load(RUN / "theta.npy"), np.load(RUN / "beta.npy")
    assert doc_topic.shape == (90, 3)
    assert topic_word.shape[0] == 3
    np.testing.assert_allclose(doc_topic.sum(axis=1), 1, atol=1e-5)
    results = json.loads((RUN / "metrics/evaluation_results.json").read_text())
    documented = ["TD", "iRBO", "NPMI", "C_V", "UMass", "Exclusivity", "PPL"]
    assert set(documented) <= set(results)
    assert results["num_topics"] == 3
    assert results["num_documents"] == 90
    assert results["training_time"] > 0
    for name in documented:
        details = results["details"][name]
        assert details["definition"]
        assert (results[name] is None) == (details["reason"] is not None)
    history = json.loads((RUN / "checkpoints/training_history.json").read_text())["epochs"]
    assert len(history) == 3
    wanted = {"reconstruction", "kl", "kl_weight", "validation_elbo", "learning_rate", "seconds"}
    assert wanted <= set(history[0])
    assert history[0]["reconstruction"] != history[1]["reconstruction"]


def test_results_join_back_to_the_users_file(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-viz", "--skip-eval") == 0
    with (prepared / "data/my_dataset/documents.csv").open(encoding="utf-8-sig") as handle:
        given = list(csv.DictReader(handle))
    with (RUN / "doc_topics.csv").open(encoding="utf-8-sig") as handle:
        found = list(csv.DictReader(handle))
    assert [row["text"] for row in found] == [row["text"] for row in given]
    assert [row["label"] for row in found] == [row["label"] for row in given]
    doc_topic = np.load(RUN / "theta.npy")
    assert [int(row["dominant_topic"]) for row in found] == doc_topic.argmax(axis=1).tolist()
    with (RUN / "topics.csv").open(encoding="utf-8-sig") as handle:
        topics = list(csv.DictReader(handle))
    name_of = {row["id"]: row["name"] for row in topics}
    assert [row["dominant_topic_name"] for row in found] == [
        name_of[row["dominant_topic"]] for row in found
    ]
    assert sum(float(row["share"]) for row in topics) == pytest.approx(1, abs=1e-4)


def test_figures_are_drawn(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-eval") == 0
    drawn = {p.name for p in (RUN / "visualizations").iterdir()}
    assert {"topic_words_bars.png", "topic_words_bars.svg", "training_curves.png"} <= drawn
    assert "topics_over_time.png" not in drawn


def test_same_seed_same_bits_other_seed_others(prepared: Path, quick_run: RunPipeline) -> None:
    kept = {}
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert quick_run("--skip-viz", "--skip-eval", "--seed", seed, "--output_dir", name) == 0
        kept[name] = (Path(name) / "theta.npy").read_bytes()
    assert kept["a"] == kept["b"]
    assert kept["a"] != kept["c"]


def test_output_dir_holds_the_run(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-viz", "--output_dir", "elsewhere/run") == 0
    assert names(Path("elsewhere/run")) == ALWAYS | EVALUATION
    assert not Path("result").exists()


def test_output_dir_with_other_files_is_refused(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz", "--output_dir", "data") == 1
    assert "would be lost" in errors(capsys)[0]
    assert (prepared / "data/my_dataset/documents.csv").exists()


def test_a_failed_run_leaves_the_last_one(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-viz") == 0
    before = {name: (RUN / name).read_bytes() for name in names(RUN)}
    assert quick_run("--skip-viz", "--num_topics", "89") == 3
    assert {name: (RUN / name).read_bytes() for name in names(RUN)} == before


def test_skip_train_judges_and_draws_what_is_there(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-viz", "--skip-eval") == 0
    assert not (RUN / "metrics").exists()
    trained = (RUN / "theta.npy").read_bytes()
    assert run.main(["--dataset", "my_dataset", "--skip-train", "--skip-viz", "--gpu", "-1"]) == 0
    assert (RUN / "theta.npy").read_bytes() == trained
    assert names(RUN) == ALWAYS | EVALUATION


def test_evaluating_again_gives_the_same(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-viz") == 0
    before = json.loads((RUN / "metrics/evaluation_results.json").read_text())
    assert run.main(["--dataset", "my_dataset", "--skip-train", "--skip-viz", "--gpu", "-1"]) == 0
    assert json.loads((RUN / "metrics/evaluation_results.json").read_text()) == before


def test_skip_train_refuses_a_contradiction(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz", "--skip-eval") == 0
    assert run.main(["--dataset", "my_dataset", "--skip-train", "--num_topics", "4"]) == 3
    assert "--num_topics 4 contradicts" in errors(capsys)[0]


def test_skip_train_without_a_run(prepared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--dataset", "my_dataset", "--skip-train"]) == 2
    assert "is not there; make it with: python run_pipeline.py" in errors(capsys)[0]


def test_what_is_not_prepared_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--dataset", "my_dataset", "--gpu", "-1"]) == 2
    (line,) = errors(capsys)
    assert "python prepare_data.py --dataset my_dataset --model theta --model_size 0.6B" in line


def test_prepare_first(folder: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--prepare", "--skip-viz", "--batch_size", "16") == 0
    manifest = folder / "workspace/my_dataset/corpus/manifest.json"
    assert json.loads(manifest.read_text())["stands_on"]["settings"]["language"] == "auto"


def test_changed_data_are_refused(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(prepared / "data/my_dataset/documents.csv", themed_rows(60))
    assert quick_run("--skip-viz") == 2
    (line,) = errors(capsys)
    assert "documents.csv has changed; prepare it again: python prepare_data.py" in line


def test_check_only_reports_a_run_on_changed_data_as_stale(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz", "--skip-eval") == 0

    def state() -> str:
        capsys.readouterr()
        quick_run("--check-only", "--json")
        return str(json.loads(capsys.readouterr().out)["run of theta"]["state"])

    assert state() == "ready"
    write_csv(prepared / "data/my_dataset/documents.csv", themed_rows(60))
    assert state() == "stale"
    # Prepared again, the data are current, but the run is not.
    assert prepare.main(["--dataset", "my_dataset", "--gpu", "-1"]) == 0
    assert state() == "stale"


def test_the_command_keeps_the_settings_of_the_corpus(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--dataset", "my_dataset", "--gpu", "-1", "--vocab_size", "20", "--no_lowercase"]
    assert prepare.main(flags) == 0
    assert quick_run("--model_size", "4B") == 2
    (line,) = errors(capsys)
    assert line.endswith("--vocab_size 20 --no_lowercase")


def test_an_outdated_embedding_is_refused(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--dataset", "my_dataset", "--gpu", "-1", "--vocab_size", "20", "--bow-only"]
    assert prepare.main(flags) == 0
    assert quick_run("--skip-viz") == 2
    assert "the corpus has been prepared again" in errors(capsys)[0]


def test_a_truncated_array_is_named(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    path = prepared / "workspace/my_dataset/embeddings/0.6B_zero_shot/documents.npy"
    path.write_bytes(path.read_bytes()[:-100])
    assert quick_run("--skip-viz") == 1
    (line,) = errors(capsys)
    assert "documents.npy is damaged" in line


@pytest.mark.parametrize(
    "name",
    [
        "corpus/bow.npz",
        "corpus/digests.npy",
        "corpus/vocab.json",
        "corpus/documents.parquet",
        "corpus/tokens.npz",
        "corpus/first_halves.npz",
        "embeddings/0.6B_zero_shot/documents.npy",
        "embeddings/0.6B_zero_shot/words.npy",
        "embeddings/0.6B_zero_shot/test_halves.npy",
    ],
)
def test_a_flipped_byte_is_found_and_named(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = prepared / "workspace/my_dataset" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert quick_run("--skip-viz") == 1
    (line,) = errors(capsys)
    assert f"{path.name} is damaged" in line


def test_few_documents_train_with_a_warning(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(folder / "data/five/documents.csv", themed_rows(5))
    assert prepare.main(["--dataset", "five", "--gpu", "-1"]) == 0
    flags = ["--dataset", "five", "--num_topics", "2", "--epochs", "2", "--gpu", "-1", "--skip-viz"]
    assert run.main(flags) == 0
    assert "warning: Only" in capsys.readouterr().err


def test_seeds_report_stability(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-viz", "--seeds", "0,1,2") == 0
    results = json.loads((RUN / "metrics/evaluation_results.json").read_text())
    stability = results["stability"]
    assert len(stability["per_topic"]) == 3
    assert 0 <= stability["mean"] <= 1
    assert json.loads((RUN / "config.json").read_text())["seed"] in (0, 1, 2)


def test_models_and_seeds_end_in_who_won(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    models = ("--models", "theta,kmeans,nmf", "--skip-viz")
    assert quick_run(*models, "--seeds", "0,1", "--output_dir", "runs") == 0
    out = capsys.readouterr().out
    assert "mean ± sd of 2 seeds" in out
    assert "theta minus" in out
    made = {path.name for path in Path("runs").iterdir() if not path.name.startswith(".")}
    assert made == {"theta", "kmeans", "nmf", "comparison"}
    with Path("runs/comparison/seeds.csv").open(encoding="utf-8-sig") as handle:
        rows = {(row["run"], row["metric"]): row for row in csv.DictReader(handle)}
    by_run = {}
    for name in ("theta", "kmeans", "nmf"):
        content = json.loads(Path(f"runs/{name}/metrics/evaluation_results.json").read_text())
        by_run[name] = content["seeds"]
        kept = json.loads(Path(f"runs/{name}/config.json").read_text())["seed"]
        assert by_run[name][str(kept)]["NPMI"] == content["NPMI"]
        mean = sum(values["NPMI"] for values in by_run[name].values()) / 2
        assert float(rows[name, "NPMI"]["mean"]) == pytest.approx(mean)
    lead = [by_run["theta"][seed]["NPMI"] - by_run["nmf"][seed]["NPMI"] for seed in ("0", "1")]
    assert float(rows["nmf", "NPMI"]["lead"]) == pytest.approx(sum(lead) / 2)
    assert rows["nmf", "NPMI"]["verdict"] in ("better", "worse", "noise")
    assert rows["theta", "NPMI"]["verdict"] == ""

    # Judged again by the same rules the other seeds' values hold; by others they do not.
    again = (*models[:2], "--skip-viz", "--skip-train", "--output_dir", "runs", "--json")
    assert quick_run(*again) == 0
    record = json.loads(capsys.readouterr().out)["comparison"]
    assert record["reference"] == "theta"
    assert {row["run"] for row in record["seeds"]} == {"theta", "kmeans", "nmf"}
    Path("other.txt").write_text("rocket orbit\nmarket shares bank\n" * 20, encoding="utf-8")
    assert quick_run(*again, "--reference_corpus", "other.txt") == 0
    output = capsys.readouterr()
    assert json.loads(output.out)["comparison"]["seeds"] == []
    assert "are dropped; to get them, train again" in output.err
    assert not Path("runs/comparison/seeds.csv").exists()


def test_compare_ends_a_grid_in_an_answer(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    for topics in ("2", "3"):
        assert (
            quick_run("--skip-viz", "--num_topics", topics, "--output_dir", f"grid/K{topics}") == 0
        )
    (prepared / "grid" / "unfinished").mkdir()
    capsys.readouterr()
    grid = [str(path) for path in sorted((prepared / "grid").iterdir())]
    assert run.main(["--compare", *grid]) == 0
    output = capsys.readouterr()
    assert "num_topics" in output.out.splitlines()[0]
    assert "unfinished: there is no run in it" in output.err
    with Path("result/comparison/comparison.csv").open(encoding="utf-8-sig") as handle:
        assert len(list(csv.reader(handle))) == 3
    assert Path("result/comparison/comparison.png").stat().st_size > 0


def test_compare_without_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--compare", str(tmp_path)]) == 2
    assert "no finished run" in errors(capsys)[0]


def test_reference_corpus(prepared: Path, quick_run: RunPipeline) -> None:
    Path("reference.txt").write_text("rocket orbit moon\ngoal match team\nmarket bank\n" * 20)
    assert quick_run("--skip-viz", "--reference_corpus", "reference.txt") == 0
    details = json.loads((RUN / "metrics/evaluation_results.json").read_text())["details"]
    assert "reference.txt (60 documents)" in details["NPMI"]["definition"]


def test_check_only_tells_the_truth(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    before = names(prepared)
    assert quick_run("--check-only") == 0
    out = capsys.readouterr().out
    assert "run of theta  missing" in out
    assert names(prepared) == before
    assert quick_run("--skip-viz") == 0
    (RUN / "beta.npy").write_bytes(b"x")
    capsys.readouterr()
    assert quick_run("--check-only") == 0
    assert "run of theta  damaged" in capsys.readouterr().out


def test_check_only_names_damaged_data(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = prepared / "workspace/my_dataset/corpus/bow.npz"
    content = bytearray(corpus.read_bytes())
    content[len(content) // 2] ^= 1
    corpus.write_bytes(content)
    capsys.readouterr()
    assert quick_run("--check-only", "--json") == 2
    states = json.loads(capsys.readouterr().out)
    assert "bow.npz is damaged" in states["corpus"]["detail"]
    assert (states["corpus"]["state"], states["embeddings"]["state"]) == ("damaged", "ready")


def test_verbose_tells_of_every_epoch(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz", "--skip-eval") == 0
    assert "Epoch 1" not in capsys.readouterr().err
    assert quick_run("--skip-viz", "--skip-eval", "--verbose") == 0
    said = capsys.readouterr().err
    for epoch in (1, 2, 3):
        assert f"Epoch {epoch}: reconstruction " in said


def test_json_for_scripts(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz", "--json", "--quiet") == 0
    (record,) = json.loads(capsys.readouterr().out)["runs"]
    assert record["error"] is None
    assert Path(record["run"]).is_dir()
    assert len(record["topics"]) == 3


def test_dry_run_writes_nothing(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    before = names(prepared)
    assert quick_run("--dry-run") == 0
    out = capsys.readouterr().out
    assert "num_topics: 3" in out
    assert str(RUN) in out
    assert names(prepared) == before


def test_yaml_is_read_and_typed_beats_it(prepared: Path) -> None:
    Path("c.yaml").write_text(
        "run:\n  num_topics: 4\n  epochs: 2\n  skip_viz: true\n  skip_eval: true\n  gpu: -1\n"
    )
    flags = ["--dataset", "my_dataset", "--config", "c.yaml", "--num_topics", "2"]
    assert run.main(flags) == 0
    config = json.loads((RUN / "config.json").read_text())
    assert config["model_options"]["num_topics"] == 2
    assert config["model_options"]["epochs"] == 2


def test_config_repeats_the_run(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-viz", "--skip-eval") == 0
    config = json.loads((RUN / "config.json").read_text())
    assert config["model"] == "theta"
    assert set(config["fingerprints"]) == {"corpus", "embeddings"}
    assert config["versions"]["torch"]
    assert config["device"] == "cpu"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--num_topics", "0"], "--num_topics 0: must be auto, 2 or more"),
        (["--num_topics=-1"], "--num_topics -1: must be auto, 2 or more"),
        (["--num_topics", "abc"], "--num_topics abc"),
        (["--models", "thet"], "did you mean theta"),
        (["--seed", "1", "--seeds", "1,2"], "--seed and --seeds"),
        (["--learning-rate", "0"], "--learning_rate 0"),
        (["--epoch", "3"], "did you mean --epochs"),
        (["--sort_by"], "expected one argument"),
    ],
)
def test_wrong_use_is_one_line(
    capsys: pytest.CaptureFixture[str], flags: list[str], message: str
) -> None:
    assert run.main(["--dataset", "my_dataset", *flags]) == 3
    (line,) = errors(capsys)
    assert message in line


def test_without_cuda_a_gpu_is_a_warning(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    assert quick_run("--skip-viz", "--skip-eval", "--gpu", "0") == 0
    assert "--gpu 0: there is no CUDA device" in capsys.readouterr().err


def test_visible_devices_are_the_users(
    prepared: Path, quick_run: RunPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    assert quick_run("--skip-viz", "--skip-eval", "--gpu", "0") == 0
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "5"


def test_a_result_folder_that_cannot_be_written(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("result").write_text("a file where the folder should be")
    assert quick_run("--skip-viz") == 1
    assert "cannot write" in errors(capsys)[0]


def test_interrupted_work_leaves_nothing_behind(
    prepared: Path, quick_run: RunPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("theta.pipeline.make.train", interrupt)
    assert quick_run("--skip-viz") == 130
    assert not RUN.exists()
    assert {p.name for p in RUN.parent.iterdir()} <= {".zero_shot.lock"}
    shutil.rmtree("result")


def test_the_health_of_a_run_is_recorded_and_bad_signs_survive_quiet(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--kl_end", "500", "--epochs", "12", "--quiet", "--skip-viz") == 0
    err = capsys.readouterr().err
    assert "these shares do not describe them; try --kl_end 1" in err
    place = Path("result/0.6B/my_dataset/zero_shot")
    health = json.loads((place / "checkpoints/training_history.json").read_text())["health"]
    found = {finding["name"]: finding for finding in health["findings"]}
    assert found["uniform_documents"]["options"] == {"kl_end": 1.0}
    command = found["uniform_documents"]["command"]
    assert command.startswith("python run_pipeline.py --dataset my_dataset")
    assert "--kl_end" not in command  # 1 is the default
    assert "--epochs 12" in command
    with (place / "topics.csv").open(encoding="utf-8") as handle:
        documents = [int(row["documents"]) for row in csv.DictReader(handle)]
    assert sum(documents) == len(np.load(place / "theta.npy"))
    assert health["used_topics"] == sum(n > 0 for n in documents)

    assert quick_run("--num_topics", "5", "--quiet", "--skip-viz", "--skip-eval") == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "replaces" in line]
    assert "zero_shot has a run with --num_topics 3, which this one replaces" in line
    assert line.endswith("to keep both, use --output_dir")
    assert quick_run("--num_topics", "5", "--quiet", "--skip-viz", "--skip-eval") == 0
    assert "replaces" not in capsys.readouterr().err
