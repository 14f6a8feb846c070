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
    from collections.abc import Mapping

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
    model : BertModel or Bert
        One that `can_pack`.

    Attributes
    ----------
    n_rows : int
        Tokens of every matrix product but tall ones.
    """

    def __init__(self, model: Any) -> None:
        weights: Mapping[str, Tensor] = model.state_dict()
        config = model.config
        self._words, self._places, kinds = (
            weights[f"embeddings.{table}_embeddings.weight"]
            for table in ("word", "position", "token_type")
        )
        self._kind = kinds[0]
        self._normalize = _Norm(weights, "embeddings.LayerNorm", config.layer_norm_eps)
        self._n_heads = config.num_attention_heads
        self._dim = config.hidden_size // self._n_heads
        self.n_rows = _BLOCK_BYTES // self._words.dtype.itemsize
        self._layers = [
            _Layer(weights, f"encoder.layer.{number}", config.layer_norm_eps, self.n_rows)
            for number in range(config.num_hidden_layers)
        ]

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
        look_up = torch.nn.functional.embedding
        hidden = look_up(torch.from_numpy(words), self._words)
        hidden += self._kind
        hidden += look_up(torch.from_numpy(places), self._places)
        return self._normalize(hidden)


class _Layer:
    """One layer, whose queries, keys and values are one product."""

    def __init__(
        self, weights: Mapping[str, Tensor], layer: str, epsilon: float, n_rows: int
    ) -> None:
        import torch

        def product(part: str, *, gelu: bool = False) -> _Product:
            found = weights[f"{layer}.{part}.weight"], weights[f"{layer}.{part}.bias"]
            return _Product(*found, n_rows, gelu=gelu)

        parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        self.project = _Product(
            torch.cat([weights[f"{part}.weight"] for part in parts]),
            torch.cat([weights[f"{part}.bias"] for part in parts]),
            n_rows,
        )
        self._output = product("attention.output.dense")
        self._inner, self._outer = product("intermediate.dense", gelu=True), product("output.dense")
        self._norms = [
            _Norm(weights, f"{layer}.{part}.LayerNorm", epsilon)
            for part in ("attention.output", "output")
        ]

    def feed_forward(self, hidden: Tensor, context: Tensor) -> Tensor:
        """Return the hidden states after attention with some context: (n_tokens, hidden_size)."""
        hidden = self._norms[0](self._output(context, hidden))
        return self._norms[1](self._outer(self._inner(hidden), hidden))


class _Norm:
    """A layer normalisation."""

    def __init__(self, weights: Mapping[str, Tensor], name: str, epsilon: float) -> None:
        self._parts = weights[f"{name}.weight"], weights[f"{name}.bias"]
        self._epsilon = epsilon

    def __call__(self, hidden: Tensor) -> Tensor:
        """Return hidden states, each of mean 0 and variance 1, scaled and shifted."""
        import torch

        shape = hidden.shape[-1:]
        return torch.nn.functional.layer_norm(hidden, shape, *self._parts, self._epsilon)


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
