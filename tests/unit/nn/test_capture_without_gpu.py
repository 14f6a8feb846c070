"""What a captured step asks of CUDA, and what becomes of one whose capture fails."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from theta.devices import seeded
from theta.nn import capture
from theta.nn import fit as fit_module
from theta.nn.capture import CapturedStep
from theta.nn.fit import fit
from theta.nn.inputs import Counts
from theta.nn.progress import Fit

from .corpora import random_inputs, schedule, small_model, train_rows


class Cuda:
    """Stands for `torch.cuda` on a machine with two GPUs; notes who is asked for which."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.failure = failure
        self.current = "main stream"
        generator = SimpleNamespace(
            clone_state=lambda: "before", graphsafe_set_state=self.set_state
        )
        self.default_generators = {1: generator}
        self.state = "capturing"
        self.mode = ""

    def set_state(self, state: str) -> None:
        self.state = state

    def Stream(self, device: torch.device) -> Any:
        self.asked.append(("Stream", device))
        return SimpleNamespace(wait_stream=lambda other: None, device_index=1)

    def current_stream(self, device: torch.device) -> Any:
        self.asked.append(("current_stream", device))
        return SimpleNamespace(wait_stream=lambda other: None, device_index=1)

    def set_stream(self, stream: Any) -> None:
        self.current = "main stream"

    @contextmanager
    def stream(self, stream: Any):
        yield

    def CUDAGraph(self) -> Any:
        return SimpleNamespace(replay=lambda: None)

    @contextmanager
    def graph(self, graph: Any, *, stream: Any, capture_error_mode: str):
        self.mode = capture_error_mode
        assert stream.device_index == 1
        # torch.cuda.graph does not leave its stream if the capture cannot be ended.
        self.current = "stream of the capture"
        if self.failure is not None:
            try:
                raise self.failure
            finally:
                raise RuntimeError("CUDA error: operation failed due to a previous error")
        yield
        self.current = "main stream"


class Torch:
    """`torch` as the module sees it, with another `cuda`; what lies on a GPU lies on the CPU."""

    def __init__(self, cuda: Cuda) -> None:
        self.cuda = cuda

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    @staticmethod
    def zeros(*size: Any, device: torch.device, **kind: Any) -> torch.Tensor:
        assert device == torch.device("cuda:1")
        return torch.zeros(*size, **kind)


class SecondGpuStep(CapturedStep):
    """The step of documents on the second GPU."""

    def __init__(self, step, model, optimizer, inputs, batch_size) -> None:
        on_gpu = SimpleNamespace(
            device=torch.device("cuda:1"),
            counts=inputs.counts,
            select=inputs.select,
            select_padded=inputs.select_padded,
        )
        super().__init__(step, model, optimizer, on_gpu, batch_size)  # type: ignore[arg-type]

    def _replay(self):
        terms = super()._replay()
        # A graph that stands for one would not compute.
        return None if terms is None else self._padded_step()


def train(monkeypatch: pytest.MonkeyPatch, cuda: Cuda | None) -> tuple[dict[str, Any], Fit]:
    inputs = random_inputs(n_docs=70)
    model = small_model(inputs, dropout=0.3)
    with monkeypatch.context() as patched:
        patched.setattr(Counts, "prefers_dense", True)
        if cuda is not None:
            patched.setattr(capture, "torch", Torch(cuda))
            patched.setattr(capture, "can_capture", lambda inputs: True)
            patched.setattr(capture, "CapturedStep", SecondGpuStep)
        fitted = fit(model, inputs, *train_rows(inputs), schedule(epochs=3), seed=0)
    return model.state_dict(), fitted


def test_streams_and_graph_are_of_the_device_of_the_documents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cuda = Cuda()
    train(monkeypatch, cuda)
    assert {name for name, _ in cuda.asked} == {"Stream", "current_stream"}
    assert {device for _, device in cuda.asked} == {torch.device("cuda:1")}
    assert cuda.mode == "thread_local"


def test_training_goes_on_where_the_capture_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plain, plain_fit = train(monkeypatch, None)
    cuda = Cuda(RuntimeError("CUDA error: operation not permitted when stream is capturing\nmore"))
    caplog.clear()
    state, fitted = train(monkeypatch, cuda)
    (warning,) = caplog.records
    assert "operation not permitted when stream is capturing)" in warning.getMessage()
    assert "slower" in warning.getMessage()
    # Stream and random numbers are what they were, so the training is the plain one.
    assert (cuda.current, cuda.state) == ("main stream", "before")
    assert all(torch.equal(state[name], plain[name]) for name in plain)
    elbos = [[entry["validation_elbo"] for entry in one.history] for one in (fitted, plain_fit)]
    assert elbos[0] == elbos[1]


def test_generators_are_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    forked: list[list[torch.device]] = []

    def fork_rng(devices: list[torch.device]):
        forked.append(devices)
        return nullcontext()

    monkeypatch.setattr(torch.random, "fork_rng", fork_rng)
    # The generator of the CPU, which is seeded here in earnest.
    before = torch.get_rng_state()
    for context in (seeded(0, "cuda:1"), seeded(0, "cuda:1", purpose=1), seeded(0, "cpu")):
        with context:
            pass
    torch.set_rng_state(before)
    assert forked == [[torch.device("cuda:1")], [torch.device("cuda:1")], []]


def test_training_happens_on_the_device_of_the_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    current: list[str] = []

    def on_device(device: str):
        current.append(device)
        return nullcontext()

    monkeypatch.setattr(fit_module, "on_device", on_device)
    train(monkeypatch, None)
    assert current == ["cpu"]
