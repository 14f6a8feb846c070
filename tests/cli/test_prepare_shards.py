"""prepare_data.py on shards: on workers, and from S3, with the bytes of the local corpus."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.fs
import pyarrow.parquet
import pytest

from tests.cli.conftest import contents, errors, themed_rows
from tests.s3_server import running_bucket
from theta.cli import prepare, run
from theta.contracts import Corpus
from theta.corpus import counts, shard_reading, shard_rows, streams
from theta.corpus.build import Spread, build_corpus
from theta.corpus.read import find_sources, shards
from theta.corpus.settings import CorpusSettings
from theta.corpus.store import (
    corpus_fingerprint,
    iterate_documents,
    iterate_first_halves,
    iterate_texts,
    load_corpus,
)
from theta.layout import CorpusFiles
from theta.options import PrepareOptions
from theta.pipeline import prepare as theta_prepare
from theta.pipeline.prepare_settings import corpus_settings
from theta.storage import Damaged, read_manifest
from theta.storage.places import Place
from theta.workers.engines import run_here

CORPUS = Path("workspace/my_dataset/corpus")
SHARDS = ["a.parquet", "b-00000.parquet", "b-00002.parquet", "c.csv"]


@pytest.fixture
def data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three files, four shards, with dates, duplicates, empty texts, bad rows and missing ids."""
    monkeypatch.setattr(shards, "SHARD_ROWS", 10)
    rows = [
        {
            "id": f"row {i}" if i % 3 else "",
            "text": "" if i % 17 == 5 else row["text"] if i % 7 else "moon rocket launch again",
            "label": row["label"],
            "date": f"{1 + i % 28}/{1 + i % 12}/2020",
            "cov_age": str(20 + i),
        }
        for i, row in enumerate(themed_rows(66))
    ]
    place = folder / "data" / "my_dataset"
    (place / "documents.csv").unlink()
    for name, part, size in (("a", rows[:6], 50), ("b", rows[6:26], 5)):
        table = pyarrow.Table.from_pylist(part)
        pyarrow.parquet.write_table(table, place / f"{name}.parquet", row_group_size=size)
    with (place / "c.csv").open("w", encoding="utf-8") as handle:
        handle.write(",".join(rows[0]) + "\n")
        handle.writelines(",".join(row.values()) + "\n" for row in rows[26:])
        handle.write("a,bad,row,with,too,many,cells\n")
    return place


def settings(**changed: Any) -> CorpusSettings:
    return corpus_settings(PrepareOptions(min_df=1, max_df=1.0, **changed))


def build(data: Path, place: str, **changed: Any) -> dict[str, bytes]:
    """Build the corpus on shards, or here if the place is ``here``."""
    files, sources = CorpusFiles(Path(place) / "corpus"), find_sources(data)
    spread = None
    if place != "here":
        spread = Spread(shards.cut_shards(Place.of(data)), partial(run_here, n_workers=1))
    build_corpus(sources, files, settings(**changed), workers=1, spread=spread)
    return contents(files.root)


def same_corpus(here: str, spread: str) -> None:
    """Assert that the corpora of one pass and of shards are the same to all who read them."""
    one, parts = CorpusFiles(Path(here) / "corpus"), CorpusFiles(Path(spread) / "corpus")
    assert not parts.bow.exists()
    head, *lines = one.ledger.read_bytes().splitlines(keepends=True)
    by_part = [path.read_bytes().splitlines(keepends=True) for path in parts.ledgers]
    assert len(by_part) > 1
    assert {part[0] for part in by_part} == {head}
    assert [line for part in by_part for line in part[1:]] == lines
    for read in (iterate_documents, iterate_first_halves, iterate_texts):
        assert flat(read(parts)) == flat(read(one))
    corpora = load_corpus(one), load_corpus(parts)
    for name in ("vocab.json", "bow.npz", "tokens.npz", "first_halves.npz", "digests.npy"):
        assert (parts.root / name).read_bytes() == (one.root / name).read_bytes(), name
    for name in {field.name for field in fields(Corpus)} - {"row_ids"}:
        assert repr(getattr(corpora[0], name)) == repr(getattr(corpora[1], name)), name
    assert corpora[0].row_ids == corpora[1].row_ids


