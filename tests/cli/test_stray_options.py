"""Tables that spreadsheets open, and options and folders that were meant otherwise."""

from __future__ import annotations

import codecs
import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import RunPipeline, errors, themed_rows, write_csv
from theta import load_run
from theta.cli import prepare, run
from theta.corpus.read import file_source

RUN = Path("result/0.6B/my_dataset/zero_shot")


def test_tables_for_people_begin_with_the_mark(finished: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--infer", "new.csv") == 0
    for path in (RUN / "topics.csv", RUN / "doc_topics.csv", Path("new_topics.csv")):
        content = path.read_bytes()
        assert content.startswith(codecs.BOM_UTF8)
        assert content.count(codecs.BOM_UTF8) == 1
        # Our own reader and pandas take the mark for what it is.
        opened = file_source(path).open()
        assert not opened.columns[0].startswith("\ufeff")
        opened.close()
    tables = load_run(RUN)
    assert list(tables.topics.columns)[:3] == ["share", "documents", "top_words"]
    assert tables.documents.index.name == "row_id"


def test_results_beside_the_documents_are_no_documents(
    finished: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--infer", "data/my_dataset/documents.csv") == 0
    assert len(list(Path("data/my_dataset").iterdir())) == 3
    capsys.readouterr()
    assert prepare.main(["--dataset", "my_dataset", "--gpu", "-1", "--quiet"]) == 0
    err = capsys.readouterr().err
    assert "results of --infer are not read: documents_topics.csv, documents_topics_dr" in err
    assert quick_run("--skip-eval", "--skip-viz") == 0  # nothing is stale


@pytest.mark.parametrize("flags", [["--models", ""], ["--models", ","], ["--config", ""]])
def test_an_empty_value_is_one_line(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--dataset", "my_dataset", *flags]) == 3
    (line,) = errors(capsys)
    assert line.startswith(f"error: {flags[0]} {flags[1]}".rstrip())


def test_documents_have_all_their_weights(finished: Path) -> None:
    with (RUN / "doc_topics.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    weights = np.load(RUN / "theta.npy", allow_pickle=False)
    written = [[float(row[f"topic_{k}"]) for k in range(3)] for row in rows]
    np.testing.assert_allclose(written, weights, atol=5e-7)
    assert [row["row_id"] for row in rows[:2]] == ["1", "2"]
    found = load_run(RUN).documents
    np.testing.assert_allclose(found[["topic_0", "topic_1", "topic_2"]], weights, atol=5e-7)


def test_how_rows_are_counted_is_said_where_they_are(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-eval", "--skip-viz", "--quiet") == 0
    assert "row_id is your column id, or the number of the row, counted from 1" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("main", "flags", "says"),
    [
        (run.main, ["--vocab_size", "500"], "--vocab_size is an option of prepare_data.py"),
        (run.main, ["--vocab-size=500"], "--vocab-size is an option of prepare_data.py"),
        (run.main, ["--bow-only"], "--bow-only is an option of prepare_data.py"),
        (prepare.main, ["--num_topics", "5"], "--num_topics is an option of run_pipeline.py"),
        (prepare.main, ["--skip-viz"], "--skip-viz is an option of run_pipeline.py"),
    ],
)
def test_an_option_of_the_other_program_says_where_it_belongs(
    capsys: pytest.CaptureFixture[str], main, flags: list[str], says: str
) -> None:
    assert main(["--dataset", "my_dataset", *flags]) == 3
    (line,) = errors(capsys)
    assert says in line
    assert line.endswith("not of this program: set it there")


@pytest.mark.parametrize(
    ("typed", "taken"), [("english", "en"), ("chinese", "zh"), ("English", "en"), ("zh", "zh")]
)
def test_the_names_of_languages_are_taken_too(
    prepared: Path, capsys: pytest.CaptureFixture[str], typed: str, taken: str
) -> None:
    assert run.main(["--dataset", "my_dataset", "--language", typed, "--dry-run"]) == 0
    assert f"language: {taken}" in capsys.readouterr().out


def test_a_backslash_in_yaml_is_explained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("c.yaml").write_text('prepare:\n  raw_input: "C:\\new\\table.csv"\n', encoding="utf-8")
    assert prepare.main(["--dataset", "my_dataset", "--config", "c.yaml"]) == 3
    (line,) = errors(capsys)
    assert "raw_input (YAML) C:\\new\\table.csv: in double quotes YAML reads a backslash" in line
    assert "write single quotes" in line
    Path("c.yaml").write_text('prepare:\n  raw_input: "C:\\Users\\me.csv"\n', encoding="utf-8")
    assert prepare.main(["--dataset", "my_dataset", "--config", "c.yaml"]) == 3
    (line,) = errors(capsys)
    assert "in double quotes YAML reads a backslash" in line


def test_a_folder_of_runs_stands_for_the_runs_in_it(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--dataset", "my_dataset", "--models", "nmf,kmeans", "--skip-viz", "--quiet"]
    for n in ("3", "12"):
        assert run.main([*flags, "--num_topics", n, "--gpu", "-1"]) == 0
    place = Path("result/baseline/my_dataset")
    capsys.readouterr()
    assert run.main(["--compare", *map(str, sorted(place.iterdir()))]) == 0
    said = capsys.readouterr()
    assert "left out" not in said.err
    for name in ("kmeans/K3", "kmeans/K12", "nmf/K3", "nmf/K12"):
        assert str(place / name) in said.out
    # The run that is asked for is not there, others are: they are named, with their flags.
    write_csv(Path("new.csv"), themed_rows(5))
    assert run.main(["--dataset", "my_dataset", "--models", "nmf", "--infer", "new.csv"]) == 2
    (line,) = errors(capsys)
    assert "there is no finished run in result/baseline/my_dataset/nmf/K20" in line
    assert "result/baseline/my_dataset/nmf/K3 (--models nmf --num_topics 3)" in line
    assert line.index("nmf/K3") < line.index("nmf/K12") < line.index("kmeans/K3")


def test_identical_texts_are_not_asked_for_one_topic(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / "data")
    write_csv(Path("data/my_dataset/a.csv"), [{"text": "rocket moon orbit"}] * 30)
    assert (
        prepare.main(["--dataset", "my_dataset", "--gpu", "-1", "--min_df", "1", "--max_df", "1"])
        == 0
    )
    flags = ["--dataset", "my_dataset", "--models", "kmeans", "--num_topics", "5", "--gpu", "-1"]
    assert run.main(flags) == 3
    (line,) = errors(capsys)
    assert "at least 2 are needed: are all texts identical, or all vectors zero?" in line
