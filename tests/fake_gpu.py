"""Takes a step of every neural model, and embeds, on a GPU that is not there; run as a program.

Tensors of torch's `FakeTensorMode` have a shape and a device, but no content. An operation on two
devices raises an error, and so does a question for the content, for which a real GPU would have to
be waited for: neither may happen in a step that is captured as a CUDA graph. A build of torch
without CUDA cannot differentiate fake CUDA tensors, so a backend of our own stands for it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    FakeTensor,
    FakeTensorMode,
)

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / part) for part in ("", "scripts")]

from gpu_checks.block import Setting  # noqa: E402
from gpu_checks.materials import TINY, catch_training, corpus_of, random_qwen3  # noqa: E402
from gpu_checks.training import GUIDED, NEURAL, _options, _trainer  # noqa: E402

from theta.embeddings.encoder import Encoder  # noqa: E402
from theta.nn.fit import _optimizer, set_learning_rate, step  # noqa: E402
from theta.nn.infer import _inference_function  # noqa: E402
from theta.nn.inputs import Counts, Inputs  # noqa: E402

GPU = "fake:0"
BATCH = 16


class FakeGpu:
    """Puts what was made on the CPU on the GPU that is not there."""

    def __init__(self, *, allow_non_fake_inputs: bool = False) -> None:
        self.mode = FakeTensorMode(allow_non_fake_inputs=allow_non_fake_inputs)

    def tensor(self, real: Tensor | None) -> Any:
        return None if real is None else self.mode.from_tensor(real).detach().to(GPU)

    def inputs(self, real: Inputs) -> Inputs:
        counts = real.counts
        parts = counts.starts, counts.words, counts.values, counts.documents
        dense = real.features, real.labels, real.lexical
        return Inputs(
            Counts(*map(self.tensor, parts), counts.n_words),  # type: ignore[misc]
            *map(self.tensor, dense),
        )

    def move(self, model: nn.Module) -> None:
        for module in model.modules():
            for name, parameter in module._parameters.items():
                if parameter is not None:
                    moved = nn.Parameter(self.tensor(parameter), parameter.requires_grad)
                    module._parameters[name] = moved
            for name, buffer in module._buffers.items():
                module._buffers[name] = self.tensor(buffer)


def made_there(data: Any, *, device: Any = None, dtype: Any = None) -> Tensor:
    """Stand for `torch.tensor`, which makes it on the CPU and copies its content."""
    shape = torch._C._VariableFunctions.tensor(data, dtype=dtype)
    return shape if device is None else torch.empty(shape.shape, dtype=shape.dtype, device=device)


def fused_adam(*lists: list[Tensor], lr: Any, **numbers: Any) -> None:
    """Stand for the kernel of CUDA, which fake tensors do not have."""
    used = {str(tensor.device) for one in lists for tensor in one}
    assert used | {str(lr.device)} == {GPU}, used


def train_a_step(name: str) -> None:
    """Take two steps and infer topics; everything must lie on the GPU."""
    corpus, embeddings = corpus_of(60, 40, length=30)
    options = _options(Setting("cpu"), epochs=1)
    (model, real, rows, *_), _ = catch_training(_trainer(name, corpus, embeddings, options, "cpu"))
    capacity = real.counts.most_entries(BATCH)
    first = rows[:BATCH].clone()
    gpu = FakeGpu()
    with gpu.mode, mock.patch("torch.tensor", made_there):
        gpu.move(model)
        inputs, chosen = gpu.inputs(real), gpu.tensor(first)
        optimizer = _optimizer(model, 0.01)
        weight = torch.zeros((), device=GPU)
        model.train()
        for _ in range(2):
            set_learning_rate(optimizer, 0.1)
            batch = inputs.select_padded(chosen, chosen, capacity)
            with mock.patch("torch._fused_adam_", fused_adam):
                terms = step(model, optimizer, batch, weight)
            assert {str(term.device) for term in terms if term is not None} == {GPU}
        model.eval()
        with torch.no_grad():
            batch = inputs.select_padded(chosen, chosen, capacity)
            assert str(_inference_function(model)(batch).device) == GPU
        refuse_what_lies_elsewhere(inputs, first, capacity)


def embed_a_batch(name: str, model: nn.Module, pooling: str) -> None:
    """Compute the vectors of a few windows of different lengths."""
    gpu = FakeGpu(allow_non_fake_inputs=True)  # of arrays of token ids
    ids = [np.arange(length) for length in (20, 20, 13, 5)]
    with gpu.mode, torch.no_grad():
        gpu.move(model)
        tokenizer: Any = SimpleNamespace(longest=64)
        encoder = Encoder(model, tokenizer, pooling=pooling, batch_size=8, token_budget=4096)
        assert str(encoder.vectors_of(ids).device) == GPU, name


def make_bert() -> nn.Module:
    """Return a tiny BERT."""
    from transformers import BertConfig, BertModel

    sizes = {"hidden_size": 32, "num_attention_heads": 4, "intermediate_size": 64}
    return BertModel(BertConfig(vocab_size=50, num_hidden_layers=2, **sizes)).eval()


def refuse_what_lies_elsewhere(inputs: Inputs, rows: Tensor, capacity: int) -> None:
    """Show that a mistake would be seen: rows on the CPU, and a question for a number."""
    on_cpu = torch.zeros(len(rows), dtype=torch.int64)
    with pytest.raises(RuntimeError, match="on the same device"):
        inputs.select_padded(on_cpu, on_cpu, capacity)
    with pytest.raises(DataDependentOutputException):
        float(inputs.counts.values.sum())


def main() -> None:
    """Try every model and print its name."""
    from torch.utils import backend_registration

    backend_registration._setup_privateuseone_for_python_backend("fake")
    FakeTensor.is_cuda = property(lambda tensor: tensor.fake_device.type == "fake")  # type: ignore
    for name in (GUIDED, *NEURAL):
        train_a_step(name)
        sys.stdout.write(f"{name}\n")
    qwen3 = random_qwen3(TINY, "cpu", torch.bfloat16)
    for name, model, pooling in (("qwen3", qwen3, "last"), ("bert", make_bert(), "mean")):
        embed_a_batch(name, model, pooling)
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
