"""Texts to vectors with a model on this machine."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.devices import copy_to_host, is_out_of_memory, on_device, release_memory
from theta.embeddings.batches import pack
from theta.embeddings.pooling import pool
from theta.embeddings.windows import Windows, WindowTokenizer
from theta.errors import OutOfMemory

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray


log = logging.getLogger(__name__)

MULTIPLE = 16
"""Tokens that a text is filled up to a multiple of, where its bits must not depend on the batch:
64 bytes of float32."""

_BLOCK_STEP = 32
"""The tokens of a block are a multiple of it, two tiles of AMX: kernels treat a rest otherwise."""

CUDNN_ATTENTION = False
"""Whether attention may use cuDNN. On Hopper torch prefers it, but it makes a plan for every new
shape of a batch, and batches of texts have hundreds of shapes; flash attention needs no plan."""


class Encoder:
    """A loaded embedding model.

    The vector of a text is the same alone, in any batch and in any order, up to the rounding of
    sums (1e-6 in float32): a batch holds right-padded windows of nearly equal length, a causal
    model reads them without a mask, since no real token sees the padding after it, and any other
    model reads them with one.

    With `block_tokens` it has the very same bits: its width follows from its own length, and every
    block of a width has the same number of rows, so that each matrix product has the same shape
    whatever else is in the block. Rows that are left over hold one token each.

    Parameters
    ----------
    model : torch.nn.Module
        Returns ``last_hidden_state``.
    tokenizer : WindowTokenizer
    pooling : str
        ``mean``, ``last`` or ``cls``.
    batch_size : int
        Windows in a batch, at most.
    token_budget : int
        Tokens in a batch, at most; halved when memory runs out.
    multiple : int
        Windows are filled up to a multiple of so many tokens, and only windows of one width go
        together; 1 fills them up to the longest of their batch.
    block_tokens : int or None
        Tokens of a block of fixed shape, where a text must have the same bits in any company; in
        place of `batch_size` and `token_budget`.
    spare_tokens : int
        Tokens of padding that cost less than one more batch.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        tokenizer: WindowTokenizer,
        *,
        pooling: str,
        batch_size: int,
        token_budget: int,
        multiple: int = 1,
        block_tokens: int | None = None,
        spare_tokens: int = 0,
    ) -> None:
        self._model = model
        self._spare_tokens = spare_tokens
        self._block_tokens = block_tokens
        self._multiple = multiple
        self._pooling = pooling
        self._batch_size = batch_size
        self.token_budget = token_budget
        self.tokenizer = tokenizer
        self.causal = any(getattr(part, "is_causal", False) is True for part in model.modules())
        self.device = next(model.parameters()).device
        self._attention: str | None = getattr(model.config, "_attn_implementation", None)

    @property
    def dim(self) -> int:
        """Number of dimensions of a vector."""
        return int(self._model.config.hidden_size)  # type: ignore[union-attr,arg-type]

    @property
    def has_fixed_shapes(self) -> bool:
        """Whether a text has the same bits in any company."""
        return self._block_tokens is not None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit-length vectors of some texts: (n_texts, dim)."""
        return self.encode_windows(self.tokenizer(texts))

    def encode_windows(self, windows: Windows) -> NDArray[np.float32]:
        """Return the unit-length vector of each text: (n_texts, dim).

        A text of several windows gets their mean, weighted by their tokens.

        Raises
        ------
        OutOfMemory
            If one window alone does not fit into the memory of the device.
        """
        sums = np.zeros((len(windows.tokens), self.dim), dtype=np.float32)
        with computing_on(str(self.device)):
            for rows, vectors in self._batches(windows):
                np.add.at(sums, windows.text[rows], windows.weights[rows, None] * vectors)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return sums / np.maximum(norms, np.finfo(np.float32).tiny)

    def _batches(self, windows: Windows) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float32]]]:
        """Yield (windows, their vectors), halving the token budget while memory runs out."""
        lengths = windows.lengths
        left = np.arange(len(lengths), dtype=np.intp)
        while len(left):
            done: list[NDArray[np.intp]] = []
            try:
                for rows, vectors in self._run(windows, left):
                    done.append(rows)
                    yield rows, vectors
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
            else:
                return
            # Not in the handler: until it ends, the traceback keeps the activations alive.
            left = np.setdiff1d(left, np.concatenate([*done, left[:0]]))
            self._halve_budget(int(lengths[left].max()), len(left))

    def _run(
        self, windows: Windows, left: NDArray[np.intp]
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float32]]]:
        # A batch is read after the next one has been launched, so the device never waits.
        launched: tuple[NDArray[np.intp], Callable[[], NDArray[np.float32]]] | None = None
        for batch in self._pack(windows.lengths[left]):
            rows = left[batch]
            # The copy is queued before the next batch: behind it, it would wait for it.
            fetch = copy_to_host(self._forward([windows.ids[row] for row in rows]))
            if launched is not None:
                yield launched[0], self._finite(launched[1](), launched[0], windows)
            launched = rows, fetch
        if launched is not None:
            yield launched[0], self._finite(launched[1](), launched[0], windows)

    def _finite(
        self, vectors: NDArray[np.float32], rows: NDArray[np.intp], windows: Windows
    ) -> NDArray[np.float32]:
        """Return the vectors, computed once more by plain attention if some are not finite.

        Fused attention gives NaN for some models on some devices: Qwen3 on Apple's GPUs.
        """
        if np.isfinite(vectors).all() or self._attention is None:
            return vectors
        # The batch after the first that failed was launched before that was known.
        if self._attention == "sdpa":
            log.warning(
                "Fused attention gave values that are not finite on %s; continuing with plain "
                "attention, which is slower.",
                self.device,
            )
            self._attention = "eager"
            self._model.set_attn_implementation("eager")  # type: ignore[operator]
        return copy_to_host(self._forward([windows.ids[row] for row in rows]))()

    def _pack(self, lengths: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
        if self._multiple == 1:
            spare = self._spare_tokens
            yield from pack(lengths, self._batch_size, self.token_budget, spare_tokens=spare)
            return
        widths = self._widths(lengths)
        if self.has_fixed_shapes:
            for width in np.unique(widths)[::-1].tolist():
                rows = np.flatnonzero(widths == width)
                n_rows = self._rows_of(width)
                for start in range(0, len(rows), n_rows):
                    yield rows[start : start + n_rows]
            return
        for batch in pack(widths, self._batch_size, self.token_budget, max_padding=0):
            # The longest may be no multiple: its rows would lie at other addresses in each batch.
            whole = widths[batch[0]] % self._multiple == 0
            yield from [batch] if whole else batch[:, None]

    def _widths(self, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the tokens that windows are filled up to, where each has a width of its own."""
        widths = -(-lengths // self._multiple) * self._multiple
        return np.minimum(widths, max(self.tokenizer.longest, int(lengths.max())))

    def _rows_of(self, width: int) -> int:
        """Return the rows of every block of a width."""
        assert self._block_tokens is not None
        step = _BLOCK_STEP // math.gcd(_BLOCK_STEP, width)
        return step * max(1, self._block_tokens // (step * width))

    def _forward(self, ids: list[NDArray[np.int64]]) -> torch.Tensor:
        import torch

        with torch.inference_mode():
            return self.vectors_of(ids)

    def vectors_of(self, ids: list[NDArray[np.int64]]) -> torch.Tensor:
        """Return the unit-length vectors of one batch of windows: (n_windows, dim) float32.

        On the device, and with the gradients of the weights that ask for one.
        """
        import torch

        counts = np.array([len(one) for one in ids])
        width = int(self._widths(counts).max())
        if self.has_fixed_shapes:
            counts = np.pad(counts, (0, self._rows_of(width) - len(ids)), constant_values=1)
        padded = np.zeros((len(counts), width), dtype=np.int64)
        for row, one in enumerate(ids):
            padded[row, : len(one)] = one
        inputs: dict[str, Any] = {"input_ids": self._to_device(padded)}
        lengths = self._to_device(counts)
        # With widths of their own, windows are masked whether they are full or not: the mask may
        # choose the kernel.
        if not self.causal and (counts.min() < counts.max() or self._multiple > 1):
            places = torch.arange(padded.shape[1], device=self.device)
            inputs["attention_mask"] = (places < lengths[:, None]).long()
        if self._takes_masks_of_layers and self._attention == "sdpa":
            # No mask, and none is looked for, which takes kernels and waits for the device.
            inputs["attention_mask"] = {"full_attention": None}
        hidden = self._model(**inputs, **self._no_cache).last_hidden_state
        pooled = torch.nn.functional.normalize(pool(hidden, lengths, self._pooling), dim=1)
        return pooled[: len(ids)]

    @cached_property
    def _takes_masks_of_layers(self) -> bool:
        """Whether the model takes a ready mask per kind of layer, and has one kind alone."""
        config = self._model.config
        kinds = set(getattr(config, "layer_types", None) or ())
        return (
            self.causal
            and getattr(config, "model_type", "") == "qwen3"
            and kinds == {"full_attention"}
        )

    @property
    def _no_cache(self) -> dict[str, bool]:
        # Keys and values are kept for generation only; here they would cost memory.
        return {"use_cache": False} if self.causal else {}

    def _to_device(self, array: NDArray[np.int64]) -> torch.Tensor:
        import torch

        tensor = torch.from_numpy(array)
        if self.device.type == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor.to(self.device)

    def _halve_budget(self, longest: int, n_left: int) -> None:
        # What one batch can hold at all bounds the budget that was really in use.
        in_use = min(self.token_budget, longest * min(self._batch_size, n_left))
        if in_use <= longest or self.has_fixed_shapes:
            shorter = max(1, longest // 2)
            raise OutOfMemory(
                f"one document of {longest} tokens does not fit into the memory of {self.device}: "
                f"try --max_length {shorter}, or a smaller --model_size"
            )
        self.token_budget = max(longest, in_use // 2)
        log.warning(
            "Out of memory on %s: continuing with %d tokens a batch.",
            self.device,
            self.token_budget,
        )
        release_memory(str(self.device))


@contextmanager
def computing_on(device: str) -> Iterator[None]:
    """Make a device the current one, and let attention use kernels that need no plan per shape."""
    if not device.startswith("cuda"):
        yield
        return
    import torch

    before = torch.backends.cuda.cudnn_sdp_enabled()
    torch.backends.cuda.enable_cudnn_sdp(CUDNN_ATTENTION)
    try:
        with on_device(device):
            yield
    finally:
        torch.backends.cuda.enable_cudnn_sdp(before)
