"""How fast the program embeds, in the shapes of the published models."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch

from gpu_checks.block import Findings, Setting
from gpu_checks.embedding import make_random_encoder
from gpu_checks.machine import matrix_rate
from gpu_checks.materials import QWEN3, TINY, smallest_cosine, texts_of
from tests.tiny_models import write_pooling_files
from theta.embeddings import encoder as encoder_module
from theta.embeddings.encoder import Encoder
from theta.embeddings.local import LocalEngine
from theta.embeddings.shard_jobs import SHARD_TEXTS, ShardJob
from theta.embeddings.shards import hash_texts

CLAIMED_PER_MINUTE = {"0.6B": 1000, "4B": 400, "8B": 200}
_DOCUMENTS = {"0.6B": 1000, "4B": 400, "8B": 300}
_LEAST_SHARE = {"0.6B": 0.4, "4B": 0.5, "8B": 0.5}
"""Aims: the share of the measured bf16 rate that texts of 512 tokens are embedded at."""


def speed_check(size: str) -> Callable[[Setting, Findings], None]:
    """Return the check of the speed of one size."""

    def check(setting: Setting, found: Findings) -> None:
        _check_speed(size, setting, found)

    check.__doc__ = f"Time the shape of Qwen3 {size} with random weights, in documents per minute."
    return check


def _check_speed(size: str, setting: Setting, found: Findings) -> None:
    rate = matrix_rate(setting)
    shape = setting.choose(QWEN3[size], TINY)
    n_docs = setting.choose(_DOCUMENTS[size], 6)
    window = setting.choose(512, 64)
    encoder = make_random_encoder(setting, shape, max_length=window)
    full = texts_of(n_docs, window, window)
    mixed = texts_of(n_docs, 2, window // 2, seed=1)
    seconds = _rounds(encoder, full, 3)
    per_minute = 60 * n_docs / statistics.median(seconds[1:])
    used = _flops_per_token(encoder, window) * window * per_minute / 60
    found.record(f"documents of {window} tokens per minute", round(per_minute))
    share = used / rate
    found.record("share of the bf16 rate", round(share, 3))
    found.record("first round, seconds", round(seconds[0], 2))
    found.record("later rounds, seconds", [round(one, 2) for one in seconds[1:]])
    slow_start = seconds[0] / statistics.median(seconds[1:])
    for name, allowed in (("flash", False), ("cuDNN", True)):
        with mock.patch.object(encoder_module, "CUDNN_ATTENTION", allowed):
            seconds = _rounds(encoder, mixed, 2)
        found.record(f"mixed lengths, {name}, seconds", [round(one, 2) for one in seconds])
    for name, longest, n in (("headlines", 12, 4 * n_docs), ("words", 1, 8 * n_docs)):
        texts = texts_of(n, (longest + 1) // 2, longest)
        seconds = _rounds(encoder, texts, 2)
        found.record(f"{name} per minute", round(60 * n / seconds[-1]))
        with mock.patch.object(encoder, "_spare_tokens", 0):
            seconds = _rounds(encoder, texts, 2)
        found.record(f"{name} per minute, padding at most 5 %", round(60 * n / seconds[-1]))
    if size == "0.6B":
        _beside_sentence_transformer(setting, encoder, full, window, per_minute, found)
    if not setting.rehearsal:
        found.record("GiB at most", round(torch.cuda.max_memory_allocated() / 2**30, 1))
        found.aim(f"{CLAIMED_PER_MINUTE[size]} a minute", per_minute >= CLAIMED_PER_MINUTE[size])
        found.aim(f"{_LEAST_SHARE[size]} of the bf16 rate", share >= _LEAST_SHARE[size])
        found.aim("a first round within 10 % of later ones", slow_start <= 1.1)


def _rounds(encoder: Encoder, texts: list[str], n: int) -> list[float]:
    """Return the seconds of each of `n` times that the program embeds some texts."""
    seconds = []
    for _ in range(n):
        began = time.perf_counter()
        _as_the_program_does(encoder, texts)
        seconds.append(time.perf_counter() - began)
    return seconds


def _as_the_program_does(encoder: Encoder, texts: list[str]) -> None:
    ordered = sorted(texts, key=len, reverse=True)
    shards = [ordered[start : start + SHARD_TEXTS] for start in range(0, len(texts), SHARD_TEXTS)]
    jobs = (ShardJob(hash_texts(shard, len(shard)), shard) for shard in shards)
    for _ in LocalEngine(encoder).embed(jobs):
        pass


def _flops_per_token(encoder: Encoder, length: int) -> float:
    model: Any = encoder._model
    config = model.config
    weights = sum(p.numel() for p in model.parameters()) - model.embed_tokens.weight.numel()
    # Two per weight; attention multiplies queries with keys and weights with values, and a causal
    # kernel computes half of the places.
    attention = 2 * config.num_hidden_layers * config.num_attention_heads * config.head_dim * length
    return float(2 * weights + attention)


def _beside_sentence_transformer(
    setting: Setting,
    encoder: Encoder,
    texts: list[str],
    window: int,
    per_minute: float,
    found: Findings,
) -> None:
    if find_spec("sentence_transformers") is None:
        found.record("SentenceTransformer, documents per minute", "not installed")
        return
    from sentence_transformers import SentenceTransformer

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The tokenizer is that of the encoder, the weights are those on the device.
        tokenizer = encoder.tokenizer._tokenizer
        tokenizer.save(str(folder / "tokenizer.json"))
        (folder / "tokenizer_config.json").write_text(
            '{"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<|endoftext|>"}'
        )
        encoder._model.save_pretrained(folder)  # type: ignore[operator]
        write_pooling_files(folder, encoder.dim)
        dtype = next(encoder._model.parameters()).dtype
        reference = SentenceTransformer(name, device=setting.device, model_kwargs={"dtype": dtype})
        reference.max_seq_length = window
        seconds, vectors = [], np.empty(0)
        for _ in range(2):
            began = time.perf_counter()
            vectors = reference.encode(texts, batch_size=32, show_progress_bar=False)
            seconds.append(time.perf_counter() - began)
    theirs = 60 * len(texts) / seconds[-1]
    found.record("SentenceTransformer, documents per minute", round(theirs))
    if not setting.rehearsal:
        found.aim("1.5 times SentenceTransformer", per_minute >= 1.5 * theirs)
    cosine = smallest_cosine(encoder.encode(texts[:40]), vectors[:40])
    found.require("SentenceTransformer's vectors", cosine >= 0.999, f"smallest cosine {cosine:.6f}")
