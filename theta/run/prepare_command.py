"""The command that prepares data as they were prepared before."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from theta import storage
from theta.errors import MissingFile
from theta.layout import ProjectPaths
from theta.options import PrepareOptions, declarations
from theta.options.model_names import may_be_named
from theta.run.config import flag_words

_OF_EMBEDDING = (
    "embedding_model",
    "embedding_api_base",
    "embedding_api_key_env",
    "embedding_dim",
    "embedding_prompt",
    "trust_remote_code",
    "long_docs",
    "max_length",
)
"""Options that the provenance of embeddings has under their own names."""

_OF_FINETUNING = {
    "finetune_epochs": "epochs",
    "finetune_lr": "learning_rate",
    "finetune_batch_size": "batch_size",
    "lora_r": "lora_r",
    "lora_alpha": "lora_alpha",
}
"""Options of the fine-tuning, and their names in the provenance of embeddings."""


def prepare_command(
    dataset: str,
    size: str,
    mode: str,
    project: ProjectPaths,
    *,
    with_embeddings: bool,
    embedding_model: str | None = None,
) -> str:
    """Return the command that prepares what is missing, with the settings of the last preparation.

    Other settings would make another corpus, which outdates the embeddings of other sizes, use
    another model, or fine-tune the model again. `embedding_model` comes from the user's command,
    for data that have never been prepared.
    """
    words = ["python", "prepare_data.py", "--dataset", dataset]
    words += ["--model", "theta"] if with_embeddings else ["--model", "baseline"]
    if with_embeddings:
        root = project.embeddings(dataset, size, mode).root
        facts = _recorded(root)
        made_with = {n: facts[n] for n in _OF_EMBEDDING if facts.get(n) is not None}
        tuned = facts.get("finetune") or {}
        named = made_with.get("embedding_model") or embedding_model
        # Earlier versions stored the vectors of a user's model under a size.
        if named is None or may_be_named(named, size):
            words += ["--model_size", size]
        words += ["--mode", mode]
        tuning = {name: tuned[fact] for name, fact in _OF_FINETUNING.items() if fact in tuned}
        words += _flags({"embedding_model": named, **made_with, **tuning})
    words += _flags(_recorded(project.corpus(dataset).root).get("settings") or {})
    return shlex.join(words)


def _recorded(root: Path) -> Mapping[str, Any]:
    """Return the provenance of a finished folder; empty if it has none."""
    try:
        facts: Mapping[str, Any] = storage.read_manifest(root, "")["stands_on"]
    except (MissingFile, storage.Damaged):
        return {}
    return facts


def _flags(settings: Mapping[str, Any]) -> list[str]:
    """Return the flags of the settings that differ from the defaults."""
    declared = declarations(PrepareOptions)
    words: list[str] = []
    for name, value in settings.items():
        if name in declared:
            words += flag_words(declared[name], value)
    return words
