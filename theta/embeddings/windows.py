"""Texts to windows of token ids, special tokens included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.errors import InvalidOption

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.embeddings.checkpoint import Checkpoint

_CHUNK = 256
"""Texts tokenised at once: the tokenizer's own records take about 100 bytes a token."""


@dataclass(frozen=True)
class Windows:
    """What the model reads of some texts.

    Attributes
    ----------
    ids : list of (n,) int64
        Token ids of each window, special tokens included.
    text : (n_windows,) intp
        The text that each window is of.
    weights : (n_windows,) float32
        Tokens of the text in the window, special tokens not counted (1 where there are none).
    tokens : (n_texts, 2) int32
        Tokens of each whole text and of its first window, special tokens not counted.
    """

    ids: list[NDArray[np.int64]]
    text: NDArray[np.intp]
    weights: NDArray[np.float32]
    tokens: NDArray[np.int32]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each window, special tokens included."""
        return np.array([len(ids) for ids in self.ids], dtype=np.int64)


class WindowTokenizer:
    """The model's own fast tokenizer, cutting texts into windows.

    Parameters
    ----------
    checkpoint : Checkpoint
    max_length : int
        Tokens of a window, special tokens included.
    long_docs : str
        ``truncate``: the first window of each text. ``mean``: all of them.
    """

    def __init__(self, checkpoint: Checkpoint, max_length: int, long_docs: str) -> None:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(
            checkpoint.folder, use_fast=True, local_files_only=True
        )
        if not tokenizer.is_fast:
            raise InvalidOption(f"{checkpoint.folder} has no fast tokenizer (tokenizer.json)")
        self._tokenizer: Any = tokenizer.backend_tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._lower_case = checkpoint.lower_case
        self._all_windows = long_docs == "mean"
        self._prefix, self._suffix = self._special_tokens()
        if checkpoint.pooling == "last" and not self._suffix:
            self._suffix = [_end_of_text(tokenizer, checkpoint)]
        self.longest = max_length
        self.capacity = max_length - len(self._prefix) - len(self._suffix)
        if self.capacity < 1:
            raise InvalidOption(
                f"--max_length {max_length} leaves no room for text beside the special tokens"
            )

    def __call__(self, texts: Sequence[str]) -> Windows:
        """Return the windows of some texts, in their order."""
        ids: list[NDArray[np.int64]] = []
        text: list[int] = []
        weights: list[int] = []
        tokens = np.empty((len(texts), 2), dtype=np.int32)
        for start in range(0, len(texts), _CHUNK):
            chunk = list(texts[start : start + _CHUNK])
            if self._lower_case:
                chunk = [one.lower() for one in chunk]
            encodings = self._tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
            for number, encoding in enumerate(encodings, start):
                body = encoding.ids
                tokens[number] = len(body), min(len(body), self.capacity)
                stop = len(body) if self._all_windows else 1
                for first in range(0, max(1, stop), self.capacity):
                    part = body[first : first + self.capacity]
                    ids.append(np.array([*self._prefix, *part, *self._suffix], dtype=np.int64))
                    text.append(number)
                    weights.append(max(1, len(part)))
        return Windows(
            ids, np.array(text, dtype=np.intp), np.array(weights, dtype=np.float32), tokens
        )

    def _special_tokens(self) -> tuple[list[int], list[int]]:
        """Return what the tokenizer itself puts before and after a text."""
        body = self._tokenizer.encode("a", add_special_tokens=False).ids
        whole = self._tokenizer.encode("a").ids
        starts = [
            start
            for start in range(len(whole) - len(body) + 1)
            if whole[start : start + len(body)] == body
        ]
        return whole[: starts[0]], whole[starts[0] + len(body) :]


def _end_of_text(tokenizer: Any, checkpoint: Checkpoint) -> int:
    # Qwen3-Embedding was trained with <|endoftext|> after each text, while the eos_token of its
    # tokenizer, made for chat, is <|im_end|>.
    vocabulary = tokenizer.get_vocab()
    for token in ("<|endoftext|>", tokenizer.eos_token):
        if token in vocabulary:
            return int(vocabulary[token])
    raise InvalidOption(f"{checkpoint.folder} pools the last token but has no end-of-text token")
