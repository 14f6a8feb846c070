from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.embeddings.test_embed import make_texts
from theta.embeddings import cluster, shard_jobs
from theta.embeddings.embed import Texts, embed_corpus
from theta.embeddings.load import load_embeddings
from theta.embeddings.settings import EmbeddingSettings
from theta.layout import EmbeddingFiles

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow

MakeSettings = Callable[..., EmbeddingSettings]


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import torch

    monkeypatch.setattr(shard_jobs, "SHARD_TEXTS", 16)
    monkeypatch.setattr(shard_jobs, "_BLOCK_TEXTS", 64)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def vectors_of(texts: list[str], place: Path, settings: EmbeddingSettings) -> np.ndarray:
    files = EmbeddingFiles(place / "0.6B_zero_shot")
    embed_corpus(
        Texts.of(texts),
        Texts.of(["word"]),
        Texts.of([]),
        files=files,
        settings=settings,
        corpus_fingerprint="corpus",
    )
    return np.array(load_embeddings(files, "").documents)


def test_same_bits_as_the_local_engine(
    ray_cluster: None, tmp_path: Path, make_settings: MakeSettings
) -> None:
    texts = make_texts(200)
    local = vectors_of(texts, tmp_path / "local", make_settings())
    pooled = vectors_of(texts, tmp_path / "ray", make_settings(engine="ray"))
    np.testing.assert_array_equal(pooled, local)


def test_a_killed_worker_is_replaced_and_its_texts_are_not_lost(
    ray_cluster: None,
    tmp_path: Path,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:

    class MortalWorker(cluster.ShardWorker):
        """Dies on its third shard, once."""

        def __call__(self, texts: Any) -> Any:
            mark = tmp_path / "died"
            self.n_shards = getattr(self, "n_shards", 0) + 1
            if self.n_shards == 3 and not mark.exists():
                mark.write_text(str(os.getpid()))
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__call__(texts)

    monkeypatch.setattr(cluster, "ShardWorker", MortalWorker)
    texts = make_texts(300)
    pooled = vectors_of(texts, tmp_path / "ray", make_settings(engine="ray"))
    assert "A Ray worker was lost" in caplog.text
    monkeypatch.undo()
    monkeypatch.setattr(shard_jobs, "SHARD_TEXTS", 16)
    monkeypatch.setattr(shard_jobs, "_BLOCK_TEXTS", 64)
    local = vectors_of(texts, tmp_path / "local", make_settings())
    np.testing.assert_array_equal(pooled, local)


def test_an_error_inside_a_worker_is_the_users_error(
    ray_cluster: None, tmp_path: Path, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from theta.errors import OutOfMemory

    class FullWorker(cluster.ShardWorker):
        def __call__(self, texts: Any) -> Any:
            raise OutOfMemory("one document does not fit: try --max_length 32")

    monkeypatch.setattr(cluster, "ShardWorker", FullWorker)
    with pytest.raises(OutOfMemory, match="--max_length 32"):
        vectors_of(make_texts(5), tmp_path, make_settings(engine="ray"))


def test_workers_that_die_again_and_again_end_the_run(
    ray_cluster: None, tmp_path: Path, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from theta.errors import ThetaError

    class DoomedWorker(cluster.ShardWorker):
        def __call__(self, texts: Any) -> Any:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(cluster, "ShardWorker", DoomedWorker)
    with pytest.raises(ThetaError, match="Ray workers were lost in a row"):
        vectors_of(make_texts(5), tmp_path, make_settings(engine="ray"))


def test_a_cluster_of_its_own_is_started_and_ended(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    if ray.is_initialized():
        ray.shutdown()
    vectors = vectors_of(make_texts(5), tmp_path, make_settings(engine="ray"))
    assert vectors.shape == (5, 32)
    assert not ray.is_initialized()