def flat(batches: Iterator[Any]) -> list[Any]:
    """Return the documents of batches, however they are cut."""
    found = list(batches)
    if isinstance(found[0], list):
        return [text for batch in found for text in batch]
    columns = [{**asdict(batch), **batch.columns, **batch.covariates} for batch in found]
    names = [name for name, values in columns[0].items() if isinstance(values, list)]
    return [[value for one in columns for value in one[name]] for name in names]


@pytest.mark.parametrize(
    "changed",
    [{}, {"phrases": True}, {"ngram_max": 2, "clean": True}, {"drop_near_duplicates": 0.8}],
    ids=["plain", "phrases", "pairs", "near duplicates"],
)
def test_shards_make_the_corpus_of_one_pass(data: Path, changed: dict[str, Any]) -> None:
    here, spread = build(data, "here", **changed), build(data, "spread", **changed)
    about = [json.loads(one["manifest.json"])["stands_on"] for one in (here, spread)]
    assert about[0] == about[1]
    assert about[0]["report"]["dropped"]["bad row"] == 1
    same_corpus("here", "spread")
    assert not Path("spread/counted_shards").exists()


def test_the_fingerprint_shows_a_change_of_any_part(data: Path) -> None:
    def fingerprint_of(place: str) -> str:
        build(data, place)
        return corpus_fingerprint(read_manifest(Path(place) / "corpus", ""))

    found = [fingerprint_of("spread")]
    assert fingerprint_of("here") == found[0]
    table = data / "c.csv"
    for old, new in (
        ("row 28", "row X"),
        (",66", ",67"),
        ("/2020", "/2019"),
        ("report", "reports"),
    ):
        content = table.read_text(encoding="utf-8")
        assert old in content
        table.write_text(content.replace(old, new, 1), encoding="utf-8")
        found.append(fingerprint_of("spread"))
    assert len(set(found)) == len(found)


def test_a_damaged_shard_is_named(data: Path) -> None:
    build(data, "spread")
    files = CorpusFiles(Path("spread/corpus"))
    load_corpus(files)
    table = files.count_tables[1]
    table.write_bytes(table.read_bytes()[:-9])
    with pytest.raises(Damaged, match=f"{table} is damaged"):
        load_corpus(files)
    table.unlink()
    with pytest.raises(Damaged, match=f"{table} has been removed"):
        load_corpus(files)


