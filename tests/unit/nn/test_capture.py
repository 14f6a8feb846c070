from __future__ import annotations

import pytest
import torch

from theta.nn.fit import fit
from theta.nn.inputs import Inputs

from .corpora import random_inputs, schedule, small_model, train_rows

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


def on_gpu() -> Inputs:
    inputs = random_inputs(n_docs=70)
    counts = inputs.counts
    moved = type(counts)(
        counts.starts.cuda(),
        counts.words.cuda(),
        counts.values.cuda(),
        counts.documents.cuda(),
        counts.n_words,
    )
    return Inputs(moved, inputs.features.cuda(), lexical=inputs.lexical.cuda())


def train(captured: bool, dropout: float = 0.0) -> tuple[dict[str, torch.Tensor], list[float]]:
    inputs = on_gpu()
    model = small_model(inputs, dropout=dropout).cuda()
    plan = schedule(epochs=4, batch_size=8)
    fitted = fit(model, inputs, *train_rows(inputs), plan, seed=0, captured=captured)
    elbos = [entry["validation_elbo"] for entry in fitted.history]
    return {name: tensor.cpu() for name, tensor in model.state_dict().items()}, elbos


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_captured_training_equals_uncaptured(dropout: float) -> None:
    captured, captured_elbos = train(True, dropout)
    plain, plain_elbos = train(False, dropout)
    assert captured_elbos == pytest.approx(plain_elbos, rel=1e-4)
    for name, tensor in plain.items():
        torch.testing.assert_close(captured[name], tensor, rtol=1e-3, atol=1e-4, msg=name)


def test_captured_training_repeats_its_bits() -> None:
    first, _ = train(True, 0.3)
    second, _ = train(True, 0.3)
    assert all(torch.equal(first[name], second[name]) for name in first)
