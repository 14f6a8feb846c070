"""The layers of a BERT on a CPU, over texts laid end to end.

A CPU chooses among kernels by the shape of a product, and their results differ. Here every product
of a layer has the same shape, whatever the texts are, and each text has an attention of its own:
its vector has the same bits in any company, with any number of threads.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.embeddings.packed_attention import FusedAttention, UnshiftedAttention

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

_BLOCK_BYTES = 512
"""Bytes of one column of the inputs of a matrix product: 128 tokens in float32, 256 in bfloat16. A
single text pays for a whole product; half as many tokens are 8 % slower in long runs."""

MOST_TOKENS = 2048
"""Tokens in a batch, and of a tall product: with more, less of its last product is empty, and less
of it is in the cache."""


class PackedBert:
    """The layers of a BERT (Devlin et al. 2019) over texts of different lengths, without padding.

    Parameters
    ----------
    model : BertModel
        One that `can_pack`.

    Attributes
    ----------
    n_rows : int
        Tokens of every matrix product but tall ones.
    """

    def __init__(self, model: Any) -> None:
        self._embeddings = model.embeddings
        self._n_heads = model.config.num_attention_heads
        self._dim = model.config.hidden_size // self._n_heads
        self.n_rows = _BLOCK_BYTES // model.dtype.itemsize
        self._layers = [_Layer(layer, self.n_rows) for layer in model.encoder.layer]

    def __call__(self, ids: list[NDArray[np.int64]]) -> list[Tensor]:
        """Return the hidden states of each text, (n_tokens, hidden_size), longest text first.

        Parameters
        ----------
        ids : list of (n_tokens,) int64
            Longest first, so that texts of equal length are neighbours.
        """
        import torch

        lengths = [len(one) for one in ids]
        hidden = self._embed(ids, -(-sum(lengths) // self.n_rows) * self.n_rows)
        kind = UnshiftedAttention if hidden.dtype == torch.bfloat16 else FusedAttention
        attend = kind(lengths, self._n_heads, self._dim)
        context = torch.zeros_like(hidden)
        for layer in self._layers:
            attend(layer.project(hidden), context)
            hidden = layer.feed_forward(hidden, context)
        return list(hidden[: sum(lengths)].split(lengths))

    def _embed(self, ids: list[NDArray[np.int64]], n_rows: int) -> Tensor:
        import torch

        words = np.zeros(n_rows, dtype=np.int64)
        places = np.zeros(n_rows, dtype=np.int64)
        start = 0
        for one in ids:
            words[start : start + len(one)] = one
            places[start : start + len(one)] = np.arange(len(one))
            start += len(one)
        tables = self._embeddings
        hidden = tables.word_embeddings(torch.from_numpy(words))
        hidden += tables.token_type_embeddings.weight[0]
        hidden += tables.position_embeddings(torch.from_numpy(places))
        return tables.LayerNorm(hidden)


class _Layer:
    """One layer, whose queries, keys and values are one product."""

    def __init__(self, layer: Any, n_rows: int) -> None:
        import torch

        attention = layer.attention.self
        parts = attention.query, attention.key, attention.value
        self.project = _Product(
            torch.cat([part.weight for part in parts]),
            torch.cat([part.bias for part in parts]),
            n_rows,
        )
        self._output = _AddedProduct(layer.attention.output, n_rows)
        inner = layer.intermediate.dense
        self._inner = _Product(inner.weight, inner.bias, n_rows, gelu=True)
        self._outer = _AddedProduct(layer.output, n_rows)

    def feed_forward(self, hidden: Tensor, context: Tensor) -> Tensor:
        """Return the hidden states after attention with some context: (n_tokens, hidden_size)."""
        hidden = self._output(context, hidden)
        return self._outer(self._inner(hidden), hidden)


class _AddedProduct:
    """The normalised sum of hidden states and a product."""

    def __init__(self, part: Any, n_rows: int) -> None:
        self._product = _Product(part.dense.weight, part.dense.bias, n_rows)
        self._normalize = part.LayerNorm

    def __call__(self, inputs: Tensor, hidden: Tensor) -> Tensor:
        normalized: Tensor = self._normalize(self._product(inputs, hidden))
        return normalized


class _Product:
    """A linear layer, through oneDNN with the weights laid out for it in advance.

    By itself torch multiplies in float32 with MKL, which on an AMD EPYC (Zen 4) takes 1.2 times as
    long, and lays out weights in bfloat16 anew for every product.
    """

    def __init__(self, weight: Tensor, bias: Tensor, n_rows: int, *, gelu: bool = False) -> None:
        import torch

        self._weight, self._bias, self._gelu = weight, bias, gelu
        self._n_rows = n_rows
        self._by_onednn = _has_onednn()
        if self._by_onednn:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(weight, n_rows)

    def __call__(self, inputs: Tensor, added: Tensor | None = None) -> Tensor:
        """Return the products of some tokens, and what is added to them: (n_tokens, n_out).

        Parameters
        ----------
        inputs : (n_tokens, n_in) Tensor
            `n_rows` tokens, or a multiple of it.
        added : (n_tokens, n_out) Tensor, optional
        """
        import torch

        if len(inputs) == self._n_rows or self._may_be_tall(inputs, added):
            return self.multiply(inputs, added)
        parts = inputs.split(self._n_rows)
        adds = [None] * len(parts) if added is None else added.split(self._n_rows)
        return torch.cat([self.multiply(*pair) for pair in zip(parts, adds, strict=True)])

    def multiply(self, inputs: Tensor, added: Tensor | None) -> Tensor:
        """Return all products in one."""
        import torch

        if not self._by_onednn:
            outputs = torch.nn.functional.linear(inputs, self._weight, self._bias)
            if self._gelu:
                outputs = torch.nn.functional.gelu(outputs)
            return outputs if added is None else outputs.add_(added)
        product = torch.ops.mkldnn._linear_pointwise
        if added is not None:
            outputs = product.binary(inputs, added, self._weight, self._bias, "add")
        else:
            name, algorithm = ("gelu", "none") if self._gelu else ("none", "")
            outputs = product(inputs, self._weight, self._bias, name, [], algorithm)
        return outputs

    def _may_be_tall(self, inputs: Tensor, added: Tensor | None) -> bool:
        import torch

        if len(inputs) != MOST_TOKENS:
            return False
        return _tall_has_the_same_bits(
            _Kind(
                inputs.shape[1],
                len(self._bias),
                self._n_rows,
                inputs.dtype,
                self._gelu,
                added is not None,
                self._by_onednn,
                torch.get_num_threads(),
            )
        )


class _Kind(NamedTuple):
    """What a kernel is chosen by."""

    n_in: int
    n_out: int
    n_rows: int
    dtype: torch.dtype
    gelu: bool
    added: bool
    by_onednn: bool
    n_threads: int


@cache
def _tall_has_the_same_bits(kind: _Kind) -> bool:
    """Return whether one product of `MOST_TOKENS` rows gives the bits of products of `n_rows`.

    A kernel that adds up in another order differs in a part of so many random numbers.
    """
    import torch

    draw = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw).to(kind.dtype)

    product = _Product(
        random(kind.n_out, kind.n_in) / kind.n_in**0.5,
        random(kind.n_out),
        kind.n_rows,
        gelu=kind.gelu,
    )
    inputs = random(MOST_TOKENS, kind.n_in)
    added = random(MOST_TOKENS, kind.n_out) if kind.added else None
    blocks = [
        product(inputs[part], None if added is None else added[part])
        for part in torch.arange(MOST_TOKENS).split(kind.n_rows)
    ]
    return torch.equal(product.multiply(inputs, added), torch.cat(blocks))


def _has_onednn() -> bool:
    """Return whether torch has oneDNN for an x86 processor; elsewhere this was not measured."""
    import torch

    return (
        torch.backends.mkldnn.is_available()
        and torch.backends.cpu.get_cpu_capability().startswith("AVX")
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )
