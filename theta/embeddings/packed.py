"""A BERT on a CPU: texts laid end to end, so that no time is spent on padding."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from theta.embeddings.encoder import Encoder
from theta.embeddings.packed_bert import MOST_TOKENS, PackedBert
from theta.embeddings.pooling import pool_text

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from theta.embeddings.bert_files import Bert
    from theta.embeddings.windows import Windows, WindowTokenizer


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
    model : BertModel or Bert
        One that `can_pack`.
    tokenizer : WindowTokenizer
    pooling : str
        ``mean``, ``last`` or ``cls``.
    """

    def __init__(
        self, model: torch.nn.Module | Bert, tokenizer: WindowTokenizer, *, pooling: str
    ) -> None:
        super().__init__(
            cast("torch.nn.Module", model),
            tokenizer,
            pooling=pooling,
            batch_size=MOST_TOKENS,
            token_budget=MOST_TOKENS,
        )
        self._layers = PackedBert(model)

    @property
    def has_fixed_shapes(self) -> bool:
        """Whether a text has the same bits in any company."""
        return True

    def vectors_of(self, ids: list[NDArray[np.int64]]) -> Tensor:
        """Return the unit-length vectors of windows, longest first: (n_windows, dim) float32."""
        import torch

        pooled = [pool_text(states, self._pooling) for states in self._layers(ids)]
        return torch.nn.functional.normalize(torch.stack(pooled), dim=1)

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
        most = min(MOST_TOKENS, max(self._layers.n_rows, share))
        yield from fill(lengths, most)


def fill(lengths: NDArray[np.int64], most: int) -> Iterator[NDArray[np.intp]]:
    """Yield batches of windows, longest first, each filled up with the longest that still fit.

    Parameters
    ----------
    lengths : (n_windows,) int64
    most : int
        Tokens of a batch; a longer window has one of its own.
    """
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, length in enumerate(lengths.tolist()):
        rows_of[length].append(row)
    left = sorted(rows_of)
    while left:
        batch: list[int] = []
        room = max(most, left[-1])
        while place := bisect_right(left, room):
            length = left[place - 1]
            batch.append(rows_of[length].pop())
            room -= length
            if not rows_of[length]:
                del left[place - 1]
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
