"""Several models in one call: what cannot run is reported before anything trains."""

from __future__ import annotations

import csv
import pickle
import sys
from pathlib import Path

import pytest
import torch

from tests.cli.conftest import RunPipeline, errors, themed_rows, write_csv
from theta.cli import prepare, run
from theta.errors import ModelCrashed
from theta.models.gsm import Gsm
from theta.models.lda import Lda
from theta.models.nmf import Nmf

LDA = Path("result/baseline/my_dataset/lda/K3")
QUICKLY = ("--num_topics", "3", "--max_iter", "5", "--gpu", "-1", "--skip-viz", "--skip-eval")


def call(*flags: str) -> int:
    return run.main(["--dataset", "my_dataset", *QUICKLY, *flags])


@pytest.fixture
def counted(folder: Path) -> Path:
    """The current folder with my_dataset prepared without embeddings, dates and covariates."""
    assert prepare.main(["--dataset", "my_dataset", "--model", "baseline", "--quiet"]) == 0
    return folder


def test_what_cannot_run_is_reported_first_and_last_and_the_others_go_on(
    counted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tomotopy", None)
    printed_before = []
    fit = Lda.fit

    def telling(self, *arguments):
        printed_before.extend(capsys.readouterr().err.splitlines())
        return fit(self, *arguments)

    monkeypatch.setattr(Lda, "fit", telling)
    assert call("--models", "lda,hdp,stm,dtm,theta,nmf") == 1
    reasons = {
        "hdp": "tomotopy is not installed",
        "stm": "needs covariates",
        "dtm": "needs a column of dates",
        "theta": "make it with: python prepare_data.py --dataset my_dataset --model theta",
    }
    warned = [line for line in printed_before if "cannot run" in line]
    ended = errors(capsys)
    assert len(warned) == len(ended) == 4
    for (name, reason), first, last in zip(reasons.items(), warned, ended, strict=True):
        assert first.startswith(f"warning: {name} cannot run: ")
        assert last.startswith(f"error: {name}: ")
        assert reason in first
        assert reason in last
    assert (LDA / "manifest.json").exists()
    assert Path("result/baseline/my_dataset/nmf/K3/manifest.json").exists()


def test_a_model_that_needs_more_memory_than_there_is(
    counted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(Gsm, "fit", full)
    flags = ("--num_topics", "3", "--batch_size", "64", "--gpu", "-1")
    assert run.main(["--dataset", "my_dataset", "--models", "gsm", *flags]) == 4
    (line,) = errors(capsys)
    assert line.startswith("error: gsm does not fit into the memory of cpu: try --batch_size 32")


def test_after_a_failure_of_the_gpu_the_others_have_their_chance(
    counted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed assertion on the device leaves this process without it: they run in another."""

    def failing(*arguments: object) -> None:
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")

    monkeypatch.setattr(Lda, "fit", failing)
    assert call("--models", "lda,nmf") == 1
    said = capsys.readouterr().err
    assert "warning: nmf runs in a new process" in said
    assert "error: lda: lda failed on cpu (CUDA error: device-side assert triggered)" in said
    assert "Trained nmf" in said
    assert not (LDA / "manifest.json").exists()
    assert Path("result/baseline/my_dataset/nmf/K3/manifest.json").exists()


def test_the_exit_code_is_that_of_the_first(counted: Path) -> None:
    assert call("--models", "lda,theta,stm") == 2
    assert call("--models", "lda,stm,theta") == 3
    assert (LDA / "manifest.json").exists()


def test_where_every_model_needs_embeddings_it_is_said_once(
    counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["--dataset", "my_dataset", "--models", "theta,kmeans", "--gpu", "-1"]) == 2
    (line,) = errors(capsys)
    assert line.startswith("error: workspace/my_dataset/embeddings/0.6B_zero_shot is not there")


def test_too_many_topics_for_one_and_no_labels_for_another(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(
        prepared / "data/my_dataset/documents.csv", [{"text": r["text"]} for r in themed_rows(90)]
    )
    flags = ["--dataset", "my_dataset", "--gpu", "-1", "--quiet"]
    assert prepare.main([*flags, "--mode", "unsupervised", "--finetune_epochs", "1"]) == 0
    place = prepared / "workspace/my_dataset/embeddings"
    (place / "0.6B_unsupervised").rename(place / "0.6B_supervised")
    assert call("--models", "theta,lda", "--mode", "supervised") == 3
    err = capsys.readouterr().err
    assert err.index("theta cannot run: --mode supervised needs a label") < err.index("Trained lda")


@pytest.fixture
def dated(folder: Path) -> Path:
    """The current folder with my_dataset of 90 documents, some without a date."""
    rows = [{**row, "date": f"{2000 + n // 10}-05-01"} for n, row in enumerate(themed_rows(90))]
    rows[3]["date"], rows[40]["date"] = "", "soon"
    write_csv(folder / "data/my_dataset/documents.csv", rows)
    return folder


def test_documents_without_a_date_are_reported(
    dated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("gensim")
    assert prepare.main(["--dataset", "my_dataset", "--model", "dtm"]) == 0
    assert (
        "\n2 documents have no date: their cells in the column date are empty"
        in capsys.readouterr().err
    )
    flags = ["--dataset", "my_dataset", "--models", "dtm", "--num_topics", "3", "--gpu", "-1"]
    flags += ["--epochs", "2", "--skip-viz", "--skip-eval"]
    assert run.main([*flags, "--time_slices", "3"]) == 0
    said = capsys.readouterr()
    (line,) = (line for line in said.err.splitlines() if "no valid date" in line)
    assert line.startswith("warning: 2 of 90 documents have no valid date: dtm excludes")
    assert "change over 3 time slices" in said.out
    root = Path("result/baseline/my_dataset/dtm/K3")
    with (root / "topic_words_by_slice.csv").open(encoding="utf-8") as handle:
        assert len(list(csv.DictReader(handle))) == 3 * 3 * 10

    text = themed_rows(1)[0]["text"]
    dates = ["2003-05-01", "", "some day", "1990"]
    write_csv(Path("new.csv"), [{"text": text, "date": date} for date in dates])
    assert run.main([*flags[:8], "--infer", "new.csv"]) == 0
    with Path("new_topics.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    note = "no readable date: the mean prevalence over time is used"
    assert [row["note"] for row in rows] == ["", note, note, ""]
    assert rows[1]["topic_0"] == rows[2]["topic_0"]
    assert "2 of 4 documents have no readable date" in capsys.readouterr().err


def test_dtm_is_not_prepared_where_no_date_can_be_read(
    dated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "date": "soon"} for row in themed_rows(90)]
    write_csv(dated / "data/my_dataset/documents.csv", rows)
    assert prepare.main(["--dataset", "my_dataset", "--model", "dtm"]) == 3
    assert "none of the 90 documents has a readable date" in errors(capsys)[0]


@pytest.mark.parametrize("flags", [(), ("--quiet",)])
def test_quiet_means_no_bars(
    counted: Path, flags: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    fit = Lda.fit

    def looking(self, corpus, embeddings, options, context):
        seen.append(context.progress)
        return fit(self, corpus, embeddings, options, context)

    monkeypatch.setattr(Lda, "fit", looking)
    assert call("--models", "lda", *flags) == 0
    assert seen == [not flags]


def test_a_library_that_fails_is_named_and_the_others_go_on(
    counted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*_: object) -> None:
        raise ValueError("Found array with 0 sample(s)")

    monkeypatch.setattr("sklearn.decomposition.NMF.fit", fit)
    assert call("--models", "nmf,lda,kmeans") != 0
    err = capsys.readouterr().err
    assert "Traceback" not in err
    reason = "scikit-learn failed: ValueError: Found array with 0 sample(s)"
    assert f"warning: nmf failed: {reason}" in err
    assert f"error: nmf: {reason}" in err
    assert (LDA / "manifest.json").exists()
    # On its own it is an expected failure too: a line, exit 1.
    assert call("--models", "nmf") == 1
    assert errors(capsys) == [f"error: {reason}"]


def test_a_bug_in_one_model_is_shown_at_the_end_and_the_others_are_finished(
    counted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def infer(self: object, *_: object) -> None:
        raise IndexError("index 7 is out of bounds")

    monkeypatch.setattr(Nmf, "infer", infer)
    flags = ("--num_topics", "3", "--max_iter", "5", "--gpu", "-1", "--skip-viz")
    models = ("--models", "nmf,lda,stm")
    assert run.main(["--dataset", "my_dataset", *flags, *models]) == 1
    err = capsys.readouterr().err
    assert (LDA / "manifest.json").exists()
    lines = err.splitlines()
    failed = lines.index(
        "warning: nmf failed: IndexError: index 7 is out of bounds (a bug that stopped nmf)"
    )
    trained = next(i for i, line in enumerate(lines) if line.startswith("Trained lda"))
    traceback = lines.index("Traceback (most recent call last):")
    assert failed < trained < traceback
    assert any("theta/models/nmf.py" in line for line in lines[traceback:])
    assert lines[-2].startswith("error: nmf: IndexError")
    assert lines[-1].startswith("error: stm: ")
    # Alone, it ends as every bug does.
    with pytest.raises(IndexError, match="index 7"):
        call("--models", "nmf")


def test_a_crash_survives_the_way_from_another_process() -> None:
    crash = pickle.loads(pickle.dumps(ModelCrashed("lda: oops", "Traceback ...")))
    assert (str(crash), crash.report, crash.exit_code) == ("lda: oops", "Traceback ...", 1)
