"""What to embed with and how, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from theta.options.prepare import EmbeddingOptions, FinetuneOptions

_RECORDED = {
    "finetune_epochs": "epochs",
    "finetune_lr": "learning_rate",
    "finetune_batch_size": "batch_size",
}
"""Options that the facts of an adapter have by shorter names."""

NO_LIMIT = 10**9
"""As `max_length`: texts are sent to a server uncut."""
AUTO = "auto"
USUAL_BATCH = 32
_GPU_BATCH = 512
"""Documents of a shard: only the tokens limit a batch. Headlines then take a fifth of the batches,
each of which costs a GPU the same time whether it is full or not."""

UNRECORDED = "unrecorded"
"""The precision of vectors made before it was recorded: float32 on the CPU, bfloat16 on CUDA."""


@dataclass(frozen=True, kw_only=True)
class EmbeddingSettings(EmbeddingOptions):
    """The options of the embedding, and what the machine and the run add to them.

    Attributes
    ----------
    models_dir : Path or None
        THETA_MODELS_DIR.
    batch_size : int
        Of `choose_batch_size`.
    device : str
        ``cpu`` or ``cuda:N``.
    progress : bool
        Show a bar where the console is a terminal.
    adapter : Path or None
        Folder of a fine-tuned adapter that changes the model.
    precision : str
        ``float32``, ``bfloat16`` or `UNRECORDED`; `AUTO` until `theta.embeddings.precision` has
        replaced it by one of these.
    """

    models_dir: Path | None
    device: str
    progress: bool
    batch_size: int = USUAL_BATCH
    adapter: Path | None = None


def choose_batch_size(asked: int | str, device: str, api_base: str | None) -> int:
    """Return the most documents per batch, or per request to a server."""
    if asked != AUTO:
        return int(asked)
    return _GPU_BATCH if device.startswith("cuda") and api_base is None else USUAL_BATCH


@dataclass(frozen=True, kw_only=True)
class FinetuneSettings(FinetuneOptions):
    """The options of the fine-tuning, with the number of epochs resolved.

    Attributes
    ----------
    supervised : bool
        On the labels of the training documents; else on the texts alone (SimCSE).
    finetune_epochs : int
    seed : int
    """

    supervised: bool
    finetune_epochs: int
    seed: int

    def facts(self) -> dict[str, Any]:
        """Return the settings, JSON-ready."""
        return {_RECORDED.get(name, name): value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class EmbeddingReport:
    """What an embedding run did.

    Attributes
    ----------
    model, origin : str
        Which model, and where it was found.
    n_docs : int
    n_texts : int
        Distinct documents, words and test halves.
    n_embedded : int
        Of these, embedded now; the others were there already.
    dim : int
    max_length : int or None
        Tokens, after the model's own limit; None where there is none.
    long_docs : str
    n_long : int or None
        Documents longer than `max_length`, by estimate where a server has the model.
    long_share : float or None
        Share of all tokens of the documents that lies beyond `max_length`: unseen with
        ``truncate``, in later windows with ``mean``.
    damaged : tuple of str
        Shards that were found damaged and made anew.
    seconds : float
    """

    model: str
    origin: str
    n_docs: int
    n_texts: int
    n_embedded: int
    dim: int
    max_length: int | None
    long_docs: str
    n_long: int | None
    long_share: float | None
    damaged: tuple[str, ...]
    seconds: float
