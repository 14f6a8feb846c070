"""run_pipeline.py --infer on shards: on processes, on a Ray cluster, and from S3."""

from __future__ import annotations

import errno
import json
import os
import signal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.fs
import pyarrow.parquet
import pytest

from tests.cli.conftest import RunPipeline, contents, errors, themed_rows, write_csv
from tests.s3_server import running_bucket
from theta import storage
from theta.corpus.read import shards
from theta.errors import ThetaError
from theta.pipeline import apply_shards, topic_table

TABLES = ["part-00000.parquet", "part-00002.parquet", "single.csv.parquet"]


@pytest.fixture
def documents(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two files, three shards: a Parquet file of 28 rows in four row groups, and a CSV file."""
    monkeypatch.setattr(shards, "SHARD_ROWS", 14)
    rows = themed_rows(40, seed=3)
    folder = finished / "reviews"
    folder.mkdir()
    table = pyarrow.Table.from_pylist(rows[:28])
    pyarrow.parquet.write_table(table, folder / "part.parquet", row_group_size=7)
    write_csv(folder / "single.csv", rows[28:])
    write_csv(finished / "whole.csv", rows)
    return folder


def topics(folder: Path) -> pyarrow.Table:
    return pyarrow.parquet.read_table(folder)


def tables(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(folder).items() if name.endswith(".parquet")}


def drift(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_shards_have_the_bits_and_the_drift_of_one_table(
    documents: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--infer", "reviews", "--infer_output", "out") == 0
    assert "3 shards of documents, 0 of them finished earlier" in capsys.readouterr().err
    assert sorted(tables(Path("out"))) == TABLES
    assert quick_run("--infer", "whole.csv", "--infer_output", "whole.parquet") == 0
    together = topics(Path("out"))
    assert together.equals(topics(Path("whole.parquet")).select(together.column_names))
    assert drift(Path("out/_drift.json")) == drift(Path("whole_drift.json"))


def test_two_processes_write_the_same_bytes(documents: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--infer", "reviews", "--infer_output", "one") == 0
    assert quick_run("--infer", "reviews", "--infer_output", "two", "--workers", "2") == 0
    assert contents(Path("two")) == contents(Path("one"))


def test_what_is_finished_is_not_done_again(
    documents: Path,
    quick_run: RunPipeline,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert quick_run("--infer", "reviews", "--infer_output", "whole") == 0
    work, worked = apply_shards.ShardWorker.__call__, []

    def interrupted(self: Any, shard: Any) -> Any:
        worked.append(shard.name)
        if len(worked) == 2:
            raise KeyboardInterrupt
        return work(self, shard)

    monkeypatch.setattr(apply_shards.ShardWorker, "__call__", interrupted)
    flags = ("--infer", "reviews", "--infer_output", "out")
    assert quick_run(*flags) == 130
    assert not Path("out/_drift.json").exists()
    assert quick_run(*flags) == 0
    assert worked == ["part-00000.parquet", *TABLES[1:2], *TABLES[1:2], "single.csv"]
    assert contents(Path("out")) == contents(Path("whole"))
    # A file that has changed is read again, the others are not.
    write_csv(Path("reviews/single.csv"), themed_rows(5))
    assert quick_run(*flags) == 0
    assert worked[4:] == ["single.csv"]
    assert topics(Path("out")).num_rows == 33


def test_an_output_of_something_else_is_refused(
    documents: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ("--infer", "reviews", "--infer_output", "out")
    assert quick_run(*flags) == 0
    assert quick_run(*flags, "--text_column", "label") == 3
    assert "out holds topics of another run, or made with other options" in errors(capsys)[0]
    Path("reviews/single.csv").unlink()
    assert quick_run(*flags) == 3
    assert "holds topics of single.csv, which is not among the documents" in errors(capsys)[0]
    record = next(Path("out/_shards").glob("part*.json"))
    record.write_text("{", encoding="utf-8")
    write_csv(Path("reviews/single.csv"), themed_rows(5))
    assert quick_run(*flags) == 1
    assert f"{record.name} is damaged: remove it" in errors(capsys)[0]


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (["--infer", "reviews", "--engine", "ray", "--infer_output", "t.csv"], 3, "name a folder"),
        (["--infer", "nowhere", "--infer_output", "out"], 2, "nowhere is not there"),
        (["--infer", "data", "--infer_output", "out"], 2, "data has no table (.csv"),
        (["--infer", "s4://nowhere/x"], 3, "s4://nowhere/x: Unrecognized filesystem"),
        (["--infer", "reviews", "--infer_output", "reviews"], 3, "would overwrite the documents"),
        (["--workers", "2"], 3, "--workers needs --tune or --infer"),
    ],
)
def test_bad_input_is_one_line(
    documents: Path,
    quick_run: RunPipeline,
    capsys: pytest.CaptureFixture[str],
    flags: list[str],
    code: int,
    said: str,
) -> None:
    assert quick_run(*flags) == code
    (line,) = errors(capsys)
    assert said in line


def test_parts_without_rows_are_left_out(
    documents: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ("--infer", "reviews", "--infer_output", "out")
    assert quick_run(*flags) == 0
    before = tables(Path("out"))
    (documents / "empty.csv").touch()
    (documents / "header.csv").write_text("text,label\n", encoding="utf-8")
    part = pyarrow.parquet.read_table(documents / "part.parquet").slice(0, 0)
    pyarrow.parquet.write_table(part, documents / "none.parquet")
    capsys.readouterr()
    assert quick_run(*flags) == 0
    said = capsys.readouterr().err
    assert "1 empty files are left out, such as empty.csv" in said
    assert "header.csv: header.csv has a header but no rows" in said
    assert tables(Path("out")) == before
    assert quick_run(*flags) == 0
    assert "4 shards of documents, 4 of them finished earlier" in capsys.readouterr().err
    for path in documents.iterdir():
        if path.name in {"part.parquet", "single.csv"}:
            path.unlink()
    assert quick_run("--infer", "reviews", "--infer_output", "nothing") == 3
    assert "none of the tables of documents has a row" in errors(capsys)[-1]
    (documents / "header.csv").unlink()
    assert quick_run("--infer", "reviews", "--infer_output", "nothing") == 2
    assert "none of its tables has a row" in errors(capsys)[-1]


def test_results_of_two_files_never_share_a_name(
    documents: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pyarrow.parquet.read_table(documents / "part.parquet").slice(0, 3)
    pyarrow.parquet.write_table(table, documents / "part-00002.parquet")
    assert quick_run("--infer", "reviews", "--infer_output", "out") == 3
    said = "part-00002.parquet and part.parquet would have one name, part-00002.parquet: rename"
    assert said in errors(capsys)[0]


@pytest.mark.parametrize("name", ["part.parquet", "single.csv"])
def test_a_file_that_changes_while_it_is_read_is_refused(
    documents: Path,
    quick_run: RunPipeline,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    flags = ("--infer", "reviews", "--infer_output", "out")
    opened = apply_shards.open_documents

    def touched(*arguments: Any) -> Any:
        with (documents / name).open("ab") as file:
            file.write(b"\n")
        return opened(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(apply_shards, "open_documents", touched)
        assert quick_run(*flags) == 3
    assert f"reviews/{name} was changed while it was read: repeat the command" in errors(capsys)[0]
    (documents / "part.parquet").write_bytes((documents / "part.parquet").read_bytes().rstrip())
    assert quick_run(*flags) == 0


def test_a_full_disk_is_one_line_and_the_command_can_be_repeated(
    documents: Path,
    quick_run: RunPipeline,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    flags = ("--infer", "reviews", "--infer_output", "out")
    full = OSError(errno.ENOSPC, "No space left on device")
    written = []

    def write(table: Any, rows: Any) -> None:
        if len(written) == 1:
            raise full
        written.append(rows)
        real(table, rows)

    real = topic_table.TopicTable.write
    with monkeypatch.context() as patch:
        patch.setattr(topic_table.TopicTable, "write", write)
        assert quick_run(*flags) == 1
        said = f"cannot write {Path('out', TABLES[1]).absolute()}: No space left on device"
        assert said in errors(capsys)[0]

    def copy_groups(*_: Any) -> None:
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(shards.InputShard, "_copy_groups", copy_groups)
        assert quick_run(*flags) == 1
        assert "cannot write temporary files to" in errors(capsys)[0]
    assert quick_run(*flags) == 0
    assert "3 shards of documents, 1 of them finished earlier" in capsys.readouterr().err
    assert sorted(tables(Path("out"))) == TABLES


def test_one_command_at_a_time_writes_an_output(
    documents: Path, quick_run: RunPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = Path("out/.abcd1234.part-00000.parquet")
    left.parent.mkdir()
    left.touch()
    work = apply_shards.ShardWorker.__call__

    def checked(self: Any, shard: Any) -> Any:
        assert not left.exists()
        with pytest.raises(ThetaError), storage.locked(Path("out"), wait=False):
            pass
        return work(self, shard)

    monkeypatch.setattr(apply_shards.ShardWorker, "__call__", checked)
    assert quick_run("--infer", "reviews", "--infer_output", "out") == 0


def test_documents_and_topics_in_a_bucket(documents: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--infer", "reviews", "--infer_output", "out") == 0
    with running_bucket() as bucket:
        pyarrow.fs.copy_files("reviews", f"{bucket}/new")
        flags = ("--infer", f"{bucket}/new", "--infer_output")
        assert quick_run(*flags, f"{bucket}/topics", "--dry_run") == 0
        assert quick_run(*flags, f"{bucket}/topics") == 0
        assert quick_run(*flags, f"{bucket}/topics") == 0  # finds everything finished
        assert quick_run(*flags, "here") == 0
        pyarrow.fs.copy_files(f"{bucket}/topics", "back")
        assert quick_run("--infer", f"{bucket}/nothing", "--infer_output", "x") == 2
    assert tables(Path("back")) == tables(Path("here")) == tables(Path("out"))
    assert drift(Path("back/_drift.json")) == drift(Path("out/_drift.json"))


# --- on a cluster --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_cluster_writes_the_same_bytes_though_a_worker_is_killed(
    documents: Path,
    quick_run: RunPipeline,
    ray_cluster: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert quick_run("--infer", "reviews", "--infer_output", "out") == 0
    mark = documents.parent / "died"

    class MortalWorker(apply_shards.ShardWorker):
        def __call__(self, shard: Any) -> Any:
            if shard.name == TABLES[1] and not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__call__(shard)

    monkeypatch.setattr(apply_shards, "ShardWorker", MortalWorker)
    assert quick_run("--infer", "reviews", "--engine", "ray") == 0
    assert "A Ray worker was lost" in capsys.readouterr().err
    assert contents(Path("reviews_topics")) == contents(Path("out"))


@pytest.mark.slow
def test_a_cluster_that_is_lost_leaves_what_is_finished(
    documents: Path,
    quick_run: RunPipeline,
    ray_cluster: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    healthy = apply_shards.ShardWorker

    class DoomedWorker(healthy):
        def __call__(self, shard: Any) -> Any:
            if shard.name == "single.csv":
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__call__(shard)

    assert quick_run("--infer", "reviews", "--infer_output", "out") == 0
    monkeypatch.setattr(apply_shards, "ShardWorker", DoomedWorker)
    assert quick_run("--infer", "reviews", "--engine", "ray") == 1
    assert "what was finished is kept: repeat the command to continue" in errors(capsys)[0]
    assert set(tables(Path("reviews_topics"))) <= set(TABLES[:2])
    monkeypatch.setattr(apply_shards, "ShardWorker", healthy)
    assert quick_run("--infer", "reviews", "--engine", "ray") == 0
    assert contents(Path("reviews_topics")) == contents(Path("out"))
