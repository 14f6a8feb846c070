"""How a model is loaded, and the sizes that follow from its weights and its device."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
import transformers

from theta.embeddings import loading
from theta.embeddings.locate import find_model


@pytest.mark.parametrize(("device", "expected"), [("cpu", None), ("cuda:1", {"": "cuda:1"})])
def test_weights_go_straight_to_a_gpu(
    monkeypatch: pytest.MonkeyPatch, device: str, expected: dict[str, str] | None
) -> None:
    seen: dict[str, object] = {}

    def from_pretrained(_: object, **flags: object) -> tuple[object, dict[str, object]]:
        seen.update(flags)
        return object(), {}

    monkeypatch.setattr(transformers.AutoModel, "from_pretrained", from_pretrained)
    monkeypatch.setattr(loading, "refuse_other_weights", lambda *_: None)
    checkpoint = find_model("mini", models_dir=None, embedding_model=None)
    loading._load_weights(checkpoint, torch.bfloat16, "sdpa", device)
    assert seen["device_map"] == expected


@pytest.mark.parametrize(
    ("n_layers", "n_weights", "expected"),
    # 15 · 5 µs · layers · 400 TFLOP/s / (2 · weights)
    [(28, 600_000_000, 700), (36, 8_000_000_000, 67), (6, 22_000_000, 4090)],
)
def test_padding_worth_a_batch_on_a_gpu(n_layers: int, n_weights: int, expected: int) -> None:
    model = SimpleNamespace(
        config=SimpleNamespace(num_hidden_layers=n_layers),
        parameters=lambda: iter([SimpleNamespace(numel=lambda: n_weights)]),
    )
    assert loading._spare_tokens(model, "cuda:0") == expected
    assert loading._spare_tokens(model, "cpu") == 0
