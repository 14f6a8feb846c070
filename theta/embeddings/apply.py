"""Texts that come later, embedded in the space of finished embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.devices.threads import computing_with
from theta.embeddings.api import say_if_texts_leave
from theta.embeddings.assemble import keep_dimensions
from theta.embeddings.encoder import MULTIPLE
from theta.embeddings.engines import start_engine
from theta.embeddings.loading import load_encoder
from theta.embeddings.precision import as_recorded
from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.shard_jobs import Engine, ShardJob
from theta.embeddings.shards import hash_texts
from theta.embeddings.space import check_dim, find_space
from theta.errors import InvalidOption


class TextEncoder:
    """A loaded model that embeds text after text, as the corpus was embedded.

    On the CPU a text has the same bits wherever it stands. A matrix product of another shape may
    add in another order, so that in a batch that is filled up to its longest text a text's last
    bits depend on its neighbours, and one float16 vector in five differs. Here a text is filled up
    to a multiple of 16 tokens, with a mask: rows then begin at the same addresses, and what is
    added in which order no longer depends on the batch. With several threads it does, since they
    share a product by its shape; there each text goes through the model alone, and so it does
    where sentence-transformers runs the model. In bfloat16, and for BERT in any format, a
    product has the same shape in any company (see `Encoder`, `PackedEncoder`). On a GPU, a cluster
    or a server texts go in batches as those of the corpus do.

    Parameters
    ----------
    settings : EmbeddingSettings
    made_with : mapping
        `theta.embeddings.load.embedding_facts` of the embeddings that these vectors will be
        compared with.
    threads : int, optional
        Number of CPU threads; by default as many as torch is set to.

    Raises
    ------
    MissingFile
        If the model is not on this machine.
    InvalidOption
        If the settings lead to another space than `made_with`.
    """

    def __init__(
        self, settings: EmbeddingSettings, made_with: Mapping[str, Any], threads: int | None = None
    ) -> None:
        say_if_texts_leave(settings)
        settings = as_recorded(settings, made_with["space"])
        space = find_space(settings)
        if made_with["space"] != dict(space.facts):
            raise InvalidOption(
                f"the run uses vectors of {made_with['model']} ({made_with['space']}), but the "
                f"model found now is {space.model} ({dict(space.facts)}): their vectors are not "
                "comparable"
            )
        self._settings = settings
        self._made_with = made_with
        self._threads = threads
        self._dim: int = made_with["dim"]
        self._engine: Engine | None = None
        checkpoint = space.checkpoint
        on_cpu = settings.engine == "local" and settings.device == "cpu"
        self._one_by_one = on_cpu and checkpoint is not None
        if checkpoint is None or checkpoint.library_reason is not None or not on_cpu:
            self._engine = start_engine(space, settings)
            return
        self._encoder = load_encoder(checkpoint, settings, multiple=MULTIPLE)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float16]:
        """Return the unit-length vectors of some texts: (n_texts, dim)."""
        if not texts:
            return np.empty((0, self._dim), dtype=np.float16)
        with computing_with(self._threads):
            if self._engine is not None:
                vectors = self._encode_there(self._engine, texts)
            else:
                vectors = self._encode_here(texts)
        check_dim(self._settings, vectors.shape[1])
        if self._settings.embedding_dim is None and vectors.shape[1] != self._dim:
            raise InvalidOption(
                f"{self._made_with['model']} now gives vectors of {vectors.shape[1]} dimensions, "
                f"but the run uses vectors of {self._dim}: another model has this name"
            )
        return keep_dimensions(vectors.astype(np.float16), self._dim)

    def _encode_there(self, engine: Engine, texts: Sequence[str]) -> NDArray[np.float32]:
        groups = [[text] for text in texts] if self._one_by_one else [texts]
        jobs = (ShardJob(hash_texts(group, len(group)), group) for group in groups)
        return np.concatenate([embedded.vectors for embedded in engine.embed(jobs)])

    def _encode_here(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        if self._encoder.has_fixed_shapes or torch.get_num_threads() == 1:
            return self._encoder.encode(texts)
        # Several threads share a product by its shape, which has to be that of the text alone.
        return np.concatenate([self._encoder.encode([text]) for text in texts])
