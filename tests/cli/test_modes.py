"""The three modes and guided topics, from the command line to the files."""

from __future__ import annotations

import csv
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import THEMES, RunPipeline, themed_rows, write_csv
from theta.cli import prepare, run
from theta.cli.finished_run import plots

DATA = Path("data/my_dataset/documents.csv")
TUNING = ("--finetune_epochs", "1", "--finetune_batch_size", "16")


def prepare_mode(mode: str, *flags: str) -> int:
    tuning = () if mode == "zero_shot" else TUNING
    return prepare.main(
        ["--dataset", "my_dataset", "--mode", mode, "--gpu", "-1", "--quiet", *tuning, *flags]
    )


def run_of(mode: str) -> Path:
    return Path("result/0.6B/my_dataset") / mode


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def metrics_of(mode: str) -> dict[str, object]:
    content = (run_of(mode) / "metrics" / "evaluation_results.json").read_text()
    metrics: dict[str, object] = json.loads(content)
    return metrics


def page_data(run: Path) -> dict[str, Any]:
    """Return what the page of a run shows."""
    text = (run / "visualizations" / "report.html").read_text(encoding="utf-8")
    found = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.mark.parametrize("mode", ["unsupervised", "supervised"])
def test_fine_tuned_once_and_reused(folder: Path, mode: str, capsys: pytest.CaptureFixture) -> None:
    assert prepare_mode(mode) == 0
    place = folder / "workspace/my_dataset/embeddings" / f"0.6B_{mode}"
    assert (place / "adapter" / "adapter_config.json").is_file()
    facts = json.loads((place / "manifest.json").read_text())["stands_on"]
    assert facts["finetune"]["supervised"] == (mode == "supervised")
    assert facts["finetune"]["epochs"] == 1
    adapter = (place / "adapter" / "adapter_model.safetensors").read_bytes()
    capsys.readouterr()
    assert prepare_mode(mode, "--json") == 0
    assert json.loads(capsys.readouterr().out)["renewed"] == []
    # Another number of words makes another corpus, of the same texts: the adapter stays.
    assert prepare_mode(mode, "--vocab_size", "20", "--json") == 0
    assert json.loads(capsys.readouterr().out)["renewed"] == ["corpus", "adapter", "embeddings"]
    assert (place / "adapter" / "adapter_model.safetensors").read_bytes() == adapter
    assert prepare_mode(mode, "--finetune_epochs", "auto") == 0
    facts = json.loads((place / "manifest.json").read_text())["stands_on"]
    assert facts["finetune"]["epochs"] == {"supervised": 6, "unsupervised": 1}[mode]
    assert prepare_mode(mode, "--lora_r", "4", "--json") == 0
    assert (place / "adapter" / "adapter_model.safetensors").read_bytes() != adapter


def test_all_modes_side_by_side(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture
) -> None:
    for mode in ("unsupervised", "supervised"):
        assert prepare_mode(mode) == 0
    for mode in ("zero_shot", "unsupervised", "supervised"):
        assert quick_run("--mode", mode, "--skip_viz", "--quiet") == 0
        assert isinstance(metrics_of(mode)["accuracy@test"], float)
        assert isinstance(metrics_of(mode)["control@test"], float)
    assert "classification" not in metrics_of("zero_shot")
    classification = metrics_of("supervised")["classification"]
    assert isinstance(classification, dict)
    rows = read_csv(run_of("supervised") / "doc_topics.csv")
    assert {row["predicted_label"] for row in rows} <= set(THEMES)
    assert all(0 < float(row["predicted_probability"]) <= 1 for row in rows)
    assert "predicted_label" not in read_csv(run_of("zero_shot") / "doc_topics.csv")[0]
    # The confusion matrix is that of the test documents of the table.
    corpus = json.loads((prepared / "workspace/my_dataset/corpus/manifest.json").read_text())
    n_test = corpus["stands_on"]["report"]["test"]
    assert (
        classification["documents"] == n_test == sum(map(sum, classification["confusion_matrix"]))
    )
    right = sum(
        classification["confusion_matrix"][i][i] for i in range(len(classification["labels"]))
    )
    assert metrics_of("supervised")["accuracy@test"] == pytest.approx(right / n_test)
    place = run_of("supervised") / "metrics" / "confusion_matrix.csv"
    matrix = list(csv.reader(place.open(newline="", encoding="utf-8-sig")))
    assert matrix[0][1:] == [row[0] for row in matrix[1:]] == classification["labels"]
    assert [[int(n) for n in row[1:]] for row in matrix[1:]] == classification["confusion_matrix"]
    listed = json.loads((run_of("supervised") / "manifest.json").read_text())["files"]
    assert "metrics/confusion_matrix.csv" in listed
    assert not (run_of("zero_shot") / "metrics" / "confusion_matrix.csv").exists()
    assert plots(["--run", str(run_of("supervised")), "--only", "report"]) == 0
    assert (
        page_data(run_of("supervised"))["labelPredictions"]["counts"]
        == classification["confusion_matrix"]
    )


