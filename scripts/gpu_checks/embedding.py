"""Checks of embedding and of fine-tuning the embedding model."""

from __future__ import annotations

import copy
import gc
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch

from gpu_checks.block import Findings, Setting, run_forked
from gpu_checks.materials import (
    QWEN3,
    TINY,
    digest,
    encoder_of,
    random_qwen3,
    smallest_cosine,
    texts_of,
)
from tests.tiny_models import make_tiny_qwen3
from theta.embeddings import embed, shard_jobs
from theta.embeddings.encoder import Encoder, computing_on
from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.shard_jobs import Texts
from theta.errors import OutOfMemory
from theta.layout import EmbeddingFiles

_BF16 = torch.bfloat16
_FOUR_LAYERS = {**QWEN3["0.6B"], "num_hidden_layers": 4, "vocab_size": 512}


# --- the same vectors ----------------------------------------------------------------------


def check_vectors(setting: Setting, found: Findings) -> None:
    """Compare embeddings with those of the CPU, alone with in a batch, and twice."""
    shape = setting.choose(_FOUR_LAYERS, TINY)
    texts = texts_of(setting.choose(200, 12), 1, 120)
    # Made on the CPU, so that both have the same weights; bf16 ones there are read as float32.
    model = random_qwen3(shape, "cpu", setting.choose(_BF16, torch.float32))
    there = _encoder_of(copy.deepcopy(model).to(setting.device), max_length=256)
    here = _encoder_of(model.float(), max_length=256)
    together = there.encode(texts)
    cosine = smallest_cosine(together[:40], here.encode(texts[:40]))
    found.require("GPU and CPU", cosine >= 0.999, f"smallest cosine {cosine:.6f}")
    alone = np.concatenate([there.encode([text]) for text in texts[:12]])
    cosine = smallest_cosine(alone, together[:12])
    found.require("alone and in a batch", cosine >= 0.9995, f"smallest cosine {cosine:.6f}")
    found.record("alone and in a batch have the same bits", np.array_equal(alone, together[:12]))
    found.require("twice the same bits", np.array_equal(together, there.encode(texts)))


def check_embedding_resume(setting: Setting, found: Findings) -> None:
    """Resume an embedding of more than one block that was killed: the same bytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = make_tiny_qwen3(folder / "model", hidden_size=64)
        run = partial(run_forked, _embed_corpus, setting, model, limit=120)
        killed = run(folder / "a" / "x", 5)
        found.require("killed", killed.exit_code == -signal.SIGKILL, killed.log or None)
        for outcome in (run(folder / "a" / "x", None), run(folder / "b" / "x", None)):
            found.require("embedded", outcome.exit_code == 0, outcome.log or None)
        resumed, whole = ({p.name for p in (folder / one).rglob("*.npz")} for one in "ab")
        found.record("shards", len(whole))
        # A shard is named after its content.
        found.require("the same bytes", resumed == whole and len(whole) > 6)


def _embed_corpus(
    send: Callable[[Any], None], setting: Setting, model: Path, root: Path, kill_after: int | None
) -> None:
    write = embed.write_shard
    written = 0

    def write_or_die(*arguments: Any) -> Path:
        nonlocal written
        if written == kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
        written += 1
        return write(*arguments)

    texts = texts_of(setting.choose(9000, 150), 1, 12)
    settings = EmbeddingSettings(
        model_size="0.6B",
        models_dir=None,
        embedding_model=str(model),
        max_length=64,
        device=setting.device,
        progress=False,
        precision="bfloat16" if setting.device.startswith("cuda") else "float32",
    )
    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(embed, "write_shard", write_or_die))
        if setting.rehearsal:
            patches.enter_context(mock.patch.object(shard_jobs, "SHARD_TEXTS", 16))
            patches.enter_context(mock.patch.object(shard_jobs, "_BLOCK_TEXTS", 64))
        nothing = Texts.of([])
        embed.embed_corpus(
            Texts.of(texts),
            nothing,
            nothing,
            files=EmbeddingFiles(root),
            settings=settings,
            corpus_fingerprint="check",
        )
    send("done")


# --- memory --------------------------------------------------------------------------------


def check_out_of_memory(setting: Setting, found: Findings) -> None:
    """Embed with little memory: batches are halved, an impossible text ends with exit code 4."""
    shape = setting.choose({**QWEN3["0.6B"], "num_hidden_layers": 4, "vocab_size": 512}, TINY)
    longest = setting.choose(8192, 512)
    encoder = make_random_encoder(setting, shape, max_length=longest)
    texts = texts_of(setting.choose(200, 24), 60, 120)
    expected = encoder.encode(texts)
    encoder.token_budget = setting.choose(1 << 16, 1024)
    before = encoder.token_budget
    with _little_memory(setting, encoder, setting.choose(96, 400)):
        halved = encoder.encode(texts)
    budget = encoder.token_budget
    found.require("the batch was halved", budget < before, f"{before} to {budget} tokens")
    cosine = smallest_cosine(halved, expected)
    found.require("the same vectors", cosine >= 0.999, f"smallest cosine {cosine:.6f}")
    try:
        with _little_memory(setting, encoder, setting.choose(16, 100)):
            encoder.encode(texts_of(1, longest, longest))
    except OutOfMemory as error:
        found.require("exit code of an impossible text", error.exit_code == 4, str(error))
    else:
        found.require("an impossible text is refused", holds=False)
    again = encoder.encode(texts[:5])
    found.require("the encoder works on", smallest_cosine(again, expected[:5]) >= 0.999)


@contextmanager
def _little_memory(setting: Setting, encoder: Encoder, size: int) -> Iterator[None]:
    """Leave `size` MiB beside what is in use; in a rehearsal refuse batches of `size` tokens."""
    if setting.rehearsal:
        forward = encoder._model.forward

        def refuse(**inputs: torch.Tensor) -> Any:
            if inputs["input_ids"].numel() > size:
                raise RuntimeError("CUDA error: out of memory")
            return forward(**inputs)

        with mock.patch.object(encoder._model, "forward", refuse):
            yield
        return
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(setting.device).total_memory
    allowed = torch.cuda.memory_reserved(setting.device) + size * 2**20
    torch.cuda.set_per_process_memory_fraction(allowed / total, setting.device)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, setting.device)


def check_two_processes(setting: Setting, found: Findings) -> None:
    """Embed and train in two processes at once on one GPU: the same result."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: run_forked(_embed_and_train, setting, limit=200), range(2)))
    for outcome in both:
        found.require("it ended well", outcome.exit_code == 0, outcome.log or None)
    found.require("the same bits", both[0].messages == both[1].messages != [])
    found.record("seconds", [round(outcome.seconds, 1) for outcome in both])


