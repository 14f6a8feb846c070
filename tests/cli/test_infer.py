"""run_pipeline.py --infer as a person types it."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import torch

from tests.cli.conftest import (
    QUICK,
    RunPipeline,
    contents,
    errors,
    forge,
    sign,
    themed_rows,
    write_csv,
)
from tests.tiny_models import make_tiny_qwen3
from theta import THETA
from theta.cli import prepare, run
from theta.cli.main import main as theta
from theta.corpus import documents as corpus_documents
from theta.devices import threads
from theta.embeddings.apply import TextEncoder
from theta.models.theta import Theta
from theta.pipeline.topic_table import TopicTable
from theta.run import Run

RUN = Path("result/0.6B/my_dataset/zero_shot")
ROOT = Path(__file__).resolve().parents[2]
TOPICS = [f"topic_{k}" for k in range(3)]


def weights_of(path: Path) -> np.ndarray:
    table = pyarrow.parquet.read_table(path)
    columns = [table.column(name).to_numpy() for name in TOPICS]
    assert {column.dtype for column in columns} == {np.dtype(np.float32)}
    return np.stack(columns, axis=1)


def test_new_documents_get_topics(finished: Path, quick_run: RunPipeline) -> None:
    before = contents(RUN)
    assert quick_run("--infer", "new.csv") == 0
    with Path("new.csv").open(encoding="utf-8-sig") as handle:
        given = list(csv.DictReader(handle))
    with Path("new_topics.csv").open(encoding="utf-8-sig") as handle:
        found = list(csv.DictReader(handle))
    added = [*TOPICS, "dominant_topic", "dominant_topic_name", "oov_share", "known_words", "note"]
    assert list(found[0]) == [*given[0], *added]
    topic_names = Run.open(RUN).names
    assert [{name: row[name] for name in given[0]} for row in found] == given
    for row in found:
        weights = [float(row[name]) for name in TOPICS]
        assert sum(weights) == pytest.approx(1, abs=1e-6)
        assert int(row["dominant_topic"]) == int(np.argmax(weights))
        assert row["dominant_topic_name"] == topic_names[int(np.argmax(weights))]
        assert 0 <= float(row["oov_share"]) < 1
        assert row["note"] == ""
    assert contents(RUN) == before


def test_a_run_is_named_by_its_folder(
    finished: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--infer", "new.csv", "--infer_output", "selected.csv") == 0
    capsys.readouterr()
    assert theta(["infer", "new.csv", "--run", str(RUN), "--dry_run"]) == 0
    assert str(RUN) in capsys.readouterr().out
    assert theta(["infer", "new.csv", "--run", str(RUN)]) == 0
    assert Path("new_topics.csv").read_bytes() == Path("selected.csv").read_bytes()
    assert quick_run("--infer", "new.csv", "--run", str(RUN)) == 3
    assert "leave out --dataset" in errors(capsys)[0]
    assert theta(["infer", "new.csv", "--run", "result"]) == 2
    assert "is a folder of runs, not a run" in errors(capsys)[0]


def test_a_row_alone_is_the_row_in_a_file(finished: Path, quick_run: RunPipeline) -> None:
    rows = themed_rows(23, seed=7)
    # Texts of very different length: in one batch they would be padded.
    rows[3]["text"], rows[11]["text"] = "moon", " ".join([rows[11]["text"]] * 12)
    write_csv(Path("many.csv"), rows)
    write_csv(Path("backwards.csv"), rows[::-1])
    assert quick_run("--infer", "many.csv", "--infer_output", "many.parquet") == 0
    assert quick_run("--infer", "backwards.csv", "--infer_output", "backwards.parquet") == 0
    many = weights_of(Path("many.parquet"))
    np.testing.assert_array_equal(weights_of(Path("backwards.parquet"))[::-1], many)
    for row in (0, 3, 11, 22):
        write_csv(Path("alone.csv"), [rows[row]])
        assert quick_run("--infer", "alone.csv", "--infer_output", "alone.parquet") == 0
        np.testing.assert_array_equal(weights_of(Path("alone.parquet")), many[row : row + 1])


def test_command_line_estimator_and_second_process_agree(
    finished: Path, quick_run: RunPipeline
) -> None:
    assert quick_run("--infer", "new.csv", "--infer_output", "here.parquet") == 0
    words = [str(ROOT / "run_pipeline.py"), "--dataset", "my_dataset", *QUICK]
    words += ["--infer", "new.csv", "--infer_output", "there.parquet", "--json"]
    answer = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    said = json.loads(answer.stdout)
    assert said["output"] == str(Path("there.parquet").absolute())
    here = weights_of(Path("here.parquet"))
    np.testing.assert_array_equal(weights_of(Path("there.parquet")), here)

    texts = [row["text"] for row in themed_rows(90)]
    new = [row["text"] for row in themed_rows(23, seed=7)]
    trained = THETA(num_topics=3, epochs=3, kl_warmup=1, hidden_dim=16, gpu=-1).fit(texts)
    np.testing.assert_array_equal(trained.doc_topic_, np.load(RUN / "theta.npy"))
    np.testing.assert_array_equal(trained.components_, np.load(RUN / "beta.npy"))
    np.testing.assert_array_equal(trained.transform(new), here)
    np.testing.assert_array_equal(THETA.load(RUN).transform(new), here)


def test_a_file_is_read_in_chunks_with_the_same_bits(
    finished: Path, quick_run: RunPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quick_run("--infer", "new.csv", "--infer_output", "whole.parquet") == 0
    sizes = []
    write = TopicTable.write

    def counting(self, rows) -> None:
        sizes.append(len(rows.notes))
        write(self, rows)

    monkeypatch.setattr(corpus_documents, "CHUNK_ROWS", 5)
    monkeypatch.setattr(TopicTable, "write", counting)
    assert quick_run("--infer", "new.csv", "--infer_output", "parts.parquet") == 0
    assert sizes == [5, 5, 5, 5, 3]
    whole, parts = Path("whole.parquet"), Path("parts.parquet")
    assert pyarrow.parquet.read_table(parts).equals(pyarrow.parquet.read_table(whole))
    reports = [json.loads(Path(f"{n}_drift.json").read_text()) for n in ("whole", "parts")]
    shares = [report.pop("topic_shares") for report in reports]
    np.testing.assert_allclose(*shares, rtol=1e-12)
    assert reports[0] == reports[1]


def test_csv_holds_every_digit(finished: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--infer", "new.csv") == 0
    assert quick_run("--infer", "new.csv", "--infer_output", "new.parquet") == 0
    with Path("new_topics.csv").open(encoding="utf-8-sig") as handle:
        rows = [[np.float32(row[name]) for name in TOPICS] for row in csv.DictReader(handle)]
    np.testing.assert_array_equal(np.array(rows), weights_of(Path("new.parquet")))


def test_documents_without_words_are_reported(finished: Path, quick_run: RunPipeline) -> None:
    texts = ["moon rocket orbit", "qwrt zxcv", "   ", "=1+2 moon"]
    write_csv(Path("odd.csv"), [{"text": text, "date": "2024"} for text in texts])
    assert quick_run("--infer", "odd.csv") == 0
    with Path("odd_topics.csv").open(encoding="utf-8-sig") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["note"] for row in rows] == ["", "no known word", "no text", ""]
    assert [row["known_words"] for row in rows] == ["3", "0", "0", "1"]
    assert [row["oov_share"] for row in rows] == ["0", "1", "", "0"]
    assert rows[2]["topic_0"] == rows[2]["dominant_topic"] == ""
    assert float(rows[1]["topic_0"]) > 0  # from its embedding
    assert rows[3]["text"] == "'=1+2 moon"  # a spreadsheet would run it
    report = json.loads(Path("odd_topics_drift.json").read_text())
    assert (report["rows"], report["documents"], report["empty"]) == (4, 3, 1)
    assert report["without_known_word"] == 1
    # moon rocket orbit, qwrt zxcv, moon: 4 of 6 words are known.
    assert report["oov_share"] == pytest.approx(1 / 3)
    # 90 documents leave 9 for validation and 9 for testing.
    assert report["drift"] is None
    assert "held-out documents" in report["drift_reason"]


def test_the_run_needs_neither_corpus_nor_data(finished: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--infer", "new.csv", "--infer_output", "before.parquet") == 0
    shutil.rmtree("workspace")
    shutil.rmtree("data")
    assert quick_run("--infer", "new.csv", "--infer_output", "after.parquet") == 0
    assert Path("before.parquet").read_bytes() == Path("after.parquet").read_bytes()


@pytest.mark.parametrize("suffix", ["jsonl", "parquet", "folder"])
def test_other_formats(finished: Path, quick_run: RunPipeline, suffix: str) -> None:
    texts = [row["text"] for row in themed_rows(4, seed=7)]
    if suffix == "jsonl":
        path = Path("other.jsonl")
        path.write_text("".join(json.dumps({"content": text}) + "\n" for text in texts))
    elif suffix == "parquet":
        path = Path("other.parquet")
        pyarrow.parquet.write_table(pyarrow.table({"text": texts}), path)
    else:
        path = Path("other")
        path.mkdir()
        for i, text in enumerate(texts):
            (path / f"{i}.txt").write_text(text)
    assert quick_run("--infer", str(path)) == 0
    with Path("other_topics.csv").open(encoding="utf-8-sig") as handle:
        found = list(csv.DictReader(handle))
    assert len(found) == 4
    assert quick_run("--infer", "new.csv") == 0
    with Path("new_topics.csv").open(encoding="utf-8-sig") as handle:
        wanted = list(csv.DictReader(handle))[:4]
    assert [row["topic_1"] for row in found] == [row["topic_1"] for row in wanted]


def test_dry_run_writes_nothing(finished: Path, quick_run: RunPipeline) -> None:
    before = contents(finished)
    assert quick_run("--infer", "new.csv", "--dry_run") == 0
    assert contents(finished) == before


def _unfinished() -> None:
    (RUN / "manifest.json").unlink()


def _of_another_version() -> None:
    manifest = json.loads((RUN / "manifest.json").read_text())
    sign(RUN, {**manifest, "format": 0})


def _with_another_vocabulary() -> None:
    name = "checkpoints/preprocessing.json"
    record = json.loads((RUN / name).read_text())
    record["corpus"]["vocabulary"] = record["corpus"]["vocabulary"][:-1]
    forge(RUN, name, json.dumps(record).encode())


def _changed() -> None:
    path = RUN / "checkpoints/preprocessing.json"
    path.write_text(path.read_text().replace("moon", "noom"))


def _gone() -> None:
    shutil.rmtree(RUN)


@pytest.mark.parametrize(
    ("harm", "code", "says"),
    [
        (_gone, 2, "is not there; make it with"),
        (_unfinished, 2, "is unfinished; make it with"),
        (_of_another_version, 2, "was written by another version"),
        (_changed, 1, "is damaged: its sha256 is not the one in the manifest; make it again"),
        (_with_another_vocabulary, 1, "the vocabulary has"),
    ],
)
def test_runs_that_cannot_be_applied(
    finished: Path,
    quick_run: RunPipeline,
    capsys: pytest.CaptureFixture[str],
    harm,
    code: int,
    says: str,
) -> None:
    harm()
    assert quick_run("--infer", "new.csv") == code
    (line,) = errors(capsys)
    assert says in line
    assert not Path("new_topics.csv").exists()


@pytest.mark.parametrize(
    ("content", "flags", "code", "says"),
    [
        (None, (), 2, "nothing.csv is not there"),
        ("", (), 3, "is empty"),
        ("text,who\n", (), 3, "has a header but no rows"),
        ("name,who\na,b\n", (), 3, "no text column 'text'"),
        ("text,topic_1\na,b\n", (), 3, "already has columns that would be added: topic_1"),
        ("text\na\n", ("--infer_output", "out.xlsx"), 3, "must end in .csv or .parquet"),
        ("text\na\n", ("--infer_output", "nothing.csv"), 3, "overwrite the documents"),
        ("text\na\n", ("--infer_output", f"{RUN}/out.csv"), 3, "is inside the finished run"),
        ("text\na\n", ("--num_topics", "4"), 3, "--num_topics 4 contradicts the run"),
    ],
)
def test_bad_input(
    finished: Path,
    quick_run: RunPipeline,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    flags: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    if content is not None:
        Path("nothing.csv").write_text(content)
    before = contents(finished)
    assert quick_run("--infer", "nothing.csv", *flags) == code
    (line,) = errors(capsys)
    assert says in line
    assert contents(finished) == before


def test_infer_output_needs_infer(
    finished: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--infer_output", "out.csv") == 3
    assert "--infer_output needs --infer" in errors(capsys)[0]


def test_another_embedding_model_is_refused(
    finished: Path,
    quick_run: RunPipeline,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = finished / "others"
    make_tiny_qwen3(others / "Qwen3-Embedding-0.6B", hidden_size=32, max_length=256)
    monkeypatch.setenv("THETA_MODELS_DIR", str(others))
    assert quick_run("--infer", "new.csv") == 3
    assert "their vectors are not comparable" in errors(capsys)[0]


def test_the_table_that_was_there_stays_when_reading_fails(
    finished: Path, quick_run: RunPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quick_run("--infer", "new.csv") == 0
    before = Path("new_topics.csv").read_bytes()
    with Path("new.csv").open("a") as handle:
        handle.write("too,many,fields,here,x\n" * 20)
    monkeypatch.setattr(corpus_documents, "CHUNK_ROWS", 5)
    assert quick_run("--infer", "new.csv") == 3
    assert Path("new_topics.csv").read_bytes() == before
    assert not list(finished.glob(".*new_topics.csv"))


def test_a_model_of_counts_alone(prepared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--dataset", "my_dataset", "--models", "lda", "--num_topics", "3"]
    assert run.main([*flags, "--max_iter", "5", "--skip-viz", "--skip-eval"]) == 0
    write_csv(Path("new.csv"), [*themed_rows(5, seed=7), {"text": "qwrt", "label": ""}])
    shutil.rmtree("workspace")
    assert run.main([*flags, "--infer", "new.csv", "--infer_output", "new.parquet"]) == 0
    weights = weights_of(Path("new.parquet"))
    # Without a known word nothing is known but the prior, which is the same for all topics.
    np.testing.assert_allclose(weights[5], 1 / 3, atol=1e-6)
    assert weights[:5].max(axis=1).min() > 0.6
    assert run.main([*flags[:2], "--models", "lda,theta", "--infer", "new.csv"]) == 3
    assert "--infer applies one run" in errors(capsys)[0]


def test_a_supervised_run_tells_labels_with_its_own_adapter(prepared: Path) -> None:
    mode = ["--dataset", "my_dataset", "--mode", "supervised", "--gpu", "-1"]
    assert prepare.main([*mode, "--finetune_epochs", "1"]) == 0
    quick = ["--num_topics", "3", "--epochs", "30", "--kl_warmup", "1", "--hidden_dim", "16"]
    flags = [*mode, *quick, "--skip-viz", "--skip-eval"]
    assert run.main(flags) == 0
    shutil.rmtree("workspace")
    write_csv(Path("new.csv"), [*themed_rows(9, seed=7), {"text": " ", "label": ""}])
    assert run.main([*mode, "--infer", "new.csv"]) == 0
    with Path("new_topics.csv").open(encoding="utf-8-sig") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["predicted_label"] for row in rows[:9]} <= {"space", "sport", "money"}
    assert all(1 / 3 <= float(row["predicted_probability"]) <= 1 for row in rows[:9])
    assert rows[9]["predicted_label"] == rows[9]["predicted_probability"] == ""
    loaded = THETA.load("result/0.6B/my_dataset/supervised")
    predicted = loaded.predict([row["text"] for row in rows])
    assert predicted.tolist() == [row["predicted_label"] or None for row in rows]
    assert loaded.get_params()["mode"] == "supervised"


@pytest.mark.parametrize(("typed", "of_model"), [((), 1), (("--threads", "2"), 2)])
def test_threads_are_those_of_training_and_are_recorded(
    finished: Path,
    quick_run: RunPipeline,
    monkeypatch: pytest.MonkeyPatch,
    typed: tuple[str, ...],
    of_model: int,
) -> None:
    seen = []
    infer, encode = Theta.infer, TextEncoder._encode_here

    def watched_infer(self, *arguments):
        seen.append(torch.get_num_threads())
        return infer(self, *arguments)

    def watched_encode(self, texts):
        seen.append(torch.get_num_threads())
        return encode(self, texts)

    monkeypatch.setattr(Theta, "infer", watched_infer)
    monkeypatch.setattr(TextEncoder, "_encode_here", watched_encode)
    monkeypatch.setattr(threads, "available_cores", lambda: 2)
    with threads.computing_with(3):
        assert quick_run("--infer", "new.csv", *typed) == 0
        assert torch.get_num_threads() == 3
    assert seen == [2, of_model]
    report = json.loads(Path("new_topics_drift.json").read_text())
    assert (report["threads"], report["embedding_threads"]) == (of_model, 2)


def test_column_and_sheet_of_new_documents(
    finished: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"text": "nothing known", "Antwort": row["text"]} for row in themed_rows(5, seed=7)]
    write_csv(Path("answers.csv"), rows)
    assert quick_run("--infer", "new.csv") == 0
    assert quick_run("--infer", "answers.csv", "--text_column", "Antwort") == 0
    with (
        Path("new_topics.csv").open(encoding="utf-8-sig") as one,
        Path("answers_topics.csv").open(encoding="utf-8-sig") as two,
    ):
        of_texts = [[row[name] for name in TOPICS] for row in csv.DictReader(one)]
        of_answers = [[row[name] for name in TOPICS] for row in csv.DictReader(two)]
    assert of_answers == of_texts[:5]
    assert quick_run("--infer", "answers.csv", "--sheet", "2") == 3
    assert quick_run("--text_column", "Antwort") == 3
    first, second = errors(capsys)
    assert "--sheet 2: answers.csv is not an Excel workbook" in first
    assert "--text_column needs --infer" in second
    assert "prepare_data.py" in second
