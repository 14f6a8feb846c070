"""A BERT on a CPU in bfloat16: texts laid end to end, so that no product is spent on padding."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS = 512
"""Tokens of each matrix product. A single text pays for a whole product."""

_MOST_ROWS = 2048
"""Tokens computed at a time: more leave less of the last product empty, but more of the cache."""


def can_pack(model: torch.nn.Module) -> bool:
    """Return whether `PackedBert` computes what a model does."""
    config: Any = model.config
    return (
        type(model).__name__ == "BertModel"
        and config.hidden_act == "gelu"
        and getattr(config, "position_embedding_type", "absolute") == "absolute"
        and not config.is_decoder
    )


class PackedBert:
    """The layers of a BERT (Devlin et al. 2019) over texts of different lengths, without padding.

    A token has the same bits in whatever company and place: each matrix product has the same
    number of rows, and attention is computed per text.

    Parameters
    ----------
    model : BertModel
        One that `can_pack`; its weights are shared.
    """

    def __init__(self, model: Any) -> None:
        self._embeddings = model.embeddings
        self._n_heads = model.config.num_attention_heads
        self._layers = [_Layer(layer) for layer in model.encoder.layer]

    def __call__(self, ids: list[NDArray[np.int64]]) -> list[Tensor]:
        """Return the hidden states of each text, (n_tokens, hidden_size), longest text first.

        Parameters
        ----------
        ids : list of (n_tokens,) int64
            Longest first, so that texts of equal length are neighbours.
        """
        lengths = [len(one) for one in ids]
        n_rows = -(-sum(lengths) // _ROWS) * _ROWS
        hidden = self._embed(ids, n_rows)
        runs = list(_equal_lengths(lengths))
        for layer in self._layers:
            projected = torch.cat([layer.project(rows) for rows in hidden.split(_ROWS)])
            context = torch.zeros_like(hidden)
            for part, n_texts, length in runs:
                context[part] = self._attend(projected[part], n_texts, length)
            parts = zip(hidden.split(_ROWS), context.split(_ROWS), strict=True)
            hidden = torch.cat([layer.feed_forward(*rows) for rows in parts])
        return list(hidden[: sum(lengths)].split(lengths))

    def _embed(self, ids: list[NDArray[np.int64]], n_rows: int) -> Tensor:
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

    def _attend(self, projected: Tensor, n_texts: int, length: int) -> Tensor:
        """Return the context of the tokens of some texts of equal length: (n_tokens, hidden)."""
        heads = projected.view(n_texts, length, 3, self._n_heads, -1)
        # The three parts of each head become matrices of their own, in one copy.
        query, key, value = heads.permute(2, 0, 3, 1, 4).reshape(
            3, n_texts * self._n_heads, length, -1
        )
        scores = query.new_empty(()).expand(len(query), length, length)
        scale = query.shape[2] ** -0.5
        scores = torch.baddbmm(scores, query, key.transpose(1, 2), beta=0, alpha=scale)
        context = torch.bmm(torch.softmax(scores, dim=2), value)
        context = context.view(n_texts, self._n_heads, length, -1).transpose(1, 2)
        return context.reshape(n_texts * length, -1)


class _Layer:
    """One layer, whose queries, keys and values are one product."""

    def __init__(self, layer: Any) -> None:
        attention = layer.attention.self
        parts = attention.query, attention.key, attention.value
        self._weight = torch.cat([part.weight for part in parts])
        self._bias = torch.cat([part.bias for part in parts])
        self._output = layer.attention.output
        self._inner = layer.intermediate.dense
        self._outer = layer.output

    def project(self, hidden: Tensor) -> Tensor:
        """Return queries, keys and values side by side: (n_tokens, 3 · hidden_size)."""
        return linear(hidden, self._weight, self._bias)

    def feed_forward(self, hidden: Tensor, context: Tensor) -> Tensor:
        """Return the hidden states after attention with some context: (n_tokens, hidden_size)."""
        hidden = _added(self._output, context, hidden)
        return _added(self._outer, gelu(self._inner(hidden)), hidden)


def _added(part: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
    """Return the normalised sum of hidden states and a product."""
    norm = part.LayerNorm
    return layer_norm(
        part.dense(inputs).add_(hidden), norm.normalized_shape, norm.weight, norm.bias, norm.eps
    )


def _equal_lengths(lengths: list[int]) -> Iterator[tuple[slice, int, int]]:
    """Yield (rows, texts, tokens of each) for each run of texts of equal length."""
    start = 0
    for length, run in groupby(lengths):
        n_texts = len(list(run))
        yield slice(start, start + n_texts * length), n_texts, length
        start += n_texts * length
