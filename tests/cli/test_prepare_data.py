"""prepare_data.py as a person types it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import themed_rows, write_csv
from theta.cli import prepare

CORPUS_FILES = {
    "bow.npz",
    "digests.npy",
    "documents.parquet",
    "first_halves.npz",
    "ledger.csv",
    "manifest.json",
    "tokens.npz",
    "vocab.json",
}


def call(*flags: str) -> int:
    return prepare.main(["--dataset", "my_dataset", "--gpu", "-1", *flags])


def names(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_everything_is_made(folder: Path) -> None:
    assert call() == 0
    workspace = folder / "workspace" / "my_dataset"
    assert names(workspace / "corpus") == CORPUS_FILES
    embeddings = workspace / "embeddings" / "0.6B_zero_shot"
    assert names(embeddings) == {
        "documents.npy",
        "manifest.json",
        "test_halves.npy",
        "truncated.npy",
        "words.npy",
    }
    documents = np.load(embeddings / "documents.npy", allow_pickle=False)
    assert documents.shape == (90, 32)
    assert documents.dtype == np.float16
    np.testing.assert_allclose(np.linalg.norm(documents.astype(float), axis=1), 1, atol=2e-3)


def test_the_second_time_nothing_is_done(
    prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {p: p.stat().st_mtime_ns for p in (prepared / "workspace").rglob("*.np*")}
    assert call() == 0
    assert "Nothing has changed" in capsys.readouterr().out
    assert before == {p: p.stat().st_mtime_ns for p in before}


def test_changed_data_are_prepared_anew(prepared: Path) -> None:
    write_csv(prepared / "data" / "my_dataset" / "documents.csv", themed_rows(99))
    assert call() == 0
    documents = np.load(
        prepared / "workspace/my_dataset/embeddings/0.6B_zero_shot/documents.npy",
        allow_pickle=False,
    )
    assert len(documents) == 99


def test_another_size_shares_the_corpus(prepared: Path) -> None:
    manifest = prepared / "workspace/my_dataset/corpus/manifest.json"
    before = manifest.read_bytes()
    assert call("--model_size", "4B") == 0
    assert manifest.read_bytes() == before


def read_ledger(folder: Path) -> list[dict[str, str]]:
    path = folder / "workspace" / "my_dataset" / "corpus" / "ledger.csv"
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_ledger_says_which_texts_were_not_read_to_their_end(folder: Path) -> None:
    rows = themed_rows(40)
    rows[3]["text"] = ""
    rows[7]["text"] *= 30
    write_csv(folder / "data" / "my_dataset" / "documents.csv", rows)
    assert call("--bow-only") == 0
    assert {row["truncated"] for row in read_ledger(folder)} == {""}
    assert call("--max_length", "256") == 0
    truncated = [row["truncated"] for row in read_ledger(folder)]
    assert truncated[3] == ""  # dropped
    assert truncated[7] == "0.6B_zero_shot"
    assert {truncated[n] for n in range(40) if n not in (3, 7)} == {"no"}
    assert call("--max_length", "256", "--model_size", "4B") == 0
    assert read_ledger(folder)[7]["truncated"] == "0.6B_zero_shot 4B_zero_shot"
    assert call("--max_length", "256", "--long_docs", "mean") == 0  # windows reach the end
    assert read_ledger(folder)[7]["truncated"] == "4B_zero_shot"
    # The same corpus made anew knows it from the embeddings; those of another one say nothing.
    assert call("--bow-only", "--force") == 0
    assert read_ledger(folder)[7]["truncated"] == "4B_zero_shot"
    assert call("--bow-only", "--vocab_size", "10") == 0
    assert {row["truncated"] for row in read_ledger(folder)} == {""}


def test_counts_alone(folder: Path) -> None:
    assert call("--model", "baseline") == 0
    assert call("--bow-only") == 0
    assert not (folder / "workspace" / "my_dataset" / "embeddings").exists()


def test_dtm_needs_dates(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--model", "dtm") == 3
    assert "--time_column" in capsys.readouterr().err


def test_check_only_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = names(folder)
    assert call("--check-only") == 2
    out = capsys.readouterr().out
    assert "corpus" in out
    assert "missing" in out
    assert names(folder) == before


def test_check_only_after_preparation(prepared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = names(prepared)
    assert call("--check-only") == 0
    assert "90 of 90 documents are embedded" in capsys.readouterr().out
    assert names(prepared) == before


def test_json_is_one_object(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--bow-only", "--json", "--quiet") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["renewed"] == ["corpus"]
    assert record["corpus"]["documents"] == 90


def test_preview_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = names(folder)
    assert call("--preview", "3", "--quiet") == 0
    shown = capsys.readouterr()
    assert shown.out.count("counted (17):") == 3
    assert "removed, number: 0" in shown.out
    assert "Nothing was written." in shown.out
    assert call("--preview", "2", "--json", "--quiet") == 0
    record = json.loads(capsys.readouterr().out)
    assert [document["row_id"] for document in record["documents"]] == ["1", "90"]
    assert names(folder) == before


def test_a_size_that_does_not_read_the_language_is_reported(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"text": text} for text in ["北京的天气很好", "我们今天去公园跑步"] * 30]
    write_csv(folder / "data" / "my_dataset" / "documents.csv", rows)
    assert call("--quiet", "--model_size", "mini") == 0
    warning = capsys.readouterr().err
    assert "--model_size mini was not trained on Chinese" in warning
    choices = warning.split("choose --model_size ")[1].split("\n")[0].split(", ")
    assert {"0.6B", "4B", "8B"} <= set(choices)
    assert "mini" not in choices
    assert call("--quiet") == 0
    assert "was not trained on" not in capsys.readouterr().err


def test_what_was_dropped_is_said_quietly_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [*themed_rows(60), *[{"text": "of the", "label": "none"}] * 30]
    write_csv(folder / "data" / "my_dataset" / "documents.csv", rows)
    assert call("--quiet", "--bow_only") == 0
    assert "warning: 30 of 90 documents (33%) were dropped" in capsys.readouterr().err


def test_copies_are_counted_and_the_way_to_drop_them_is_named_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = themed_rows(40)
    write_csv(folder / "data" / "my_dataset" / "documents.csv", [*rows, rows[3]])
    kept = "1 documents repeat an earlier one (--drop_duplicates drops them)"
    for flags, is_said in ((), True), (("--drop_near_duplicates", "0.9"), False):
        assert call("--model", "baseline", *flags) == 0
        assert (kept in capsys.readouterr().err) == is_said


def test_many_dates_that_cannot_be_read_are_a_warning(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "date": "soon" if n < 5 else "2021"} for n, row in enumerate(themed_rows(90))]
    write_csv(folder / "data/my_dataset/documents.csv", rows)
    assert call("--bow-only", "--quiet") == 0
    told = capsys.readouterr().err
    assert "warning: 5 dates in the column 'date' cannot be read, the first is 'soon' (doc" in told
    assert "no readable date" not in told
    rows[0]["date"] = "2021"  # 4 of 90 are fewer than a twentieth
    write_csv(folder / "data/my_dataset/documents.csv", rows)
    assert call("--bow-only", "--quiet") == 0
    assert "date" not in capsys.readouterr().err


def test_dry_run_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--dry-run") == 0
    out = capsys.readouterr().out
    assert "vocab_size: auto" in out
    assert "documents.csv" in out
    assert not (folder / "workspace").exists()


def test_list_datasets(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare.main(["--list-datasets"]) == 0
    out = capsys.readouterr().out
    assert "my_dataset" in out
    assert "lee" in out


@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        (["--dataset", "nothing_here"], 2, "nothing_here"),
        (["--dataset", "../../etc"], 3, "cannot name a folder"),
        (["--text_column", "body"], 3, "body"),
        (["--vocab_size", "0"], 3, "--vocab_size 0: must be auto, 2 or more"),
        (["--vocab_size", "abc"], 3, "--vocab_size abc"),
        (["--model_size", "7B"], 3, "--model_size 7B"),
        (["--raw-input", "none.csv"], 2, "none.csv is not there"),
        (["--raw-input", "data"], 2, "data has no file that can be read"),
        (["--language", "klingon"], 3, "klingon"),
        (["--min_df", "1000"], 3, "min_df"),
        (["--config", "none.yaml"], 2, "none.yaml"),
        (["--vocab_siz", "5"], 3, "did you mean --vocab_size"),
    ],
)
def test_wrong_use_is_one_line(
    capsys: pytest.CaptureFixture[str], flags: list[str], code: int, message: str
) -> None:
    assert call(*flags) == code
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]


def test_no_dataset_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare.main([]) == 3
    assert "--dataset is missing" in capsys.readouterr().err


DIRT = {
    "empty": (b"", 3),
    "header_only": (b"text,label\n", 3),
    "no_text_column": (b"body,label\na b c,x\nd e f,y\n", 3),
    "all_empty": (b'text\n""\n" "\n', 3),
    "one_document": (b"text\nrocket moon orbit\n", 3),
    "no_word_left": (b"text\nthe and of\nthe of and\n", 3),
}


@pytest.mark.parametrize("name", DIRT)
def test_data_that_cannot_be_prepared(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content, code = DIRT[name]
    path = folder / "data" / "dirt" / "documents.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert prepare.main(["--dataset", "dirt", "--bow-only"]) == code
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert not (folder / "workspace" / "dirt" / "corpus").exists()


def test_a_failed_preparation_leaves_the_last_one(prepared: Path) -> None:
    before = (prepared / "workspace/my_dataset/corpus/manifest.json").read_bytes()
    (prepared / "data/my_dataset/documents.csv").write_text("text\n")
    assert call() == 3
    assert (prepared / "workspace/my_dataset/corpus/manifest.json").read_bytes() == before


def test_missing_weights_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("THETA_MODELS_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    assert call("--model_size", "8B") == 2
    err = capsys.readouterr().err
    assert "hf download Qwen/Qwen3-Embedding-8B" in err
    assert "--model_size mini" in err


@pytest.mark.parametrize("flags", [(), ("--dry_run",), ("--check_only",)])
def test_options_of_no_effect_are_refused_however_it_is_called(
    folder: Path, flags: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--mode", "zero_shot", "--lora_r", "4", *flags) == 3
    said = capsys.readouterr()
    assert "error: --lora_r: --mode zero_shot does not fine-tune" in said.err
    assert said.out == ""
