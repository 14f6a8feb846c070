"""BERT without padding: against the model of transformers, and its promises on shapes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from theta.embeddings import packed, packed_bert
from theta.embeddings.adapter import new_adapter
from theta.embeddings.packed import PackedEncoder, can_pack, fill
from theta.embeddings.packed_bert import PackedBert
from theta.embeddings.pooling import pool, pool_text


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


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.06)])
def test_hidden_states_are_those_of_transformers(dtype: torch.dtype, tolerance: float) -> None:
    model = make_bert()
    ids = make_ids([40, 33, 32, 17, 17, 9, 1])
    found = PackedBert(make_bert().to(dtype))(ids)
    for one, states in zip(ids, found, strict=True):
        expected = model(torch.from_numpy(one)[None]).last_hidden_state[0]
        torch.testing.assert_close(states.float(), expected, atol=tolerance, rtol=1e-4)


@pytest.mark.parametrize("pooling", ["mean", "last", "cls"])
def test_pooling_of_one_text_is_that_of_a_batch(pooling: str) -> None:
    states = torch.randn(7, 32, generator=torch.Generator().manual_seed(0))
    expected = pool(states[None], torch.tensor([7]), pooling)[0]
    torch.testing.assert_close(pool_text(states, pooling), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("by_onednn", [True, False])
def test_every_product_has_the_rows_of_a_block_or_is_tall(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype, by_onednn: bool
) -> None:
    if by_onednn and not packed_bert._has_onednn():
        pytest.skip("torch has no oneDNN here")
    monkeypatch.setattr(packed_bert, "_has_onednn", lambda: by_onednn)
    monkeypatch.setattr(packed_bert, "_BLOCK_BYTES", 32 * dtype.itemsize)
    monkeypatch.setattr(packed_bert, "MOST_TOKENS", 96)
    layers = PackedBert(make_bert().to(dtype))
    rows = []
    multiply = packed_bert._Product.multiply

    def spy(product: packed_bert._Product, *inputs: torch.Tensor) -> torch.Tensor:
        rows.append(len(inputs[0]))
        return multiply(product, *inputs)

    monkeypatch.setattr(packed_bert._Product, "multiply", spy)
    for lengths in ([30, 20, 7], [3], [32]):
        layers(make_ids(lengths))
        assert set(rows) == {32}
    for agree, expected in ((True, 96), (False, 32)):
        rows.clear()
        monkeypatch.setattr(packed_bert, "_tall_has_the_same_bits", lambda _, agree=agree: agree)
        layers(make_ids([40, 40, 7]))
        assert set(rows) == {expected}


def test_a_tall_product_with_other_bits_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = packed_bert._Kind(64, 48, 32, torch.float32, False, True, True, 1)
    agree = packed_bert._tall_has_the_same_bits.__wrapped__
    multiply = packed_bert._Product.multiply

    def reordered(
        product: packed_bert._Product, inputs: torch.Tensor, added: torch.Tensor
    ) -> torch.Tensor:
        found = multiply(product, inputs, added)
        return found if len(inputs) == 32 else torch.nextafter(found, found + 1)

    monkeypatch.setattr(packed_bert._Product, "multiply", reordered)
    assert not agree(kind)
    by_blocks = torch.cat

    def in_blocks(
        product: packed_bert._Product, inputs: torch.Tensor, added: torch.Tensor
    ) -> torch.Tensor:
        pairs = zip(inputs.split(32), added.split(32), strict=True)
        return by_blocks([multiply(product, *pair) for pair in pairs])

    monkeypatch.setattr(packed_bert._Product, "multiply", in_blocks)
    assert agree(kind)


def test_products_of_onednn_and_of_torch_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = make_ids([40, 17, 3])
    one = PackedBert(make_bert())(ids)
    monkeypatch.setattr(packed_bert, "_has_onednn", lambda: False)
    for states, expected in zip(one, PackedBert(make_bert())(ids), strict=True):
        torch.testing.assert_close(states, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_batches_hold_every_window_once(monkeypatch: pytest.MonkeyPatch, n_threads: int) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: n_threads)
    monkeypatch.setattr(packed_bert, "_BLOCK_BYTES", 32 * 4)
    monkeypatch.setattr(packed, "MOST_TOKENS", 64)
    lengths = np.random.default_rng(0).integers(1, 40, size=100)
    encoder = PackedEncoder(make_bert(), None, pooling="mean")  # type: ignore[arg-type]
    batches = list(encoder._pack(lengths))
    assert sorted(np.concatenate(batches).tolist()) == list(range(100))
    assert max(int(lengths[batch].sum()) for batch in batches) <= 64
    assert all((np.diff(lengths[batch]) <= 0).all() for batch in batches)


def test_a_long_window_has_a_batch_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_bert, "_BLOCK_BYTES", 32 * 4)
    monkeypatch.setattr(packed, "MOST_TOKENS", 32)
    encoder = PackedEncoder(make_bert(), None, pooling="mean")  # type: ignore[arg-type]
    batches = list(encoder._pack(np.array([40, 5, 5])))
    assert [sorted(batch.tolist()) for batch in batches] == [[0], [1, 2]]


def test_batches_are_filled_up_with_the_longest_that_fit() -> None:
    lengths = np.array([3, 60, 2, 50, 14, 12, 1])
    assert [lengths[batch].tolist() for batch in fill(lengths, 64)] == [
        [60, 3, 1],
        [50, 14],
        [12, 2],
    ]


@pytest.mark.parametrize("changed", [{"hidden_act": "relu"}, {"is_decoder": True}])
def test_other_models_are_left_alone(changed: dict[str, object]) -> None:
    assert can_pack(make_bert())
    assert not can_pack(make_bert(**changed))


def test_an_adapter_beside_the_weights_is_not_left_out() -> None:
    model = make_bert()
    new_adapter(model, r=2, alpha=4, dropout=0.0)
    assert not can_pack(model)