def test_modes_are_compared_by_what_was_judged_on_the_same_documents(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture
) -> None:
    assert prepare_mode("supervised") == 0
    for mode in ("zero_shot", "supervised"):
        assert quick_run("--mode", mode, "--skip_viz", "--quiet") == 0
    capsys.readouterr()
    compare = ["--compare", *(str(run_of(m)) for m in ("zero_shot", "supervised"))]
    assert quick_run(*compare) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["run", "mode", "accuracy@test"]
    assert max(len(line) for line in lines[: lines.index("", 4)]) <= 110
    assert any(line.startswith("Not ranked: NMI, ARI, purity,") for line in lines)
    assert "@test" in lines[-1]
    assert quick_run(*compare, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["not_ranked"][:3] == ["NMI", "ARI", "purity"]


def test_a_mode_that_changes_nothing_for_a_model_is_reported(
    prepared: Path, capsys: pytest.CaptureFixture
) -> None:
    def warnings(models: str, mode: str) -> list[str]:
        flags = ["--dataset", "my_dataset", "--models", models, "--mode", mode, "--max_iter", "10"]
        assert run.main([*flags, "--num_topics", "3", "--skip_viz", "--quiet"]) == 0
        return [line for line in capsys.readouterr().err.splitlines() if "--mode" in line]

    assert warnings("lda", "supervised") == [
        "warning: lda uses neither embeddings nor labels: --mode supervised has no effect on it"
    ]
    messages = warnings("lda,nmf", "unsupervised")
    assert len(messages) == 1
    assert "lda, nmf use neither embeddings nor labels" in messages[0]
    assert warnings("lda", "zero_shot") == []


def test_the_number_of_topics_that_a_model_found_is_shown(
    prepared: Path, capsys: pytest.CaptureFixture
) -> None:
    pytest.importorskip("tomotopy")
    models = ["--dataset", "my_dataset", "--models", "hdp,nmf", "--num_topics", "7", "--gpu", "-1"]
    assert run.main([*models, "--skip_viz", "--quiet"]) == 0
    capsys.readouterr()
    place = Path("result/baseline/my_dataset")
    assert run.main(["--compare", str(place / "hdp/Kauto"), str(place / "nmf/K7"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    found = {row["model"]: row["num_topics"] for row in record["runs"]}
    evaluated = json.loads((place / "hdp/Kauto/metrics/evaluation_results.json").read_text())
    assert found == {"hdp": evaluated["num_topics"], "nmf": 7}


def test_the_command_that_renews_fine_tunes_as_before(
    folder: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture
) -> None:
    assert prepare_mode("supervised", "--lora_r", "4") == 0
    write_csv(folder / DATA, themed_rows(95))
    capsys.readouterr()
    assert quick_run("--mode", "supervised", "--quiet") == 2
    command = capsys.readouterr().err.split("prepare it again: python prepare_data.py ")[1].split()
    assert prepare.main([*command, "--gpu", "-1", "--quiet"]) == 0
    manifest = folder / "workspace/my_dataset/embeddings/0.6B_supervised/manifest.json"
    done = json.loads(manifest.read_text())["stands_on"]["finetune"]
    assert (done["lora_r"], done["epochs"], done["batch_size"]) == (4, 1, 16)


def test_a_held_out_label_is_never_seen(
    folder: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture
) -> None:
    """Other labels of the held-out documents change no vector, no topic and no prediction."""
    rows = themed_rows(90)
    results = []
    for lie in (False, True):
        draw = random.Random(1)
        labelled = [
            {**row, "split": part, "label": draw.choice(["space", "new label"])}
            if lie and part != "train"
            else {**row, "split": part}
            for row, part in zip(rows, ["train", "train", "test", "validation"] * 23, strict=False)
        ]
        write_csv(folder / DATA, labelled)
        assert prepare_mode("supervised") == 0
        assert quick_run("--mode", "supervised", "--skip_viz", "--quiet") == 0
        vectors = folder / "workspace/my_dataset/embeddings/0.6B_supervised/documents.npy"
        table = read_csv(run_of("supervised") / "doc_topics.csv")
        results.append(
            (
                vectors.read_bytes(),
                (run_of("supervised") / "theta.npy").read_bytes(),
                (run_of("supervised") / "beta.npy").read_bytes(),
                [row["predicted_label"] for row in table],
            )
        )
    assert results[0][:3] == results[1][:3]
    assert results[0][3] == results[1][3]


def test_a_column_with_few_labels_is_enough(folder: Path, quick_run: RunPipeline) -> None:
    rows = [
        {**row, "label": row["label"] if i % 5 == 0 else ""}
        for i, row in enumerate(themed_rows(90))
    ]
    write_csv(folder / DATA, rows)
    assert prepare_mode("supervised") == 0
    assert quick_run("--mode", "supervised", "--skip_viz", "--quiet") == 0
    table = read_csv(run_of("supervised") / "doc_topics.csv")
    assert len(table) == 90
    assert all(row["predicted_label"] in THEMES for row in table)


def relabelled(kind: str) -> list[dict[str, str]]:
    rows = themed_rows(90)
    labels = {
        "no column": None,
        "one": ["a"] * 90,
        "all different": [f"label {i}" for i in range(90)],
        "one document each": ["a", "b", "c"] + [""] * 87,
        "one label twice": ["a"] * 60 + [f"label {i}" for i in range(30)],
        "empty": [""] * 90,
    }[kind]
    if labels is None:
        return [{"text": row["text"], "party": "x", "minute": "y"} for row in rows]
    parts = {"split": "train"}  # each label is then among the training documents
    return [{**row, "label": label, **parts} for row, label in zip(rows, labels, strict=True)]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("no column", "the columns are party, minute; name it with prepare_data.py --label_column"),
        ("one", "all labelled training documents have the label 'a'"),
        ("all different", "on only one training document"),
        ("one document each", "each of the"),
        ("one label twice", "only 'a' is on at least two training documents"),
        ("empty", "none of the"),
    ],
)
def test_labels_that_cannot_teach_end_in_one_line(
    folder: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture, kind: str, message: str
) -> None:
    write_csv(folder / DATA, relabelled(kind))
    assert prepare_mode("supervised") == 3
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert len([line for line in error.splitlines() if "--mode supervised" in line]) == 1
    assert not list((folder / "workspace/my_dataset").glob("embeddings/0.6B_supervised/*"))


def test_options_that_would_do_nothing_are_refused(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture
) -> None:
    assert prepare.main(["--dataset", "my_dataset", "--lora_r", "4", "--gpu", "-1"]) == 3
    assert "--lora_r: --mode zero_shot does not fine-tune" in capsys.readouterr().err
    for name, value in (("--supervised_weight", "5"), ("--supervised_dropout", ".5")):
        assert quick_run(name, value) == 3
        assert f"{name} has no effect in --mode zero_shot" in capsys.readouterr().err
    assert quick_run("--mode", "supervised", "--dropout", ".5") == 3
    assert "--supervised_dropout replaces it" in capsys.readouterr().err
    # Labels that teach nothing leave --dropout its place; what is missing now is the preparation.
    idle = ("--mode", "supervised", "--supervised_weight", "0")
    assert quick_run(*idle, "--dropout", ".5") == 2
    assert "--dropout" not in capsys.readouterr().err
    assert quick_run(*idle, "--supervised_dropout", ".5") == 3
    assert "--supervised_dropout has no effect" in capsys.readouterr().err


def test_dropout_in_supervised_mode_is_for_the_models_beside_theta(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture
) -> None:
    taken = ("--mode", "supervised", "--dropout", ".5", "--skip_viz", "--skip_eval")
    assert quick_run(*taken, "--models", "theta,lda") == 3
    assert "--supervised_dropout replaces it" in capsys.readouterr().err
    # A network beside it takes the option; what is missing now is the preparation.
    assert quick_run(*taken, "--models", "theta,prodlda") != 3
    assert "--dropout" not in capsys.readouterr().err


def test_check_only_knows_the_modes(folder: Path, capsys: pytest.CaptureFixture) -> None:
    assert prepare_mode("zero_shot", "--bow_only") == 0
    assert prepare_mode("unsupervised", "--check_only") != 0
    assert "not fine-tuned yet" in capsys.readouterr().out
    assert prepare_mode("unsupervised") == 0
    assert prepare_mode("unsupervised", "--check_only") == 0


SEEDS = "sport: [goal, referee, offside]\nmoney: [shares]\n"


def test_seed_words_are_answered_for(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture
) -> None:
    Path("seeds.yaml").write_text(SEEDS, encoding="utf-8")
    assert quick_run("--seed_words", "seeds.yaml", "--skip_viz") == 0
    shown = capsys.readouterr()
    assert re.search(r"^ +0 +sport ", shown.out, re.MULTILINE)
    assert "Topic 0 is sport; ranks of its seed words:" in shown.err
    assert "not in the vocabulary: offside" in shown.err
    place = run_of("zero_shot")
    topics = json.loads((place / "topic_words.json").read_text())
    sport = topics[0]
    assert (sport["name"], sport["seed_words_not_in_vocabulary"]) == ("sport", ["offside"])
    words = [entry["word"] for entry in sport["words"]]
    for word, rank in sport["seed_word_ranks"].items():
        assert words[rank - 1] == word
    table = {row["id"]: row for row in read_csv(place / "topics.csv")}
    assert table["1"]["name"] == "money"
    assert table["1"]["seed_word_ranks"].startswith("shares ")
    assert [table[topic]["name_source"] for topic in "01"] == ["given", "given"]
    assert table["2"]["name_source"] in ("texts", "words")
    assert table["2"]["name"] == topics[2]["name"]
    assert metrics_of("zero_shot")["seed_words"][0]["name"] == "sport"  # type: ignore[index]
    assert "Topic 1 is money" in (place / "run.log").read_text()
    # So does the page.
    assert plots(["--run", str(place), "--only", "report"]) == 0
    sport = page_data(place)["topics"][0]
    assert sport["name"] == "sport"
    assert dict(sport["seeds"]["ranks"]) == topics[0]["seed_word_ranks"]
    assert sport["seeds"]["missing"] == ["offside"]
    assert page_data(place)["topics"][2]["seeds"] is None
    # Evaluated again, the run still has the seed words of its topics.
    assert quick_run("--skip_train", "--skip_viz", "--seed_words", "seeds.yaml", "--quiet") == 0
    assert metrics_of("zero_shot")["seed_words"][1]["name"] == "money"  # type: ignore[index]
