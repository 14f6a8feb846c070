from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.tiny_models import SENTENCES
from tests.unit.embeddings.vectors import encode_texts
from theta.embeddings import embed, shard_jobs
from theta.embeddings.apply import TextEncoder
from theta.embeddings.embed import (
    Texts,
    count_done,
    embed_corpus,
    stale_reason,
)
from theta.embeddings.load import embedding_facts, load_embeddings
from theta.embeddings.settings import EmbeddingReport, EmbeddingSettings
from theta.embeddings.shards import Shard
from theta.errors import InvalidOption, MissingFile, ThetaError
from theta.layout import EmbeddingFiles
from theta.storage import Damaged

WORDS = " ".join(SENTENCES).split()
ROOT = Path(__file__).resolve().parents[3]
MakeSettings = Callable[..., EmbeddingSettings]


def make_texts(n: int, seed: int = 0) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(1, 90))) + f" {i}" for i in range(n)]


@pytest.fixture
def files(tmp_path: Path) -> EmbeddingFiles:
    return EmbeddingFiles(tmp_path / "embeddings" / "0.6B_zero_shot")


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_jobs, "SHARD_TEXTS", 16)
    monkeypatch.setattr(shard_jobs, "_BLOCK_TEXTS", 64)


def run(
    documents: list[str],
    files: EmbeddingFiles,
    settings: EmbeddingSettings,
    words: tuple[str, ...] = ("senate", "match"),
    corpus_fingerprint: str = "corpus",
) -> EmbeddingReport:
    return embed_corpus(
        Texts.of(documents),
        Texts.of(words),
        Texts.of(documents[:3]),
        files=files,
        settings=settings,
        corpus_fingerprint=corpus_fingerprint,
    )


def documents_of(files: EmbeddingFiles) -> np.ndarray:
    return np.asarray(load_embeddings(files, "prepare").documents)


def shards_of(files: EmbeddingFiles) -> list[Path]:
    return sorted(files.shards.rglob("*.npz"))


def test_what_is_on_disk_afterwards(files: EmbeddingFiles, make_settings: MakeSettings) -> None:
    texts = make_texts(100)
    report = run(texts, files, make_settings())
    assert {path.name for path in files.root.iterdir()} == {
        "documents.npy",
        "words.npy",
        "test_halves.npy",
        "truncated.npy",
        "manifest.json",
    }
    loaded = load_embeddings(files, "prepare")
    assert isinstance(loaded.documents, np.memmap)
    assert loaded.documents.dtype == np.float16
    assert loaded.documents.shape == (100, 32)
    assert loaded.words.shape == (2, 32)
    np.testing.assert_array_equal(loaded.test_halves, loaded.documents[:3])
    assert loaded.fingerprint
    assert (report.n_docs, report.n_texts, report.n_embedded) == (100, 102, 102)
    facts = json.loads(files.manifest.read_text())["stands_on"]
    assert facts["corpus"] == "corpus"
    assert facts["dim"] == 32
    assert facts["model"] == "Qwen3-Embedding-0.6B"
    assert facts["threads"] == torch.get_num_threads()


