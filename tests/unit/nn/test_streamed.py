from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from theta.nn import inputs as module
from theta.nn.inputs import Inputs, batch_bounds
from theta.nn.streamed import StreamedInputs, gather_inputs

from .corpora import random_counts

N_DOCS = 40
LEXICAL = np.random.default_rng(1).random((N_DOCS, 2)).astype(np.float16)
LABELS = np.arange(N_DOCS, dtype=np.int32) % 3


def log_count(counts: np.ndarray) -> np.ndarray:
    return np.log2(1 + counts)


def mapped_corpus(folder: Path) -> tuple[csr_array, np.ndarray]:
    """Counts and vectors as they come from disk."""
    counts = random_counts(N_DOCS, 15)
    arrays = {"data": counts.data.astype(np.int32), "indices": counts.indices, "vectors": None}
    arrays["vectors"] = np.random.default_rng(0).random((N_DOCS, 3)).astype(np.float16)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
        arrays[name] = np.load(folder / f"{name}.npy", mmap_mode="r")
    shape = counts.shape
    on_disk = csr_array((arrays["data"], arrays["indices"], counts.indptr), shape=shape)
    return on_disk, arrays["vectors"]


def tensors(batch: Inputs) -> dict[str, torch.Tensor | None]:
    counts = {name: getattr(batch.counts, name) for name in ("starts", "words", "values")}
    dense = {"features": batch.features, "labels": batch.labels, "lexical": batch.lexical}
    return {**counts, "documents": batch.counts.documents, **dense}


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
@pytest.mark.parametrize("own_words", [True, False])
def test_batches_are_those_of_resident_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, own_words: bool
) -> None:
    monkeypatch.setattr(module, "_CHUNK", chunk)
    counts, vectors = mapped_corpus(tmp_path)
    everything = (counts, vectors, LABELS, LEXICAL)
    resident = gather_inputs(*everything, count_transform=log_count)
    streamed = gather_inputs(*everything, count_transform=log_count, max_bytes=0)
    assert resident.resident
    assert not streamed.resident
    assert len(resident) == len(streamed) == N_DOCS
    draw = torch.Generator().manual_seed(0)
    rows = torch.randint(N_DOCS, (33,), generator=draw)  # in no order, some of them twice
    target_rows = None if own_words else torch.randint(N_DOCS, (33,), generator=draw)
    bounds = batch_bounds(33, 5)
    pairs = zip(
        resident.batches(rows, bounds, target_rows),
        streamed.batches(rows, bounds, target_rows),
        strict=True,
    )
    for one, other in pairs:
        for name, tensor in tensors(one).items():
            assert tensor is not None
            found = tensors(other)[name]
            assert found is not None
            assert tensor.dtype == found.dtype, name
            assert torch.equal(tensor, found), name


def test_nothing_is_copied_but_the_starts_of_the_documents(tmp_path: Path) -> None:
    counts, vectors = mapped_corpus(tmp_path)
    streamed = gather_inputs(counts, vectors, max_bytes=0)
    assert isinstance(streamed, StreamedInputs)
    assert np.shares_memory(streamed.counts.words.numpy(), counts.indices)
    assert np.shares_memory(streamed.counts.values.numpy(), counts.data)
    assert np.shares_memory(streamed.features.numpy(), vectors)


def test_what_fits_exactly_is_resident() -> None:
    # Three entries of 8 bytes, 2 × 3 vectors of float16 (12 bytes): 36.
    counts = csr_array(np.array([[1, 0, 2], [0, 1, 0]], dtype=np.int32))
    vectors = np.ones((2, 3), dtype=np.float16)
    assert gather_inputs(counts, vectors, max_bytes=36).resident
    assert not gather_inputs(counts, vectors, max_bytes=35).resident
    assert gather_inputs(counts, vectors).resident


@given(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=70))
def test_a_weight_depends_on_its_count_alone(counts: list[int]) -> None:
    values = np.array(counts, dtype=np.float32)
    alone = np.concatenate([log_count(values[at : at + 1]) for at in range(len(values))])
    assert alone.tobytes() == log_count(values).tobytes()


def resident_kilobytes(path: Path) -> int:
    """Return how much of a mapped file is in this process' memory (proc(5), smaps)."""
    found, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if not line.split(" ")[0].endswith(":"):
            inside = line.endswith(str(path))
        elif inside and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="asks Linux for its memory")
def test_pages_of_a_mapped_file_are_given_back_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.random.default_rng(0).random((2000, 512)).astype(np.float16))
    vectors = np.load(path, mmap_mode="r")
    counts = csr_array((2000, 3), dtype=np.int32)
    rows = torch.arange(2000)
    whole = gather_inputs(counts, vectors).select(rows)
    assert resident_kilobytes(path) >= 2000  # 2000 × 512 × 2 bytes
    streamed = gather_inputs(counts, vectors, max_bytes=0)
    for _ in range(2):
        assert torch.equal(streamed.select(rows).features, whole.features)
        assert resident_kilobytes(path) == 0


def test_a_private_writable_map_keeps_what_was_written(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 2), dtype=np.float32))
    vectors = np.load(tmp_path / "x.npy", mmap_mode="c")
    vectors[0, 0] = 5
    streamed = gather_inputs(csr_array((2, 3), dtype=np.int32), vectors, max_bytes=0)
    for _ in range(2):
        assert float(streamed.select(torch.arange(2)).features[0, 0]) == 5


@pytest.mark.parametrize("message", ["CUDA out of memory", "CUDA error: out of memory"])
def test_documents_that_do_not_fit_after_all_are_streamed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    message: str,
) -> None:
    counts, vectors = mapped_corpus(tmp_path)
    expected = gather_inputs(counts, vectors, count_transform=log_count)

    def full(*arguments: object) -> None:
        raise RuntimeError(message)

    monkeypatch.setattr(Inputs, "from_arrays", full)
    found = gather_inputs(counts, vectors, count_transform=log_count)
    assert isinstance(found, StreamedInputs)
    assert "do not fit into the free memory of cpu" in caplog.text
    rows = torch.tensor([3, 1, 30])
    for name, tensor in tensors(expected.select(rows)).items():
        other = tensors(found.select(rows))[name]
        assert tensor is other is None or torch.equal(tensor, other), name


def test_another_error_than_lack_of_memory_is_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("CUDA error: invalid device ordinal")

    monkeypatch.setattr(Inputs, "from_arrays", broken)
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        gather_inputs(*mapped_corpus(tmp_path))
