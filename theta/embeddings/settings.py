"""What to embed with and how, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LONG_DOCS = ("truncate", "mean")
ENGINES = ("local", "ray")


@dataclass(frozen=True)
class EmbeddingSettings:
    """How texts become vectors. The options own the defaults.

    Attributes
    ----------
    model_size : str
        A key of `theta.embeddings.sizes.SIZES`.
    models_dir : Path or None
        THETA_MODELS_DIR.
    embedding_model : str or None
        A folder or a hub id; with `embedding_api_base`, the model's name on the server.
    embedding_dim : int or None
        Keep the first dimensions only and renormalise (Matryoshka; Kusupati et al. 2022).
    max_length : int
        Tokens of a text that the model sees at once; the model's own limit caps it.
    long_docs : str
        ``truncate`` or ``mean`` (windows averaged by their token counts).
    batch_size : int
        Documents in a batch, at most.
    device : str
        ``cpu`` or ``cuda:N``.
    engine : str
        ``local`` or ``ray``.
    ray_address : str or None
        None starts Ray on this machine.
    embedding_api_base : str or None
        URL of a server that speaks the OpenAI embeddings protocol. Texts are sent to it.
    embedding_api_key_env : str or None
        Name of the environment variable that holds the server's key.
    progress : bool
        Show a bar where the console is a terminal.
    adapter : Path or None
        Folder of a fine-tuned adapter that changes the model.
    """

    model_size: str
    models_dir: Path | None
    embedding_model: str | None
    embedding_dim: int | None
    max_length: int
    long_docs: str
    batch_size: int
    device: str
    engine: str
    ray_address: str | None
    embedding_api_base: str | None
    embedding_api_key_env: str | None
    progress: bool
    adapter: Path | None = None


@dataclass(frozen=True)
class FinetuneSettings:
    """How the embedding model is fine-tuned. The options own the defaults.

    Attributes
    ----------
    supervised : bool
        On the labels of the training documents; else on the texts alone (SimCSE).
    epochs : int
    learning_rate : float
        The highest, after the warm-up.
    lora_r, lora_alpha : int
        Rank of the adapter, and its scale α.
    batch_size : int
        Texts compared with one another in a step.
    seed : int
    """

    supervised: bool
    epochs: int
    learning_rate: float
    lora_r: int
    lora_alpha: int
    batch_size: int
    seed: int

    def facts(self) -> dict[str, Any]:
        """Return the settings, JSON-ready."""
        return asdict(self)


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
        Tokens, after the model's own limit; None where a server did the tokenising.
    long_docs : str
    n_long : int or None
        Documents longer than `max_length`; None where a server did the tokenising.
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
