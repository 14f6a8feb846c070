"""The number format that an embedding model computes in."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from theta.embeddings.load import embedding_facts
from theta.embeddings.loading import precision_of
from theta.embeddings.settings import AUTO, UNRECORDED, EmbeddingSettings
from theta.embeddings.space import find_space
from theta.errors import MissingFile
from theta.layout import EmbeddingFiles
from theta.storage import Damaged

log = logging.getLogger(__name__)

_LEAST_SPEEDUP = 1.25
"""How much faster bfloat16 must multiply: norms and activations do not gain from it."""

_SECONDS = 0.25
"""How long each of the two formats is timed."""

_ARM_BF16 = "bf16"
_CPU_FACTS = Path("/proc/cpuinfo")


def settle_precision(settings: EmbeddingSettings, files: EmbeddingFiles) -> EmbeddingSettings:
    """Return the settings with `auto` replaced by what it means for one set of embeddings.

    What a part of the vectors was made in stays for the rest, on whichever machine they are
    finished; only where there are none yet does the device decide.

    Parameters
    ----------
    settings : EmbeddingSettings
        With the device that embeds.
    files : EmbeddingFiles

    Raises
    ------
    MissingFile
        If the model is not on this machine.
    """
    if settings.precision != AUTO:
        return settings
    begun = begun_in(settings, files)
    if begun is not None:
        if begun.precision not in (UNRECORDED, _fast_format(settings.device)):
            log.info(
                "Computing in %s, as the vectors that are there already; --precision makes all of "
                "them again in another format.",
                begun.precision,
            )
        return begun
    checkpoint = find_space(settings).checkpoint
    if checkpoint is not None and checkpoint.library_reason is not None:
        # sentence-transformers batches as it likes; fixed shapes are this program's own.
        return replace(settings, precision=precision_of(settings.device))
    return replace(settings, precision=choose_precision(settings.device))


def begun_in(settings: EmbeddingSettings, files: EmbeddingFiles) -> EmbeddingSettings | None:
    """Return the settings with the precision of the vectors on disk; None where there are none.

    A server computes in its own, which is not known.

    Parameters
    ----------
    settings : EmbeddingSettings
        With the precision `auto`.
    files : EmbeddingFiles
    """
    if settings.embedding_api_base is not None:
        return replace(settings, precision=UNRECORDED)
    candidates = [replace(settings, precision=name) for name in ("bfloat16", "float32", UNRECORDED)]
    spaces = [find_space(candidate) for candidate in candidates]
    try:
        finished = embedding_facts(files, fix="")["space"]
    except (MissingFile, Damaged):
        finished = None
    for candidate, space in zip(candidates, spaces, strict=True):
        if finished == dict(space.facts):
            return candidate
    counts = [len(list(files.shard_folder(space.key).glob("*.npz"))) for space in spaces]
    return candidates[counts.index(max(counts))] if any(counts) else None


def as_recorded(settings: EmbeddingSettings, space: Mapping[str, Any]) -> EmbeddingSettings:
    """Return the settings with `auto` replaced by the precision in the facts of a space."""
    if settings.precision != AUTO:
        return settings
    return replace(settings, precision=space.get("precision", UNRECORDED))


def choose_precision(device: str) -> str:
    """Return the faster of bfloat16 and float32 on a device; on a CPU a measurement decides.

    A Mac's GPU computes in float32 unless bfloat16 is asked for: older ones do not have it.
    """
    if device != "cpu":
        return _fast_format(device)
    if not multiplies_bfloat16():
        return "float32"
    speedup = measure_speedup()
    chosen = "bfloat16" if speedup >= _LEAST_SPEEDUP else "float32"
    log.info(
        "Computing in %s: this CPU multiplies matrices in bfloat16 %.1f times as fast as in "
        "float32 (--precision chooses otherwise).",
        chosen,
        speedup,
    )
    return chosen


def _fast_format(device: str) -> str:
    """Return the format that a device is presumed to be faster in, without a measurement."""
    if device.startswith("cuda") or (device == "cpu" and multiplies_bfloat16()):
        return "bfloat16"
    return "float32"


def multiplies_bfloat16() -> bool:
    """Return whether the CPU has instructions for products in bfloat16 that torch can use.

    AMX and AVX512-BF16 by torch's own test, which honours the operating system; Arm's by the
    features that Linux lists. Elsewhere bfloat16 is emulated, which takes longer than float32.
    """
    import torch

    if not torch.backends.mkldnn.is_available():
        return False
    # Private, but nothing public asks the processor; a torch without them says no.
    tests = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    if any(getattr(torch.cpu, name, lambda: False)() for name in tests):
        return True
    return _ARM_BF16 in _arm_features()


def _arm_features() -> list[str]:
    try:
        lines = _CPU_FACTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    listed = (line.partition(":")[2].split() for line in lines if line.startswith("Features"))
    return next(listed, [])


@cache
def measure_speedup() -> float:
    """Return how many times as fast as float32 this CPU multiplies in bfloat16, in half a second.

    The best of several products counts for each format, since other programs only ever slow one
    down. The shape is that of a feed-forward layer of MiniLM over 512 tokens.
    """
    import torch

    best = {}
    for dtype in (torch.float32, torch.bfloat16):
        tokens = torch.ones(512, 384, dtype=dtype)
        weights = torch.ones(1536, 384, dtype=dtype)
        seconds: list[float] = []
        until = time.perf_counter() + _SECONDS
        # The first product of a format also chooses its kernel.
        while len(seconds) < 3 or time.perf_counter() < until:
            started = time.perf_counter()
            torch.nn.functional.linear(tokens, weights)
            seconds.append(time.perf_counter() - started)
        best[dtype] = min(seconds)
    return best[torch.float32] / best[torch.bfloat16]
