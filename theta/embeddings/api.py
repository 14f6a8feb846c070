"""Embedding through a server that speaks the OpenAI embeddings protocol."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.shard_jobs import Embedded, ShardJob
from theta.embeddings.shards import UNKNOWN_TOKENS
from theta.errors import InvalidOption, ThetaError
from theta.libraries import load_library

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

_REQUESTS_AT_ONCE = 8
_RETRIES = 6
_TIMEOUT_SECONDS = 120.0


def say_if_texts_leave(settings: EmbeddingSettings) -> None:
    """Tell the user, before anything else, that texts leave this process and where they go."""
    if settings.embedding_api_base is not None:
        log.warning(
            "Texts leave this process: they are sent to %s, to be embedded by %s.",
            settings.embedding_api_base,
            settings.embedding_model,
        )


class ApiEngine:
    """A server: vLLM, TEI, Ollama, a cloud.

    Parameters
    ----------
    settings : EmbeddingSettings
        With `embedding_api_base` and `embedding_model`.

    Raises
    ------
    InvalidOption
        If the variable that should hold the key is not set.
    ThetaError
        If the client is not installed.
    """

    def __init__(self, settings: EmbeddingSettings) -> None:
        missing = "--embedding_api_base needs a package: pip install 'theta-topics[api]'"
        openai = load_library("openai", ThetaError(missing))
        self._settings = settings
        # A key is only sent where it was named: never the one in OPENAI_API_KEY by itself.
        self._client = openai.OpenAI(
            base_url=settings.embedding_api_base,
            api_key=_key(settings.embedding_api_key_env) or "none",
            max_retries=_RETRIES,
            timeout=_TIMEOUT_SECONDS,
        )

    def embed(self, jobs: Iterator[ShardJob]) -> Iterator[Embedded]:
        """Yield the shards embedded, in order."""
        size = self._settings.batch_size
        with ThreadPoolExecutor(_REQUESTS_AT_ONCE, thread_name_prefix="api") as pool:
            for job in jobs:
                batches = [
                    job.texts[start : start + size] for start in range(0, len(job.texts), size)
                ]
                vectors = np.concatenate(list(pool.map(self._request, batches)))
                unknown = np.full((len(vectors), 2), UNKNOWN_TOKENS, dtype=np.int32)
                yield Embedded(job, vectors, unknown)

    def _request(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit-length vectors of one batch; the client retries with backoff."""
        import openai

        try:
            answer = self._client.embeddings.create(
                model=str(self._settings.embedding_model),
                input=list(texts),
                encoding_format="float",
            )
        except openai.OpenAIError as error:
            said = " ".join(str(error).split())
            raise ThetaError(
                f"{self._settings.embedding_api_base} did not embed {len(texts)} texts: {said}"
            ) from error
        return _vectors_of(answer, len(texts), str(self._settings.embedding_api_base))


def _vectors_of(answer: Any, n_texts: int, server: str) -> NDArray[np.float32]:
    rows = sorted(answer.data, key=lambda item: item.index)
    if [item.index for item in rows] != list(range(n_texts)):
        raise ThetaError(f"{server} answered {len(rows)} vectors for {n_texts} texts")
    vectors = np.array([item.embedding for item in rows], dtype=np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(norms, np.finfo(np.float32).tiny)


def _key(variable: str | None) -> str | None:
    if variable is None:
        return None
    key = os.environ.get(variable)
    if not key:
        raise InvalidOption(
            f"--embedding_api_key_env {variable}: this environment variable is not set"
        )
    return key