def test_arrays_that_were_not_finished_are_made_again(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(data, "spread")
    files = CorpusFiles(Path("spread/corpus"))

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(counts, "write_archive", interrupted)
        patch.setattr(streams, "write_archive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_corpus(files)
    files.bow.write_bytes(b"left by a crash")
    assert load_corpus(files).bow.sum() == load_corpus(files).bow.sum() > 0


def test_what_is_counted_is_not_counted_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count, counted = shard_reading.ShardCounter.__call__, []

    def interrupted(self: Any, shard: Any) -> None:
        counted.append(shard.name)
        if len(counted) == 3:
            raise KeyboardInterrupt
        count(self, shard)

    monkeypatch.setattr(shard_reading.ShardCounter, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(data, "spread")
    assert not Path("spread/corpus").exists()
    assert counted == SHARDS[:3]
    build(data, "spread")
    assert counted[3:] == SHARDS[2:]
    build(data, "here")
    same_corpus("here", "spread")


@pytest.mark.parametrize("worker", ["_Counter", "_Writer"])
def test_the_later_passes_go_on_where_they_were_interrupted(
    data: Path, monkeypatch: pytest.MonkeyPatch, worker: str
) -> None:
    work, done = getattr(shard_rows, worker).__call__, 0

    def interrupted(self: Any, payload: Any) -> None:
        nonlocal done
        if done == 3:
            raise KeyboardInterrupt
        done += 1
        work(self, payload)

    with monkeypatch.context() as patch:
        patch.setattr(getattr(shard_rows, worker), "__call__", interrupted)
        with pytest.raises(KeyboardInterrupt):
            build(data, "spread")
    assert done == 3
    assert not Path("spread/corpus").exists()
    # What was kept of one shard is damaged, and a file of another is missing.
    answers = sorted(Path("spread/counted_shards").glob("*.occurrences"))
    if worker == "_Writer":
        answers = sorted(Path("spread/counted_shards").glob("*.written"))
        CorpusFiles(Path("spread/counted_shards/written")).shard(1).ledger.unlink()
    answers[0].write_bytes(answers[0].read_bytes()[:-1])
    again = []

    def counted(self: Any, payload: Any) -> None:
        again.append(payload[0] if worker == "_Counter" else payload.number)
        work(self, payload)

    with monkeypatch.context() as patch:
        patch.setattr(getattr(shard_rows, worker), "__call__", counted)
        build(data, "spread")
    rest = list(range(3, len(SHARDS)))
    assert again == ([0, *rest] if worker == "_Counter" else [0, 1, *rest])
    assert not Path("spread/counted_shards").exists()
    build(data, "here")
    same_corpus("here", "spread")


def test_a_file_with_other_columns_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "d.csv").write_text("id,text\n1,moon\n", encoding="utf-8")
    with running_bucket() as bucket:
        pyarrow.fs.copy_files(str(data), f"{bucket}/new")
        assert prepare_from(bucket) == 3
    assert "must have the same columns, but d.csv has id, text" in errors(capsys)[0]


def prepare_from(bucket: str, *flags: str) -> int:
    flags = ("--model", "baseline", "--threads", "1", *flags)
    return prepare.main(["--dataset", "my_dataset", "--raw_input", f"{bucket}/new", *flags])


def test_documents_in_a_bucket(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--dataset", "my_dataset", "--model", "baseline", "--threads", "1"]
    assert prepare.main(flags) == 0
    CORPUS.parent.rename("here")
    with running_bucket() as bucket:
        pyarrow.fs.copy_files(str(data), f"{bucket}/new")
        assert prepare_from(bucket) == 0
        same_corpus("here", str(CORPUS.parent))
        capsys.readouterr()
        assert prepare_from(bucket) == 0
        assert "The corpus is up to date" in capsys.readouterr().err
        assert prepare_from(bucket, "--check_only") == 0
        assert prepare_from(bucket, "--dry_run") == 0
        assert f"{bucket}/new/c.csv" in capsys.readouterr().out
        assert prepare_from(bucket, "--preview", "2") == 3
        assert "is read in shards, which --preview" in errors(capsys)[0]
        (data / "a.parquet").unlink()
        system, root = pyarrow.fs.FileSystem.from_uri(bucket)
        system.delete_file(f"{root}/new/a.parquet")
        assert prepare_from(bucket) == 0
        assert "the number of data files has changed" in capsys.readouterr().err


def test_a_corpus_in_shards_is_embedded_and_trained(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed = ["--dataset", "my_dataset", "--model_size", "0.6B", "--max_length", "32"]
    train = ["--dataset", "my_dataset", "--model_size", "0.6B", "--num_topics", "3"]
    train += ["--epochs", "2", "--skip_viz", "--train_documents", "20"]

    def theta() -> bytes:
        assert prepare.main([*embed, "--min_df", "1", "--max_df", "1"]) == 0
        assert run.main(train) == 0
        return Path("result/0.6B/my_dataset/zero_shot/theta.npy").read_bytes()

    here = theta()
    CORPUS.parent.rename("here")
    monkeypatch.setattr(theta_prepare, "find_shards", lambda *_: shards.cut_shards(Place.of(data)))
    assert theta() == here
    ledgers = [CorpusFiles(root).ledgers for root in (Path("here/corpus"), CORPUS)]
    assert [len(parts) for parts in ledgers] == [1, len(SHARDS)]
    rows = [
        [row for path in parts for row in csv.DictReader(path.open(encoding="utf-8-sig"))]
        for parts in ledgers
    ]
    assert rows[0] == rows[1]
    assert {row["truncated"] for row in rows[0]} == {"", "no", "0.6B_zero_shot"}


# --- on a cluster --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("worker", ["ShardCounter", "_Counter", "_Writer"])
def test_a_cluster_counts_the_same_though_a_worker_is_killed(
    data: Path,
    ray_cluster: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    worker: str,
) -> None:
    build(data, "here")
    mark = data.parent / "died"
    module = shard_reading if worker == "ShardCounter" else shard_rows
    mortal: Any = getattr(module, worker)

    class Mortal(mortal):  # type: ignore[misc]
        def __call__(self, payload: Any) -> None:
            super().__call__(payload)
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(module, worker, Mortal)
    flags = ["--dataset", "my_dataset", "--model", "baseline", "--engine", "ray"]
    assert prepare.main([*flags, "--min_df", "1", "--max_df", "1"]) == 0
    assert "A Ray worker was lost" in capsys.readouterr().err
    same_corpus("here", str(CORPUS.parent))
