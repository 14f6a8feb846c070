"""Models that sentence-transformers itself runs: any layout that the library can load."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.devices import is_device_failure, is_out_of_memory, release_memory
from theta.embeddings.checkpoint import Checkpoint
from theta.embeddings.encoder import computing_on
from theta.embeddings.loading import dtype_of
from theta.embeddings.pieces import Pieces, Span, cut_texts
from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.shard_jobs import Embedded, ShardJob
from theta.errors import InvalidOption, OutOfMemory, ThetaError
from theta.libraries import load_library

log = logging.getLogger(__name__)


class LibraryEncoder:
    """A model in sentence-transformers' layout, run by sentence-transformers.

    Parameters
    ----------
    checkpoint : Checkpoint
    settings : EmbeddingSettings
        `max_length` has no effect on a model without a limit; `batch_size` is halved when memory
        runs out.

    Raises
    ------
    InvalidOption
        If the library cannot load the model.
    OutOfMemory
        If the weights alone do not fit.
    ThetaError
        If the library is not installed.
    """

    def __init__(self, checkpoint: Checkpoint, settings: EmbeddingSettings) -> None:
        self._model = _load(checkpoint, settings.device, settings.precision)
        self._name, self._prompt = checkpoint.name, checkpoint.prompt
        self._device, self._batch_size = settings.device, settings.batch_size
        self._all_pieces = settings.long_docs == "mean"
        self._max_length: int | None = None
        if checkpoint.max_length is not None:
            self._max_length = min(settings.max_length, checkpoint.max_length)
            self._model.max_seq_length = self._max_length

    def embed(self, jobs: Iterator[ShardJob]) -> Iterator[Embedded]:
        """Yield the shards embedded, in order."""
        for job in jobs:
            vectors, tokens = self.encode(job.texts)
            yield Embedded(job, vectors, tokens)

    def encode(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return (unit-length vectors, token counts) of some texts: (n_texts, dim), (n_texts, 2).

        Raises
        ------
        OutOfMemory
            If one text alone does not fit into the memory of the device.
        """
        cut = self._cut(texts)
        return cut.average(self._encode_pieces(cut.pieces)), cut.tokens

    def _cut(self, texts: Sequence[str]) -> Pieces:
        capacity = None
        if self._max_length is not None:
            (prompt,) = self._find_tokens([self._prompt.rstrip()])
            capacity = self._max_length - self._n_special_tokens() - len(prompt)
            if capacity < 1:
                raise InvalidOption(
                    f"--max_length {self._max_length} leaves no room for text beside the special "
                    "tokens and the prompt"
                )
        cut = cut_texts(texts, self._find_tokens, capacity, all_pieces=self._all_pieces)
        if self._all_pieces:
            return cut
        # The library cuts by itself, to the token; only the counts are needed.
        rows = np.arange(len(texts), dtype=np.intp)
        return Pieces(list(texts), rows, np.ones(len(texts), dtype=np.float32), cut.tokens)

    def _find_tokens(self, texts: Sequence[str]) -> list[list[Span]]:
        tokenizer = self._fast_tokenizer()
        # The library has set the truncation; here whole texts are counted.
        truncation, padding = tokenizer.truncation, tokenizer.padding
        tokenizer.no_truncation()
        tokenizer.no_padding()
        try:
            found = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        finally:
            if truncation is not None:
                tokenizer.enable_truncation(**truncation)
            if padding is not None:
                tokenizer.enable_padding(**padding)
        return [one.offsets for one in found]

    def _fast_tokenizer(self) -> Any:
        tokenizer = self._model.tokenizer
        fast = getattr(tokenizer, "backend_tokenizer", tokenizer)
        if not hasattr(fast, "encode_batch"):
            raise InvalidOption(f"{self._name} has no fast tokenizer (tokenizer.json)")
        return fast

    def _n_special_tokens(self) -> int:
        return int(self._fast_tokenizer().num_special_tokens_to_add(False))

    def _encode_pieces(self, pieces: Sequence[str]) -> NDArray[np.float32]:
        while True:
            try:
                with computing_on(self._device):
                    vectors: NDArray[np.float32] = self._model.encode_document(
                        list(pieces),
                        prompt=self._prompt,
                        batch_size=self._batch_size,
                        normalize_embeddings=True,
                        show_progress_bar=False,
                    )
                return vectors.astype(np.float32, copy=False)
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
            # Not in the handler: until it ends, the traceback keeps the activations alive.
            self._halve_batch()

    def _halve_batch(self) -> None:
        if self._batch_size == 1:
            raise OutOfMemory(
                f"one document does not fit into the memory of {self._device}: lower --max_length, "
                "or choose a smaller model"
            )
        self._batch_size //= 2
        log.warning(
            "Out of memory on %s: continuing with %d texts a batch.", self._device, self._batch_size
        )
        release_memory(self._device)


def _load(checkpoint: Checkpoint, device: str, precision: str) -> Any:
    library = load_library(
        "sentence_transformers",
        ThetaError(
            f"{checkpoint.name} ({checkpoint.library_reason}) needs a package: pip install "
            "'theta-topics[sentence-transformers]'"
        ),
    )
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    log.info("sentence-transformers runs %s (%s).", checkpoint.name, checkpoint.library_reason)
    # Only code that the user lets run may be fetched; the weights lie here.
    from_here = not checkpoint.trust_remote_code
    try:
        return library.SentenceTransformer(
            str(checkpoint.folder),
            device=device,
            local_files_only=from_here,
            trust_remote_code=checkpoint.trust_remote_code,
            model_kwargs={"use_safetensors": True, "dtype": dtype_of(precision, device)},
        )
    # The library lets the errors of transformers, tokenizers, safetensors and torch through.
    except Exception as error:
        if is_out_of_memory(error):
            raise OutOfMemory(
                f"the weights of {checkpoint.name} do not fit into the memory of {device}: choose "
                "a smaller model"
            ) from error
        if is_device_failure(error):
            raise
        said = " ".join(str(error).split())
        if "trust_remote_code" in said and not checkpoint.trust_remote_code:
            raise InvalidOption(
                f"{checkpoint.name} needs Python code of its own ({checkpoint.library_reason}): "
                f"read it in {checkpoint.folder} or on the hub, and add --trust_remote_code to run "
                "it"
            ) from error
        raise InvalidOption(
            f"sentence-transformers cannot load {checkpoint.name}: {said[:300]}"
        ) from error
