"""Attention of texts that lie end to end, each of them to itself alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

_STEP = 32
"""Widths of scores are a multiple of it, two tiles of AMX: kernels treat a rest several times more
slowly."""

_SCORE_BYTES = 1 << 20
"""Bytes of scores computed at once, so that they stay in the cache."""

_LEAST_SUM, _GREATEST_SUM = 1e-30, 1e37
"""Sums of exponentials between which neither they nor what counts in them leave the range of
bfloat16 and float32, which is the same."""


class Run(NamedTuple):
    """Neighbouring texts of equal length.

    Attributes
    ----------
    rows : slice
        Their tokens.
    n_texts, length : int
        How many, and of how many tokens each.
    """

    rows: slice
    n_texts: int
    length: int


def runs_of(lengths: list[int]) -> Iterator[Run]:
    """Yield the runs of equal length among texts that lie end to end."""
    start = 0
    for length, same in groupby(lengths):
        n_texts = len(list(same))
        yield Run(slice(start, start + n_texts * length), n_texts, length)
        start += n_texts * length


class FusedAttention:
    """The attention of torch, for float32.

    Parameters
    ----------
    lengths : list of int
        Tokens of each text, longest first.
    n_heads, dim : int
        Heads, and dimensions of each.
    """

    def __init__(self, lengths: list[int], n_heads: int, dim: int) -> None:
        self._runs = list(runs_of(lengths))
        self._heads = n_heads, dim

    def __call__(self, projected: Tensor, context: Tensor) -> None:
        """Write the context of each token, from queries, keys and values side by side.

        Parameters
        ----------
        projected : (n_tokens, 3 · n_heads · dim) Tensor
        context : (n_tokens, n_heads · dim) Tensor
            Written.
        """
        import torch

        for rows, *shape in self._runs:
            heads = projected[rows].view(*shape, 3, *self._heads).permute(2, 0, 3, 1, 4)
            found = torch.nn.functional.scaled_dot_product_attention(*heads)
            context[rows].view(*shape, *self._heads).copy_(found.transpose(1, 2))


class UnshiftedAttention:
    """Attention by plain products, and exponentials of the scores as they are.

    In bfloat16 the fused attention of a CPU and softmax take most of their time to find the
    largest score of each token, which is taken away before exponentials are taken, and for the
    rest of texts whose length is no multiple of 32. Here texts are filled up. Values have one more
    column, of ones: the product with it yields the sums of the exponentials, and zeros there leave
    out what was filled up. bfloat16 has the range of float32, so nothing is lost while the sums
    stay within it; the heads of a text of which some do not are done again by softmax.

    Parameters
    ----------
    lengths : list of int
        Tokens of each text, longest first.
    n_heads, dim : int
        Heads, and dimensions of each.
    """

    def __init__(self, lengths: list[int], n_heads: int, dim: int) -> None:
        self._groups = [
            _Group(list(runs), width, n_heads, dim)
            for width, runs in groupby(
                runs_of(lengths), lambda run: -(-run.length // _STEP) * _STEP
            )
        ]

    def __call__(self, projected: Tensor, context: Tensor) -> None:
        """Write the context of each token; as that of `FusedAttention`."""
        for group in self._groups:
            group.attend(projected, context)


class _Group:
    """Texts that are filled up to one width."""

    def __init__(self, runs: list[Run], width: int, n_heads: int, dim: int) -> None:
        import torch

        dtype = torch.bfloat16
        self._runs, self._heads = runs, (n_heads, dim)
        n_texts = sum(run.n_texts for run in runs)
        self._query_key = torch.zeros(2, n_texts, n_heads, width, dim, dtype=dtype)
        self._value = torch.zeros(n_texts, n_heads, width, dim + 1, dtype=dtype)
        for texts, run in self._texts():
            self._value[texts, :, : run.length, dim] = 1
        self._summed = torch.empty_like(self._value)
        n_at_once = max(1, _SCORE_BYTES // (width * width * dtype.itemsize))
        self._scores = torch.empty(min(n_at_once, n_texts * n_heads), width, width, dtype=dtype)

    def attend(self, projected: Tensor, context: Tensor) -> None:
        """Write the context of the tokens of these texts."""
        import torch

        dim = self._heads[1]
        for texts, (rows, *shape) in self._texts():
            heads = projected[rows].view(*shape, 3, *self._heads).permute(2, 0, 3, 1, 4)
            self._query_key[:, texts, :, : shape[1]] = heads[:2]
            self._value[texts, :, : shape[1], :dim] = heads[2]
        self._multiply()
        for texts, (rows, *shape) in self._texts():
            summed = self._summed[texts, :, : shape[1]].transpose(1, 2)
            found = context[rows].view(*shape, *self._heads)
            torch.div(summed[..., :dim], summed[..., dim:], out=found)

    def _multiply(self) -> None:
        """Write the sums of the values, weighted by exponentials, and of these alone."""
        import torch

        query, key = self._query_key.flatten(1, 2)
        key = key.transpose(1, 2)
        value, summed = self._value.flatten(0, 1), self._summed.flatten(0, 1)
        scale = query.shape[-1] ** -0.5
        for start in range(0, len(query), len(self._scores)):
            part = slice(start, start + len(self._scores))
            scores = self._scores[: len(query[part])]
            torch.baddbmm(scores, query[part], key[part], beta=0, alpha=scale, out=scores)
            torch.bmm(scores.exp_(), value[part], out=summed[part])
        sums = summed[..., -1]
        in_range = (sums >= _LEAST_SUM) & (sums <= _GREATEST_SUM)
        for head in (~in_range.all(dim=1)).nonzero().flatten().tolist():
            exact = torch.mm(query[head].float(), key[head].float()) * scale
            exact[:, value[head, :, -1] == 0] = -torch.inf
            torch.mm(exact.softmax(dim=1).bfloat16(), value[head], out=summed[head])

    def _texts(self) -> Iterator[tuple[slice, Run]]:
        """Yield the runs, and which texts of the group they are."""
        start = 0
        for run in self._runs:
            yield slice(start, start + run.n_texts), run
            start += run.n_texts
