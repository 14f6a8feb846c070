"""The map of an embedding is made once, while the cores that training leaves idle have time."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from theta.plots.map import DocumentMap
from theta.run import document_map as maps

N_DOCS = 40


@pytest.fixture
def prepared(tmp_path: Path) -> Any:
    vectors = np.random.default_rng(0).normal(size=(N_DOCS, 8)).astype(np.float16)
    return SimpleNamespace(
        corpus=SimpleNamespace(n_docs=N_DOCS),
        embeddings=SimpleNamespace(documents=vectors),
        map_file=tmp_path / "maps" / "map.npz",
    )


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "available_cores", lambda: 2)


def theta_of(prepared: Any) -> np.ndarray:
    return np.full((prepared.corpus.n_docs, 2), 0.5, np.float32)


@pytest.mark.usefixtures("two_cores")
def test_the_map_is_made_while_the_block_runs(
    prepared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, original = threading.Event(), maps.document_map

    def watched(*given: Any, **named: Any) -> DocumentMap:
        began.set()
        return original(*given, **named)

    monkeypatch.setattr(maps, "document_map", watched)
    with maps.making_map(prepared, threads=1):
        assert began.wait(timeout=30)
    monkeypatch.setattr(maps, "document_map", lambda *_, **__: pytest.fail("made twice"))
    found = maps.make_map(prepared, theta_of(prepared))
    assert found is not None
    assert found.method == "t-SNE"


def test_it_is_the_map_that_is_made_afterwards(
    prepared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = maps.make_map(prepared, theta_of(prepared))
    prepared.map_file.unlink()
    monkeypatch.setattr(maps, "available_cores", lambda: 3)
    with maps.making_map(prepared, threads=1):
        pass
    meanwhile = maps.make_map(prepared, theta_of(prepared))
    assert after is not None
    assert meanwhile is not None
    assert after.points.tobytes() == meanwhile.points.tobytes()


@pytest.mark.usefixtures("two_cores")
def test_a_block_that_uses_all_cores_is_left_alone(
    prepared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maps, "document_map", lambda *_, **__: pytest.fail("made"))
    with maps.making_map(prepared, threads=2):
        pass
    assert not prepared.map_file.exists()


@pytest.mark.usefixtures("two_cores")
def test_an_interrupted_block_stops_the_map(prepared: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = threading.Semaphore(0)

    def endless(*_: Any, check: Any, **__: Any) -> DocumentMap:
        while True:
            check()
            steps.release()

    monkeypatch.setattr(maps, "document_map", endless)

    def interrupted() -> None:
        with maps.making_map(prepared, threads=1):
            assert steps.acquire(timeout=30)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not prepared.map_file.exists()


@pytest.mark.usefixtures("two_cores")
def test_what_goes_wrong_with_the_map_is_raised(
    prepared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> DocumentMap:
        raise MemoryError("no room")

    monkeypatch.setattr(maps, "document_map", fail)
    with pytest.raises(MemoryError, match="no room"), maps.making_map(prepared, threads=1):
        pass


def test_two_processes_make_one_map(prepared: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first and reads its map: it is made within the lock."""
    made = []
    original = maps.document_map

    def counted(*given: Any, **named: Any) -> DocumentMap:
        made.append(1)
        return original(*given, **named)

    monkeypatch.setattr(maps, "document_map", counted)
    threads = [
        threading.Thread(target=maps.make_map, args=(prepared, theta_of(prepared)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
