"""The space that vectors live in: one model, read in one way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from theta.embeddings.adapter import adapter_fingerprint
from theta.embeddings.checkpoint import Checkpoint
from theta.embeddings.locate import find_model
from theta.embeddings.settings import AUTO, NO_LIMIT, UNRECORDED, EmbeddingSettings
from theta.errors import InvalidOption
from theta.storage import fingerprint


@dataclass(frozen=True)
class Space:
    """Vectors of the same space can be compared; vectors of two spaces cannot.

    The number of dimensions that is kept is not part of it: whole vectors are stored. Nor is the
    device: what was begun on a GPU may be finished on a CPU, in the same precision.

    Attributes
    ----------
    model : str
        The model's name.
    origin : str
        Where it was found, or the server.
    dim : int or None
        Dimensions of a whole vector; None where only the server or the loaded model tells.
    max_length : int or None
        Tokens read at once, capped by the model; None without a limit.
    facts : mapping
        JSON-ready; what makes two spaces different.
    checkpoint : Checkpoint or None
        None where a server has the model.
    """

    model: str
    origin: str
    dim: int | None
    max_length: int | None
    facts: Mapping[str, Any]
    checkpoint: Checkpoint | None

    @cached_property
    def key(self) -> str:
        """A short name that differs where the facts differ."""
        return fingerprint(self.facts)


def find_space(settings: EmbeddingSettings) -> Space:
    """Return the space of some settings, without loading the model.

    Raises
    ------
    MissingFile
        If the model is nowhere on this machine, or the adapter is not finished.
    InvalidOption
        If the settings contradict one another or the model.
    """
    if settings.embedding_api_base is not None:
        return _space_of_server(settings, settings.embedding_api_base)
    checkpoint = find_checkpoint(settings)
    if settings.engine != "local" and checkpoint.library_reason is not None:
        raise InvalidOption(
            f"--engine {settings.engine} cannot run {checkpoint.name} "
            f"({checkpoint.library_reason}): use --engine local"
        )
    max_length = None
    if checkpoint.max_length is not None:
        max_length = min(settings.max_length, checkpoint.max_length)
    if checkpoint.dim is not None:
        check_dim(settings, checkpoint.dim)
    facts = {
        "model": checkpoint.fingerprint,
        "pooling": checkpoint.pooling,
        "max_length": max_length,
        "long_docs": settings.long_docs,
        **prompt_facts(checkpoint.prompt),
    }
    if checkpoint.trust_remote_code:
        facts["remote_code"] = True
    # Absent where it is not known, so that vectors made before it was recorded stay valid.
    if settings.precision not in (AUTO, UNRECORDED):
        facts["precision"] = settings.precision
    if settings.adapter is not None:
        facts["adapter"] = adapter_fingerprint(settings.adapter)
        checkpoint = replace(checkpoint, adapter=settings.adapter)
    return Space(
        model=checkpoint.name,
        origin=checkpoint.origin,
        dim=checkpoint.dim,
        max_length=max_length,
        facts=facts,
        checkpoint=checkpoint,
    )


def find_checkpoint(settings: EmbeddingSettings) -> Checkpoint:
    """Return the model of some settings with the prompt that they ask for; loads no weights.

    Raises
    ------
    MissingFile
        If it is nowhere on this machine.
    InvalidOption
        If it is not a model that can be read.
    """
    checkpoint = find_model(
        settings.model_size,
        models_dir=settings.models_dir,
        embedding_model=settings.embedding_model,
        trust_remote_code=settings.trust_remote_code,
    )
    if settings.embedding_prompt is None:
        return checkpoint
    return replace(checkpoint, prompt=settings.embedding_prompt)


def prompt_facts(prompt: str) -> dict[str, str]:
    """Return the part of the facts that says which prompt the texts were given.

    Empty where there is none, so that vectors made before there were prompts stay valid.
    """
    return {"prompt": prompt} if prompt else {}


def check_dim(settings: EmbeddingSettings, dim: int) -> None:
    """Raise `InvalidOption` if more dimensions are asked for than a whole vector has."""
    if settings.embedding_dim is not None and settings.embedding_dim > dim:
        raise InvalidOption(
            f"--embedding_dim {settings.embedding_dim}: the model has {dim} dimensions"
        )


def _space_of_server(settings: EmbeddingSettings, base: str) -> Space:
    if settings.embedding_model is None:
        raise InvalidOption(
            "--embedding_api_base needs --embedding_model, the model's name on the server"
        )
    if settings.precision not in (AUTO, UNRECORDED):
        raise InvalidOption(
            f"--precision {settings.precision}: a server computes in its own; leave it out with "
            "--embedding_api_base"
        )
    if settings.engine != "local":
        raise InvalidOption(
            f"--engine {settings.engine} is for weights on your own machines; "
            "leave it out with --embedding_api_base"
        )
    facts: dict[str, Any] = {"server": base.rstrip("/"), "model": settings.embedding_model}
    # Before texts were cut here, the server alone decided: such records lack these facts.
    if settings.max_length < NO_LIMIT:
        facts |= {"max_length": settings.max_length, "long_docs": settings.long_docs}
    return Space(
        model=settings.embedding_model,
        origin=base,
        dim=None,
        max_length=settings.max_length if settings.max_length < NO_LIMIT else None,
        facts={**facts, **prompt_facts(settings.embedding_prompt or "")},
        checkpoint=None,
    )