def _embed_and_train(send: Callable[[Any], None], setting: Setting) -> None:
    from gpu_checks.training import train_some

    send(embed_some(setting))
    send(train_some(setting))


def embed_some(setting: Setting) -> str:
    """Embed a few texts with random weights of the 0.6B shape and return the hash of the bits."""
    shape = setting.choose(QWEN3["0.6B"], TINY)
    encoder = make_random_encoder(setting, shape, max_length=512)
    return digest(encoder.encode(texts_of(setting.choose(300, 10), 60, 400)))


# --- fine-tuning ---------------------------------------------------------------------------


def check_finetuning(setting: Setting, found: Findings) -> None:
    """Take steps of fine-tuning of each size: memory, seconds, and twice the same bits."""
    for size in setting.choose(tuple(QWEN3), ("0.6B",)):
        shape = setting.choose(QWEN3[size], TINY)
        first = _finetune(setting, shape)
        found.record(f"{size}: GiB at most", first["gib"])
        found.record(f"{size}: seconds per step", first["seconds"])
        found.require(f"{size}: losses are finite", bool(np.isfinite(first["losses"]).all()))
        if size == "0.6B":
            second = _finetune(setting, shape)
            same = first["bits"] == second["bits"] and first["losses"] == second["losses"]
            found.require(f"{size}: twice the same bits", same)
    if not setting.rehearsal:
        found.record("derived in the docs, GiB", "0.6B 3, 4B 12, 8B 21")


def _finetune(setting: Setting, shape: dict[str, int]) -> dict[str, Any]:
    from theta.devices import repeatable
    from theta.embeddings.adapter import DROPOUT, new_adapter, recompute_activations
    from theta.embeddings.settings import FinetuneSettings
    from theta.embeddings.training import Training, _take_step
    from theta.embeddings.training_windows import TrainingWindows

    # The default batch: 64 texts, each read twice in 64 tokens.
    n, length = setting.choose((64, 64), (6, 16))
    tuning = FinetuneSettings(supervised=False, finetune_epochs=3, finetune_batch_size=n, seed=0)
    if not setting.rehearsal:
        # Of the size before, whose parts refer to one another.
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    encoder = make_random_encoder(setting, shape, max_length=length)
    model = encoder._model
    torch.manual_seed(0)
    wrapped = new_adapter(model, tuning.lora_r, tuning.lora_alpha, DROPOUT)
    recompute_activations(model)
    encoder.token_budget = n * length * 2
    windows = TrainingWindows.of(texts_of(n, length, length), encoder.tokenizer, 1)
    training = Training("random", wrapped, encoder, windows, None, tuning)
    wrapped.train()
    seconds = []
    with computing_on(setting.device), repeatable(setting.device):
        for step in range(3):
            began = time.perf_counter()
            rows = training.epoch_batches(step)[0]
            training.losses.append(_take_step(training, rows, step))
            seconds.append(time.perf_counter() - began)
    weights = [p.detach().float().cpu().numpy() for p in training.parameters().values()]
    peak = 0 if setting.rehearsal else torch.cuda.max_memory_allocated()
    return {
        "losses": training.losses,
        "bits": digest(*weights),
        "seconds": round(min(seconds), 3),
        "gib": round(peak / 2**30, 1),
    }


def make_random_encoder(setting: Setting, shape: dict[str, int], *, max_length: int) -> Encoder:
    """Return the encoder of a random Qwen3 of a shape, made on the device."""
    model = random_qwen3(shape, setting.device, setting.choose(_BF16, torch.float32))
    return _encoder_of(model, max_length=max_length)


def _encoder_of(model: torch.nn.Module, *, max_length: int) -> Encoder:
    with tempfile.TemporaryDirectory() as folder:
        return encoder_of(model, Path(folder), max_length=max_length)
