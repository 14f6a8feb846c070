"""Texts to windows of token ids, special tokens included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.embeddings.bert_files import read_bert_tokenizer
from theta.embeddings.broken import naming_broken_model
from theta.embeddings.checkpoint import Checkpoint
from theta.errors import InvalidOption

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
        Tokens of the text in the window (1 where there are none).
    tokens : (n_texts, 2) int32
        Tokens of each whole text and of its first window.

    Neither the special tokens nor those of the prompt count as tokens of a text.
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

    Every window begins with the prompt.

    Parameters
    ----------
    checkpoint : Checkpoint
    max_length : int
        Tokens of a window, special tokens included.
    long_docs : str
        ``truncate``: the first window of each text. ``mean``: all of them.
    """

    def __init__(self, checkpoint: Checkpoint, max_length: int, long_docs: str) -> None:
        with naming_broken_model(checkpoint.name, checkpoint.folder):
            self._tokenizer: Any = read_bert_tokenizer(checkpoint.folder)
        end_of_text: str | None = None
        if self._tokenizer is None:
            self._tokenizer, end_of_text = _load_tokenizer(checkpoint)
        self.n_tokens = 1 + max(self._tokenizer.get_vocab().values(), default=-1)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._lower_case = checkpoint.lower_case
        self._all_windows = long_docs == "mean"
        self._prefix, self._suffix = self._special_tokens()
        if checkpoint.pooling == "last" and not self._suffix:
            self._suffix = [_end_of_text(self._tokenizer, end_of_text, checkpoint)]
        self._prompt = checkpoint.prompt.lower() if self._lower_case else checkpoint.prompt
        # Without its last space, which most tokenizers make part of the text's first token.
        bare = self._prompt.rstrip()
        self._prompt_ids: list[int] = self._tokenizer.encode(bare, add_special_tokens=False).ids
        self.longest = max_length
        self.capacity = max_length - len(self._prefix) - len(self._suffix)
        if self.capacity <= len(self._prompt_ids):
            raise InvalidOption(
                f"--max_length {max_length} leaves no room for text beside the special tokens"
                + (" and the prompt" if self._prompt else "")
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
            if self._prompt:
                chunk = [self._prompt + one for one in chunk]
            encodings = self._tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
            for number, encoding in enumerate(encodings, start):
                parts = self._cut(encoding.ids)
                n_prompt = len(self._prompt_ids)
                tokens[number] = len(encoding.ids) - n_prompt, len(parts[0]) - n_prompt
                for part in parts if self._all_windows else parts[:1]:
                    ids.append(np.array([*self._prefix, *part, *self._suffix], dtype=np.int64))
                    text.append(number)
                    weights.append(max(1, len(part) - n_prompt))
        return Windows(
            ids, np.array(text, dtype=np.intp), np.array(weights, dtype=np.float32), tokens
        )

    def _cut(self, ids: list[int]) -> list[list[int]]:
        """Return the windows of a text that was tokenised with its prompt, the first one exact."""
        step = self.capacity - len(self._prompt_ids)
        starts = range(self.capacity, len(ids), step)
        rest = ([*self._prompt_ids, *ids[start : start + step]] for start in starts)
        return [ids[: self.capacity], *rest]

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


def _load_tokenizer(checkpoint: Checkpoint) -> tuple[Any, str | None]:
    """Return the tokenizer that transformers makes, and its token for the end of a text."""
    from transformers import AutoTokenizer

    with naming_broken_model(checkpoint.name, checkpoint.folder):
        tokenizer = AutoTokenizer.from_pretrained(
            checkpoint.folder, use_fast=True, local_files_only=True
        )
    if not tokenizer.is_fast:
        raise InvalidOption(f"{checkpoint.folder} has no fast tokenizer (tokenizer.json)")
    return tokenizer.backend_tokenizer, tokenizer.eos_token


def _end_of_text(tokenizer: Any, named: str | None, checkpoint: Checkpoint) -> int:
    # Qwen3-Embedding was trained with <|endoftext|> after each text, while the eos_token of its
    # tokenizer, made for chat, is <|im_end|>.
    vocabulary = tokenizer.get_vocab()
    for token in ("<|endoftext|>", named):
        if token in vocabulary:
            return int(vocabulary[token])
    raise InvalidOption(f"{checkpoint.folder} pools the last token but has no end-of-text token")
