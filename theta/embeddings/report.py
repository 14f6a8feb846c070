"""What an embedding run records and says of itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.embeddings.adapter import adapter_facts
from theta.embeddings.settings import EmbeddingReport, EmbeddingSettings
from theta.embeddings.shard_jobs import Texts
from theta.embeddings.shards import UNKNOWN_TOKENS
from theta.embeddings.space import Space
from theta.options import Scope, in_scope
from theta.options.prepare import EmbeddingOptions

log = logging.getLogger(__name__)

_MUCH = 0.5
"""Share of all tokens; a warning if more are not read."""


def make_report(
    *,
    space: Space,
    settings: EmbeddingSettings,
    tokens: NDArray[np.int32],
    dim: int,
    n_texts: int,
    n_embedded: int,
    damaged: tuple[str, ...],
    seconds: float,
) -> EmbeddingReport:
    """Return the report; `tokens` are those of each document and of its first window."""
    known = bool((tokens != UNKNOWN_TOKENS).all())
    whole, first = tokens.sum(axis=0, dtype=np.int64)
    return EmbeddingReport(
        model=space.model,
        origin=space.origin,
        n_docs=len(tokens),
        n_texts=n_texts,
        n_embedded=n_embedded,
        dim=dim,
        max_length=space.max_length,
        long_docs=settings.long_docs,
        n_long=int(np.count_nonzero(tokens[:, 0] > tokens[:, 1])) if known else None,
        long_share=float((whole - first) / max(1, whole)) if known else None,
        damaged=damaged,
        seconds=seconds,
    )


def truncated_rows(tokens: NDArray[np.int32], settings: EmbeddingSettings) -> NDArray[np.int64]:
    """Return the rows of the documents whose end is not read; `tokens` as in `make_report`."""
    if settings.long_docs != "truncate":
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(tokens[:, 0] > tokens[:, 1]).astype(np.int64)


def describe_origin(
    space: Space, settings: EmbeddingSettings, corpus_fingerprint: str, report: EmbeddingReport
) -> dict[str, Any]:
    """Return what finished embeddings stand on, for their manifest."""
    facts = asdict(report)
    # What depends on the run and not on its result stays out, so that equal results are equal.
    for passing in ("n_embedded", "damaged", "seconds"):
        del facts[passing]
    return {
        "corpus": corpus_fingerprint,
        **{name: getattr(settings, name) for name in in_scope(EmbeddingOptions, Scope.COMPARE)},
        "embedding_model": _as_found_again(settings.embedding_model),
        "space": dict(space.facts),
        "threads": _threads(settings),
        "finetune": None if settings.adapter is None else dict(adapter_facts(settings.adapter)),
        **facts,
    }


def _threads(settings: EmbeddingSettings) -> int | None:
    """Return the number of CPU threads, which the last bits depend on; None if others compute."""
    if settings.engine != "local" or settings.embedding_api_base or settings.device != "cpu":
        return None
    import torch

    return torch.get_num_threads()


def _as_found_again(embedding_model: str | None) -> str | None:
    """Return a folder with its whole path, so that it is found from any other folder."""
    if embedding_model is None or not Path(embedding_model).expanduser().is_dir():
        return embedding_model
    return str(Path(embedding_model).expanduser().resolve())


def say_reading(space: Space, settings: EmbeddingSettings) -> None:
    """Say which prompt the model is given, and where it reads fewer tokens than were asked for."""
    prompt = space.facts.get("prompt")
    if prompt:
        log.info("Each text is embedded with the prompt %r before it (--embedding_prompt).", prompt)
    if space.checkpoint is None and space.max_length is not None:
        log.info(
            "A server does not give its tokenizer: --max_length %d is counted in tokens estimated "
            "from the letters.",
            space.max_length,
        )
    if space.max_length is not None and space.max_length < settings.max_length:
        log.info(
            "--max_length %d is capped at %d tokens, the limit of %s.",
            settings.max_length,
            space.max_length,
            space.model,
        )


def say_start(space: Space, parts: Mapping[str, Texts], n_left: int) -> None:
    """Say what is about to be embedded, and with what."""
    log.info(
        "Embedding %d documents, %d words and %d test halves with %s (%s): %d texts to do.",
        *(part.n for part in parts.values()),
        space.model,
        space.origin,
        n_left,
    )


def say_end(report: EmbeddingReport) -> None:
    """Say what was done, and how much of the text was beyond one window."""
    log.info(
        "Embedded %d texts in %.1f s; %d were there already. Vectors have %d dimensions.",
        report.n_embedded,
        report.seconds,
        report.n_texts - report.n_embedded,
        report.dim,
    )
    if report.n_long:
        lost = report.long_share or 0 if report.long_docs == "truncate" else 0
        level = logging.WARNING if lost > _MUCH else logging.INFO
        fate = "were not read" if report.long_docs == "truncate" else "went into further windows"
        log.log(
            level,
            "%d of %d documents are longer than %d tokens; %.1f %% of all tokens %s.%s",
            report.n_long,
            report.n_docs,
            report.max_length,
            100 * (report.long_share or 0),
            fate,
            " --long_docs mean reads them." if level == logging.WARNING else "",
        )
