"""BERT without padding: against the model of transformers, and its promises on shapes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from theta.embeddings import packed
from theta.embeddings.adapter import new_adapter
from theta.embeddings.packed import PackedBert, PackedEncoder, can_pack


def make_bert(**changed: object) -> BertModel:
    sizes = {
        "vocab_size": 50,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": 40,
        "initializer_range": 0.3,
    }
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return BertModel(BertConfig(**{**sizes, **changed})).eval().requires_grad_(False)


def make_ids(lengths: list[int]) -> list[np.ndarray]:
    draw = np.random.default_rng(0)
    return [draw.integers(0, 50, size=length) for length in lengths]


def test_hidden_states_are_those_of_transformers() -> None:
    model = make_bert()
    ids = make_ids([40, 17, 17, 9, 1])
    for one, states in zip(ids, PackedBert(model)(ids), strict=True):
        expected = model(torch.from_numpy(one)[None]).last_hidden_state[0]
        torch.testing.assert_close(states, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("by_onednn", [True, False])
def test_every_product_has_the_same_rows(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype, by_onednn: bool
) -> None:
    if by_onednn and not packed._has_onednn():
        pytest.skip("torch has no oneDNN here")
    monkeypatch.setattr(packed, "_has_onednn", lambda: by_onednn)
    monkeypatch.setattr(packed, "_BLOCK_BYTES", 32 * dtype.itemsize)
    layers = PackedBert(make_bert().to(dtype))
    rows = set()
    multiply = packed._Product.__call__

    def spy(product: packed._Product, inputs: torch.Tensor) -> torch.Tensor:
        rows.add(len(inputs))
        return multiply(product, inputs)

    monkeypatch.setattr(packed._Product, "__call__", spy)
    for lengths in ([40, 40, 7], [3], [32]):
        layers(make_ids(lengths))
    assert rows == {32}


def test_products_of_onednn_and_of_torch_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = make_ids([40, 17, 3])
    one = PackedBert(make_bert())(ids)
    monkeypatch.setattr(packed, "_has_onednn", lambda: False)
    for states, expected in zip(one, PackedBert(make_bert())(ids), strict=True):
        torch.testing.assert_close(states, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_batches_hold_every_window_once(monkeypatch: pytest.MonkeyPatch, n_threads: int) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: n_threads)
    monkeypatch.setattr(packed, "_BLOCK_BYTES", 32 * 4)
    monkeypatch.setattr(packed, "_MOST_TOKENS", 64)
    lengths = np.random.default_rng(0).integers(1, 40, size=100)
    encoder = PackedEncoder(make_bert(), None, pooling="mean")  # type: ignore[arg-type]
    batches = list(encoder._pack(lengths))
    assert sorted(np.concatenate(batches).tolist()) == list(range(100))
    assert max(int(lengths[batch].sum()) for batch in batches) <= 64
    assert all((np.diff(lengths[batch]) <= 0).all() for batch in batches)


def test_a_long_window_has_a_batch_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_BLOCK_BYTES", 32 * 4)
    monkeypatch.setattr(packed, "_MOST_TOKENS", 32)
    encoder = PackedEncoder(make_bert(), None, pooling="mean")  # type: ignore[arg-type]
    batches = list(encoder._pack(np.array([40, 5, 5])))
    assert [batch.tolist() for batch in batches] == [[0], [1, 2]]


@pytest.mark.parametrize("changed", [{"hidden_act": "relu"}, {"is_decoder": True}])
def test_other_models_are_left_alone(changed: dict[str, object]) -> None:
    assert can_pack(make_bert())
    assert not can_pack(make_bert(**changed))


def test_an_adapter_beside_the_weights_is_not_left_out() -> None:
    model = make_bert()
    new_adapter(model, r=2, alpha=4, dropout=0.0)
    assert not can_pack(model)
