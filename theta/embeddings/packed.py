"""BERT on a CPU: texts laid end to end, so that no time is spent on padding.

A CPU chooses among kernels by the shape of a product, and their results differ. Here every product
of a layer has the same shape, whatever the texts are, and each text has an attention of its own:
its vector has the same bits in any company, with any number of threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.embeddings.encoder import Encoder, pool

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from theta.embeddings.windows import Windows, WindowTokenizer

_BLOCK_BYTES = 512
"""Bytes of one column of the inputs of a matrix product: 128 tokens in float32, 256 in bfloat16. A
single text pays for a whole product; half as many tokens are 8 % slower in long runs."""

_MOST_TOKENS = 2048
"""Tokens in a batch: with more, less of its last product is empty, and less of it is in the cache.
"""


def can_pack(model: torch.nn.Module) -> bool:
    """Return whether `PackedBert` computes what a model does."""
    config: Any = model.config
    return (
        type(model).__name__ == "BertModel"
        and config.hidden_act == "gelu"
        and getattr(config, "position_embedding_type", "absolute") == "absolute"
        and not config.is_decoder
        # Only the weights are read: an adapter beside them would be left out.
        and not any(hasattr(part, "base_layer") for part in model.modules())
    )


class PackedEncoder(Encoder):
    """An `Encoder` whose batches are texts laid end to end; each thread computes its own batches.

    Parameters
    ----------
    model : BertModel
        One that `can_pack`.
    tokenizer : WindowTokenizer
    pooling : str
        ``mean``, ``last`` or ``cls``.
    """

    def __init__(self, model: torch.nn.Module, tokenizer: WindowTokenizer, *, pooling: str) -> None:
        super().__init__(
            model, tokenizer, pooling=pooling, batch_size=_MOST_TOKENS, token_budget=_MOST_TOKENS
        )
        self._layers = PackedBert(model)

    @property
    def has_fixed_shapes(self) -> bool:
        """Whether a text has the same bits in any company."""
        return True

    def vectors_of(self, ids: list[NDArray[np.int64]]) -> Tensor:
        """Return the unit-length vectors of windows, longest first: (n_windows, dim) float32."""
        import torch

        states = zip(ids, self._layers(ids), strict=True)
        pooled = [
            pool(state[None], torch.tensor([len(one)]), self._pooling) for one, state in states
        ]
        return torch.nn.functional.normalize(torch.cat(pooled), dim=1)

    def _run(
        self, windows: Windows, left: NDArray[np.intp]
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float32]]]:
        import torch

        def compute(rows: NDArray[np.intp]) -> NDArray[np.float32]:
            return self._forward([windows.ids[row] for row in rows]).numpy()

        n_threads = torch.get_num_threads()
        batches = (left[batch] for batch in self._pack(windows.lengths[left]))
        if n_threads == 1:
            yield from ((rows, compute(rows)) for rows in batches)
            return
        with _one_thread_per_batch(n_threads) as pool_of_threads:
            yield from _in_order(pool_of_threads, compute, batches, 2 * n_threads)

    def _pack(self, lengths: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
        import torch

        # Small enough to give every thread its share, which changes no bits.
        share = int(lengths.sum()) // torch.get_num_threads()
        most = min(_MOST_TOKENS, max(self._layers.n_rows, share))
        batch: list[int] = []
        n_tokens = 0
        for row in np.argsort(-lengths, kind="stable").tolist():
            if batch and n_tokens + lengths[row] > most:
                yield np.array(batch, dtype=np.intp)
                batch, n_tokens = [], 0
            batch.append(row)
            n_tokens += int(lengths[row])
        yield np.array(batch, dtype=np.intp)


@contextmanager
def _one_thread_per_batch(n_threads: int) -> Iterator[ThreadPoolExecutor]:
    """Give a pool of threads in each of which torch computes with that thread alone."""
    import torch

    # Set in each of them: OpenMP keeps the number per thread. Some libraries keep one for all.
    pool_of_threads = ThreadPoolExecutor(
        n_threads, thread_name_prefix="encoder", initializer=torch.set_num_threads, initargs=(1,)
    )
    try:
        yield pool_of_threads
    finally:
        pool_of_threads.shutdown(cancel_futures=True)
        torch.set_num_threads(n_threads)


def _in_order(
    threads: ThreadPoolExecutor,
    compute: Callable[[NDArray[np.intp]], NDArray[np.float32]],
    batches: Iterator[NDArray[np.intp]],
    n_ahead: int,
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float32]]]:
    """Yield batches and their vectors, with at most `n_ahead` batches begun."""
    begun: deque[tuple[NDArray[np.intp], Future[NDArray[np.float32]]]] = deque()
    for rows in batches:
        begun.append((rows, threads.submit(compute, rows)))
        if len(begun) == n_ahead:
            first, vectors = begun.popleft()
            yield first, vectors.result()
    for rows, vectors in begun:
        yield rows, vectors.result()


class PackedBert:
    """The layers of a BERT (Devlin et al. 2019) over texts of different lengths, without padding.

    Parameters
    ----------
    model : BertModel
        One that `can_pack`.

    Attributes
    ----------
    n_rows : int
        Tokens of every matrix product.
    """

    def __init__(self, model: Any) -> None:
        self._embeddings = model.embeddings
        self._n_heads = model.config.num_attention_heads
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
        n_rows = -(-sum(lengths) // self.n_rows) * self.n_rows
        hidden = self._embed(ids, n_rows)
        blocks = [slice(start, start + self.n_rows) for start in range(0, n_rows, self.n_rows)]
        runs = list(_equal_lengths(lengths))
        projected = torch.empty(n_rows, 3 * hidden.shape[1], dtype=hidden.dtype)
        context = torch.zeros_like(hidden)
        for layer in self._layers:
            for block in blocks:
                projected[block] = layer.project(hidden[block])
            for part, n_texts, length in runs:
                context[part] = self._attend(projected[part], n_texts, length)
            for block in blocks:
                hidden[block] = layer.feed_forward(hidden[block], context[block])
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

    def _attend(self, projected: Tensor, n_texts: int, length: int) -> Tensor:
        """Return the context of the tokens of some texts of equal length: (n_tokens, hidden)."""
        heads = projected.view(n_texts, length, 3, self._n_heads, -1).permute(2, 0, 3, 1, 4)
        context = _attention(heads).view(n_texts, self._n_heads, length, -1)
        return context.transpose(1, 2).reshape(n_texts * length, -1)


def _attention(heads: Tensor) -> Tensor:
    """Return the context for (3, n_texts, n_heads, length, dim) queries, keys and values.

    The fused attention of a CPU gains nothing from bfloat16 (torch 2.13): plain products of the
    same size take three quarters of its time, for texts of 20 tokens as for those of 256.
    """
    import torch

    if heads.dtype == torch.float32:
        return torch.nn.functional.scaled_dot_product_attention(*heads)
    query, key, value = heads.contiguous().flatten(1, 2)
    scores = torch.bmm(query * query.shape[-1] ** -0.5, key.transpose(1, 2))
    return torch.bmm(scores.softmax(dim=-1), value)


class _Layer:
    """One layer, whose queries, keys and values are one product."""

    def __init__(self, layer: Any, n_rows: int) -> None:
        import torch

        attention = layer.attention.self
        parts = attention.query, attention.key, attention.value
        self._project = _Product(
            torch.cat([part.weight for part in parts]),
            torch.cat([part.bias for part in parts]),
            n_rows,
        )
        self._output = _AddedProduct(layer.attention.output, n_rows)
        inner = layer.intermediate.dense
        self._inner = _Product(inner.weight, inner.bias, n_rows, gelu=True)
        self._outer = _AddedProduct(layer.output, n_rows)

    def project(self, hidden: Tensor) -> Tensor:
        """Return queries, keys and values side by side: (n_tokens, 3 · hidden_size)."""
        return self._project(hidden)

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
        normalized: Tensor = self._normalize(self._product(inputs).add_(hidden))
        return normalized


class _Product:
    """A linear layer, through oneDNN with the weights laid out for it in advance.

    By itself torch multiplies in float32 with MKL, which on an AMD EPYC (Zen 4) takes 1.2 times as
    long, and lays out weights in bfloat16 anew for every product.
    """

    def __init__(self, weight: Tensor, bias: Tensor, n_rows: int, *, gelu: bool = False) -> None:
        import torch

        self._weight, self._bias, self._gelu = weight, bias, gelu
        self._by_onednn = _has_onednn()
        if self._by_onednn:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(weight, n_rows)

    def __call__(self, inputs: Tensor) -> Tensor:
        import torch

        if self._by_onednn:
            name, algorithm = ("gelu", "none") if self._gelu else ("none", "")
            multiply = torch.ops.mkldnn._linear_pointwise
            outputs: Tensor = multiply(inputs, self._weight, self._bias, name, [], algorithm)
            return outputs
        outputs = torch.nn.functional.linear(inputs, self._weight, self._bias)
        return torch.nn.functional.gelu(outputs) if self._gelu else outputs


def _has_onednn() -> bool:
    """Return whether torch has oneDNN for an x86 processor; elsewhere this was not measured."""
    import torch

    return (
        torch.backends.mkldnn.is_available()
        and torch.backends.cpu.get_cpu_capability().startswith("AVX")
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def _equal_lengths(lengths: list[int]) -> Iterator[tuple[slice, int, int]]:
    """Yield (rows, texts, tokens of each) for each run of texts of equal length."""
    start = 0
    for length, run in groupby(lengths):
        n_texts = len(list(run))
        yield slice(start, start + n_texts * length), n_texts, length
        start += n_texts * length
