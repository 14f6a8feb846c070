"""Embedding on the GPU of a Mac, which a mode of torch plays on the CPU."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode

from tests.cli.conftest import errors
from theta.cli import prepare
from theta.embeddings.encoder import Encoder
from theta.storage import read_manifest

EMBEDDINGS = Path("workspace/my_dataset/embeddings/0.6B_zero_shot")

OF_CUDA = (
    "Event",
    "Stream",
    "current_stream",
    "device",
    "empty_cache",
    "get_device_properties",
    "get_rng_state",
    "mem_get_info",
    "memory_allocated",
    "set_device",
    "synchronize",
)
"""What only a CUDA device has, of the functions that THETA calls."""


class Mac(TorchFunctionMode):
    """Lets tensors say that they lie on a Mac's GPU once the model does; computes on the CPU.

    Attributes
    ----------
    attend : callable
        In place of fused attention.
    moved : int
        Tensors and models sent to the GPU.
    """

    def __init__(self) -> None:
        super().__init__()
        self.attend: Callable[..., torch.Tensor] = torch.nn.functional.scaled_dot_product_attention
        self.moved = 0

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if function == torch.Tensor.device.__get__ and self.moved:
            return torch.device("mps:0")
        if function is torch.Tensor.pin_memory:
            raise AssertionError("pinned memory is CUDA's")
        if function is torch.nn.functional.scaled_dot_product_attention:
            function = self.attend
        args = [self._here(value) for value in args]
        return function(*args, **{k: self._here(v) for k, v in (kwargs or {}).items()})

    def _here(self, value: Any) -> Any:
        if isinstance(value, str | torch.device) and str(value).startswith("mps"):
            self.moved += 1
            return "cpu"
        return value


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mac]:
    def out_of_reach(*_: Any, **__: Any) -> Any:
        raise AssertionError("torch.cuda is not there on a Mac")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for name in OF_CUDA:
        monkeypatch.setattr(torch.cuda, name, out_of_reach)
    monkeypatch.setattr(torch.backends.cuda, "enable_cudnn_sdp", out_of_reach)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    with Mac() as mode:
        yield mode


def call(*flags: str) -> int:
    return prepare.main(["--dataset", "my_dataset", "--quiet", *flags])


def vectors() -> np.ndarray:
    return np.load(EMBEDDINGS / "documents.npy").astype(np.float32)


def not_finite(query: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    return torch.full_like(query, torch.nan)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_gpu_of_a_mac_gives_the_vectors_of_the_cpu(mac: Mac, precision: str) -> None:
    assert call("--gpu", "-1", "--precision", "float32") == 0
    expected = vectors()
    assert not mac.moved
    shutil.rmtree(EMBEDDINGS.parent)
    # A Mac computes in float32 unless bfloat16 is asked for.
    flags = ("--precision", precision) if precision != "float32" else ()
    assert call("--gpu", "0", *flags) == 0
    assert mac.moved
    space = read_manifest(EMBEDDINGS, "")["stands_on"]["space"]
    assert space.get("precision", "float32") == precision
    assert (vectors() * expected).sum(axis=1).min() > 0.999


def test_the_cpu_is_used_unless_the_gpu_is_asked_for(mac: Mac) -> None:
    assert call() == 0
    assert not mac.moved


def test_attention_that_gives_nan_is_replaced(mac: Mac, capsys: pytest.CaptureFixture[str]) -> None:
    mac.attend = not_finite
    assert call("--gpu", "0") == 0
    assert (
        capsys.readouterr().err.count("Fused attention gave values that are not finite on mps:0")
        == 1
    )
    assert np.isfinite(vectors()).all()


def test_vectors_that_stay_nan_are_an_error(
    mac: Mac, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mac.attend = not_finite
    encode = Encoder.encode_windows

    def spoiled(self: Encoder, windows: Any) -> np.ndarray:
        return encode(self, windows) * np.nan

    monkeypatch.setattr(Encoder, "encode_windows", spoiled)
    assert call("--gpu", "0") == 1
    assert "vectors that are not finite; the first is of" in errors(capsys)[0]
    assert not EMBEDDINGS.exists()


def test_a_batch_that_does_not_fit_is_halved(
    mac: Mac, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    released = []
    monkeypatch.setattr(torch.mps, "empty_cache", lambda: released.append(1))
    attend = mac.attend

    def small_batches_only(query: torch.Tensor, *given: Any, **named: Any) -> torch.Tensor:
        if len(query) > 8:
            raise RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)")
        return attend(query, *given, **named)

    mac.attend = small_batches_only
    assert call("--gpu", "0") == 0
    assert released
    assert "Out of memory on mps:0" in capsys.readouterr().err