def test_rows_are_in_the_order_of_the_corpus(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    texts = make_texts(150)
    run(texts, files, make_settings())
    # Rounded to float16: half a unit in the last place of values under 1.
    alone = np.concatenate([encode_texts([text], make_settings()) for text in texts[::37]])
    np.testing.assert_allclose(documents_of(files)[::37], alone, atol=1e-3)


def test_words_and_documents_are_in_one_space(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    run(["senate", "the match"], files, make_settings(), words=("match", "senate"))
    loaded = load_embeddings(files, "prepare")
    np.testing.assert_array_equal(loaded.documents[0], loaded.words[1])


@pytest.mark.parametrize(("size", "dim"), [("0.6B", 32), ("4B", 48), ("8B", 64)])
def test_every_size(
    files: EmbeddingFiles, make_settings: MakeSettings, size: str, dim: int
) -> None:
    assert run(make_texts(5), files, make_settings(model_size=size)).dim == dim
    assert documents_of(files).shape == (5, dim)


def test_a_second_run_embeds_nothing(files: EmbeddingFiles, make_settings: MakeSettings) -> None:
    texts = make_texts(60)
    run(texts, files, make_settings())
    before = files.manifest.read_bytes()
    assert run(texts, files, make_settings()).n_embedded == 0
    assert files.manifest.read_bytes() == before


def test_added_documents_embed_alone_and_reordering_costs_nothing(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    texts = make_texts(60)
    run(texts[:50], files, make_settings())
    first = documents_of(files)
    assert run(texts, files, make_settings()).n_embedded == 10
    np.testing.assert_array_equal(documents_of(files)[:50], first)
    assert run(texts[:50][::-1], files, make_settings()).n_embedded == 0
    np.testing.assert_array_equal(documents_of(files), first[::-1])


def test_duplicates_are_embedded_once(files: EmbeddingFiles, make_settings: MakeSettings) -> None:
    assert run(["a text"] * 7 + ["another"], files, make_settings(), words=()).n_embedded == 2
    assert len(np.unique(documents_of(files)[:7], axis=0)) == 1


def test_a_damaged_shard_is_found_named_and_redone(
    files: EmbeddingFiles, make_settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    texts = make_texts(60)
    run(texts, files, make_settings())
    whole = documents_of(files)
    victim = shards_of(files)[1]
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 255
    victim.write_bytes(content)
    progress = count_done(Texts.of(texts), files=files, settings=make_settings())
    assert progress.damaged == (str(victim),)
    assert 60 - 16 <= progress.n_done < 60
    report = run(texts, files, make_settings())
    assert report.damaged == (str(victim),)
    assert 0 < report.n_embedded <= 16
    assert str(victim) in caplog.text
    np.testing.assert_allclose(documents_of(files), whole, atol=1e-3)
    assert run(texts, files, make_settings()).damaged == ()


def test_count_done_writes_nothing_and_loads_no_model(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = make_texts(20)
    empty = count_done(Texts.of(texts), files=files, settings=make_settings())
    assert (empty.n_done, empty.n_docs) == (0, 20)
    assert not files.root.parent.exists()
    run(texts[:5], files, make_settings())
    monkeypatch.setattr(embed, "start_engine", None)
    done = count_done(Texts.of(texts), files=files, settings=make_settings())
    assert (done.n_done, done.n_docs) == (5, 20)


@pytest.mark.parametrize(
    "changed",
    [{"max_length": 32}, {"long_docs": "mean"}, {"model_size": "4B"}],
    ids=lambda changed: next(iter(changed)),
)
def test_what_changes_vectors_makes_new_ones(
    files: EmbeddingFiles, make_settings: MakeSettings, changed: dict[str, Any]
) -> None:
    texts = make_texts(12)
    run(texts, files, make_settings())
    first = documents_of(files)
    assert stale_reason(files, settings=make_settings(), corpus_fingerprint="corpus") is None
    other = make_settings(**changed)
    reason = str(stale_reason(files, settings=other, corpus_fingerprint="corpus"))
    assert reason.startswith("they were made with different settings (")
    run(texts, files, other)
    second = documents_of(files)
    assert second.shape != first.shape or np.abs(second - first).max() > 1e-2
    # And back again costs nothing: the first vectors were kept.
    assert run(texts, files, make_settings()).n_embedded == 0


def test_what_does_not_change_vectors_keeps_them(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    texts = make_texts(12)
    run(texts, files, make_settings())
    assert run(texts, files, make_settings(batch_size=2)).n_embedded == 0


def test_stale_says_why(files: EmbeddingFiles, make_settings: MakeSettings) -> None:
    def reason(corpus: str = "corpus", **changed: Any) -> str | None:
        settings = make_settings(**changed)
        return stale_reason(files, settings=settings, corpus_fingerprint=corpus)

    assert reason() == "they are not there yet"
    run(make_texts(3), files, make_settings())
    assert reason() is None
    assert reason(corpus="other") == "the corpus has changed"
    assert reason(embedding_dim=8) == "they were made with different settings (embedding_dim)"


def test_first_dimensions_are_kept_and_renormalised(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    texts = make_texts(30)
    run(texts, files, make_settings())
    whole = documents_of(files).astype(np.float32)
    report = run(texts, files, make_settings(embedding_dim=8))
    assert (report.dim, report.n_embedded) == (8, 0)
    expected = whole[:, :8] / np.linalg.norm(whole[:, :8], axis=1, keepdims=True)
    np.testing.assert_allclose(documents_of(files), expected, atol=1e-3)
    assert embedding_facts(files, "prepare")["embedding_dim"] == 8
    new = encode_texts(texts[:2], make_settings(embedding_dim=8))
    np.testing.assert_allclose(new, documents_of(files)[:2], atol=1e-3)
    with pytest.raises(InvalidOption, match="--embedding_dim 33: the model has 32"):
        run(texts, files, make_settings(embedding_dim=33))


@pytest.mark.parametrize("long_docs", ["truncate", "mean"])
def test_report_of_long_documents(
    files: EmbeddingFiles, make_settings: MakeSettings, long_docs: str
) -> None:
    # " a" is one token of the tiny byte-level tokenizer: 7 + 40 + 20 tokens, windows of 16 - 1.
    texts = [" a" * 7, " a" * 40, " a" * 20]
    report = run(texts, files, make_settings(max_length=16, long_docs=long_docs), words=())
    assert report.n_long == 2
    assert report.long_share == pytest.approx((25 + 5) / 67)
    again = run(texts, files, make_settings(max_length=16, long_docs=long_docs), words=())
    assert (again.n_long, again.long_share) == (report.n_long, report.long_share)


def test_max_length_is_capped_by_the_model_and_said_once(
    files: EmbeddingFiles, make_settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    report = run(make_texts(40), files, make_settings(max_length=9999))
    assert report.max_length == 512
    assert caplog.text.count("--max_length 9999 is capped at 512 tokens") == 1


def test_settings_that_lead_elsewhere_cannot_serve_old_embeddings(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    texts = make_texts(4)
    run(texts, files, make_settings())
    facts = embedding_facts(files, "prepare")
    new = TextEncoder(make_settings(), facts).encode(texts)
    np.testing.assert_allclose(new, documents_of(files), atol=1e-3)
    with pytest.raises(InvalidOption, match="not comparable"):
        TextEncoder(make_settings(model_size="4B"), facts)


def test_no_documents_is_no_crash(files: EmbeddingFiles, make_settings: MakeSettings) -> None:
    assert run([], files, make_settings(), words=()).n_embedded == 0
    assert documents_of(files).shape == (0, 32)


def test_truncated_and_missing_files(files: EmbeddingFiles, make_settings: MakeSettings) -> None:
    with pytest.raises(MissingFile, match="make it with: prepare"):
        load_embeddings(files, "prepare")
    run(make_texts(10), files, make_settings())
    content = files.documents.read_bytes()
    files.documents.write_bytes(content[:-7])
    with pytest.raises(Damaged, match=r"documents\.npy is damaged"):
        load_embeddings(files, "prepare")
    files.documents.unlink()
    with pytest.raises(Damaged, match=r"documents\.npy has been removed"):
        load_embeddings(files, "prepare")


def test_vectors_that_are_not_finite_are_refused(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = embed.start_engine

    class Broken:
        def __init__(self, *arguments: Any) -> None:
            self.engine = start(*arguments)

        def embed(self, jobs: Iterator[Any]) -> Iterator[Any]:
            for embedded in self.engine.embed(jobs):
                embedded.vectors[0, 0] = np.nan
                yield embedded

    monkeypatch.setattr(embed, "start_engine", Broken)
    with pytest.raises(ThetaError, match="1 vectors that are not finite; the first is of"):
        run(make_texts(3), files, make_settings())
    assert not files.root.exists()


def test_nothing_is_sent_anywhere(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError(f"a connection to {arguments}")

    monkeypatch.setattr("socket.socket.connect", refuse)
    run(make_texts(3), files, make_settings(model_size="mini"))


SLOW_RUN = """
import sys, time
from pathlib import Path
from theta.embeddings import embed, shard_jobs
from theta.embeddings.settings import EmbeddingSettings
from theta.layout import EmbeddingFiles
shard_jobs.SHARD_TEXTS, shard_jobs._BLOCK_TEXTS = 16, 64
texts = Path(sys.argv[1]).read_text().splitlines()
settings = EmbeddingSettings(model_size="0.6B", models_dir=Path(sys.argv[2]), max_length=64,
                             device="cpu", progress=False, precision="unrecorded")
write, before_end, written = embed.write_shard, int(sys.argv[4]), 0
def slow(*arguments):
    global written
    time.sleep(0.1)
    if written == before_end:
        sys.stdin.read()  # until it is killed
    path = write(*arguments)
    written += 1
    print("shard", flush=True)
    return path
embed.write_shard = slow
report = embed.embed_corpus(
    embed.Texts.of(texts), embed.Texts.of(["word"]), embed.Texts.of([]),
    files=EmbeddingFiles(Path(sys.argv[3])), settings=settings, corpus_fingerprint="corpus")
print("embedded", report.n_embedded)
"""


def start_run(
    texts: list[str], tmp_path: Path, models_dir: Path, files: EmbeddingFiles, before_end: int = -1
) -> subprocess.Popen[str]:
    """Start an embedding that waits to be killed after `before_end` shards."""
    listed = tmp_path / "texts.txt"
    listed.write_text("\n".join(texts))
    return subprocess.Popen(
        [sys.executable, "-c", SLOW_RUN, *map(str, (listed, models_dir, files.root, before_end))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_killed_midway_loses_at_most_one_shard(
    tmp_path: Path, models_dir: Path, files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    texts = make_texts(200)
    process = start_run(texts, tmp_path, models_dir, files, before_end=4)
    assert process.stdout is not None
    for _ in range(4):
        assert process.stdout.readline() == "shard\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not files.root.exists(), "nothing unfinished may look finished"
    assert len(shards_of(files)) == 4
    report = run(texts, files, make_settings(), words=("word",))
    assert report.n_embedded == 201 - 16 * 4
    uninterrupted = EmbeddingFiles(tmp_path / "other" / "0.6B_zero_shot")
    run(texts, uninterrupted, make_settings(), words=("word",))
    np.testing.assert_array_equal(documents_of(files), documents_of(uninterrupted))
    assert not list(files.shards.rglob("*.unfinished"))


@pytest.mark.parametrize("n_kept", [1, 5, 9])
def test_the_same_bytes_wherever_it_was_stopped(
    tmp_path: Path, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, n_kept: int
) -> None:
    """More texts than a block: which texts share a batch does not depend on where it stopped."""
    texts = [*make_texts(200), "twice", *make_texts(40, seed=1), "twice"]
    whole = EmbeddingFiles(tmp_path / "whole" / "x")
    run(texts, whole, make_settings())
    write = embed.write_shard
    written: list[Path] = []

    def stopping(*arguments: Any) -> Path:
        if len(written) == n_kept:
            raise KeyboardInterrupt
        written.append(write(*arguments))
        return written[-1]

    stopped = EmbeddingFiles(tmp_path / "stopped" / "x")
    with monkeypatch.context() as patched:
        patched.setattr(embed, "write_shard", stopping)
        with pytest.raises(KeyboardInterrupt):
            run(texts, stopped, make_settings())
    run(texts, stopped, make_settings())
    # The name of a shard is the checksum of what is in it.
    assert [path.name for path in shards_of(stopped)] == [path.name for path in shards_of(whole)]
    np.testing.assert_array_equal(documents_of(stopped), documents_of(whole))


def test_two_processes_at_once_share_the_work(
    tmp_path: Path, models_dir: Path, files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    texts = make_texts(60)
    other = start_run(texts, tmp_path, models_dir, files)
    assert other.stdout is not None
    assert other.stdout.readline() == "shard\n"  # it is at work, and three more shards are to come
    assert run(texts, files, make_settings(), words=("word",)).n_embedded == 0
    assert other.communicate()[0].splitlines()[-1] == "embedded 61"
    assert other.returncode == 0
    assert documents_of(files).shape == (60, 32)


def test_a_corpus_is_read_and_never_held(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    """Alive at once: one block, the shards cut of it, and the chunk in the reader's hand."""

    class Text(str):
        alive = 0
        most = 0

        def __new__(cls, value: str) -> Text:
            Text.alive += 1
            Text.most = max(Text.most, Text.alive)
            return super().__new__(cls, value)

        def __del__(self) -> None:
            Text.alive -= 1

    texts = make_texts(1000)
    embed_corpus(
        Texts(lambda: (Text(text) for text in texts), len(texts)),
        Texts.of([]),
        Texts.of([]),
        files=files,
        settings=make_settings(max_length=8),
        corpus_fingerprint="corpus",
    )
    assert Text.most <= 2 * 64 + 2


def test_texts_that_are_not_as_many_as_announced(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    with pytest.raises(ValueError, match="3 texts came where 4"):
        embed_corpus(
            Texts(lambda: make_texts(3), 4),
            Texts.of([]),
            Texts.of([]),
            files=files,
            settings=make_settings(),
            corpus_fingerprint="corpus",
        )


def test_a_shard_is_written_while_the_next_one_is_embedded(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedding_second = threading.Event()
    overlapped = []
    write = embed.write_shard

    class Engine:
        def embed(self, jobs: Iterator[shard_jobs.ShardJob]) -> Iterator[shard_jobs.Embedded]:
            for number, job in enumerate(jobs):
                if number == 1:
                    embedding_second.set()
                n = len(job.texts)
                yield shard_jobs.Embedded(
                    job, np.ones((n, 32), dtype=np.float32), np.ones((n, 2), dtype=np.int32)
                )

    def watch(folder: Path, shard: Shard) -> Path:
        overlapped.append(embedding_second.wait(timeout=60))
        return write(folder, shard)

    monkeypatch.setattr(embed, "start_engine", lambda space, settings: Engine())
    monkeypatch.setattr(embed, "write_shard", watch)
    run(make_texts(40), files, make_settings())
    assert len(overlapped) == len(shards_of(files)) > 1
    assert all(overlapped)
