"""What a model's own files say of it: pooling, longest text, identity. No model is loaded."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from theta.embeddings.module_files import (
    CAUSAL_ARCHITECTURES,
    OWN_ARCHITECTURES,
    ModuleFiles,
    read_document_prompt,
    read_json,
    read_module_files,
)
from theta.errors import InvalidOption

_NO_LIMIT = 10**9  # tokenizers without a limit say 1e30
_SAMPLES = 256
_SAMPLE_BYTES = 4096
_OFFSET_POSITIONS = ("mpnet", "roberta", "xlm-roberta")
"""Architectures that count positions from the padding token's id + 1 on."""


@dataclass(frozen=True)
class Checkpoint:
    """A model on this machine, as its files describe it.

    Attributes
    ----------
    folder : Path
    name : str
        For messages and manifests: the hub id or the folder's name.
    origin : str
        Where it was found.
    dim : int or None
        Dimensions of a vector; None where only the loaded model tells.
    pooling : str
        ``mean``, ``last`` or ``cls``; another text where the library pools.
    max_length : int or None
        Tokens that the model takes at most, special tokens included; None where it always reads
        the whole text.
    lower_case : bool
        Whether texts are lower-cased before the tokenizer.
    fingerprint : str
        Differs where weights, tokenizer or configuration differ.
    prompt : str
        Text put before every document.
    library_reason : str or None
        What only sentence-transformers itself can run; None where `theta.embeddings.encoder` runs
        the model, faster and with the same vectors.
    trust_remote_code : bool
        It comes with Python code, and the user lets it run.
    adapter : Path or None
        Folder of a fine-tuned adapter that changes the model.
    """

    folder: Path
    name: str
    origin: str
    dim: int | None
    pooling: str
    max_length: int | None
    lower_case: bool
    fingerprint: str
    prompt: str = ""
    library_reason: str | None = None
    trust_remote_code: bool = False
    adapter: Path | None = None


def read_checkpoint(
    folder: Path,
    *,
    name: str,
    origin: str,
    pooling: str | None = None,
    max_length: int | None = None,
    trust_remote_code: bool = False,
) -> Checkpoint:
    """Return what the files in `folder` say.

    Parameters
    ----------
    folder : Path
        A model in the layout of Hugging Face, with or without the files of sentence-transformers.
    name, origin : str
    pooling : str, optional
        Used where there is no ``modules.json``; not given: as sentence-transformers does, the last
        token of a causal model and the mean of any other.
    max_length : int, optional
        Tokens; the limits in the files lower it.
    trust_remote_code : bool
        The user lets Python code run that comes with the model.

    Raises
    ------
    InvalidOption
        If it is not a model, or a part of it has no safetensors weights.
    """
    config = read_json(folder / "config.json")
    modules = read_module_files(folder)
    architecture = config.get("model_type")
    if not modules.kinds and not architecture:
        raise InvalidOption(
            f"{folder} is not a text model: it has neither modules.json nor a model_type in "
            "config.json"
        )
    _refuse_pickled(folder, modules)
    reason = modules.library_reason
    runs_code = trust_remote_code and (modules.has_own_code or "auto_map" in config)
    if reason is None and runs_code:
        reason = "code of its own"
    elif reason is None and architecture not in OWN_ARCHITECTURES:
        reason = f"architecture {architecture}"
    usual = "last" if architecture in CAUSAL_ARCHITECTURES else "mean"
    if modules.kinds:
        pooling = modules.pooling or reason
    elif reason is not None:
        pooling = "that of sentence-transformers"
    dim = config.get("hidden_size") or config.get("dim")
    lower_case = read_json(folder / "sentence_bert_config.json").get("do_lower_case", False)
    return Checkpoint(
        folder=folder,
        name=name,
        origin=origin,
        dim=int(dim) if dim and reason is None else None,
        pooling=pooling or usual,
        max_length=None if modules.is_static else _read_limit(modules, folder, max_length),
        lower_case=bool(lower_case),
        fingerprint=_fingerprint(folder, modules),
        prompt=read_document_prompt(folder),
        library_reason=reason,
        trust_remote_code=runs_code,
    )


def _refuse_pickled(folder: Path, modules: ModuleFiles) -> None:
    for place in dict.fromkeys([*modules.folders, *([] if modules.kinds else [folder])]):
        pickled = [*place.glob("pytorch_model*.bin"), *place.glob("*.pt")]
        is_bare = not modules.kinds or place == folder
        if not any(place.glob("*.safetensors")) and (pickled or is_bare):
            raise InvalidOption(
                f"{place} has no *.safetensors weights; pickled weights (*.bin) are never read, "
                "since reading them runs code"
            )


def _read_limit(modules: ModuleFiles, root: Path, max_length: int | None) -> int:
    """Return the tokens that the model takes at most, the lowest of what the files say."""
    # Older models have their transformer in a folder of its own.
    places = dict(zip(modules.kinds, modules.folders, strict=True))
    folder = places.get("Transformer", root)
    config = read_json(folder / "config.json")
    positions = config.get("max_position_embeddings")
    if positions is not None and config.get("model_type") in _OFFSET_POSITIONS:
        padding = config.get("pad_token_id")
        positions -= (1 if padding is None else padding) + 1
    limits = {
        "--max_length": max_length,
        "max_seq_length": read_json(folder / "sentence_bert_config.json").get("max_seq_length"),
        "model_max_length": read_json(folder / "tokenizer_config.json").get("model_max_length"),
        "max_position_embeddings": positions,
    }
    for name, limit in limits.items():
        if limit is not None and not isinstance(limit, (int, float)):
            raise InvalidOption(
                f"the model in {folder} has {name} {limit!r}, which is not a number"
            )
    return min(int(one) for one in [*limits.values(), _NO_LIMIT] if one is not None and one > 0)


def _fingerprint(folder: Path, modules: ModuleFiles) -> str:
    """Return the identity of a model from its small files and from samples of its weights.

    Sixteen gigabytes are not hashed to name a model: of each weights file the size, the header and
    256 blocks spread over it are. Any training changes them all; a single flipped bit may pass.
    """
    digest = hashlib.sha256()
    small = [
        *folder.glob("config.json"),
        *folder.glob("modules.json"),
        *folder.glob("sentence_bert_config.json"),
        *folder.glob("tokenizer*.json"),
        *folder.glob("vocab.*"),
        *folder.glob("merges.txt"),
        *folder.glob("*_Pooling/config.json"),
    ]
    with_weights = [
        place
        for kind, place in zip(modules.kinds, modules.folders, strict=True)
        if kind not in ("Pooling", "Normalize") and place != folder
    ]
    for path in sorted(small):
        _digest_whole(digest, path, folder)
    for path in sorted(folder.glob("*.safetensors")):
        _digest_samples(digest, path)
    for place in with_weights:
        for path in sorted([*place.glob("*.json"), *place.glob("vocab.*")]):
            _digest_whole(digest, path, folder)
        for path in sorted(place.glob("*.safetensors")):
            _digest_samples(digest, path)
    for path in sorted(folder.glob("**/*.py")):
        _digest_whole(digest, path, folder)
    return digest.hexdigest()[:16]


def _digest_whole(digest: hashlib._Hash, path: Path, folder: Path) -> None:
    digest.update(path.relative_to(folder).as_posix().encode())
    digest.update(path.read_bytes())


def _digest_samples(digest: hashlib._Hash, path: Path) -> None:
    size = path.stat().st_size
    digest.update(f"{path.name} {size}".encode())
    with path.open("rb") as handle:
        header = int.from_bytes(handle.read(8), "little")
        digest.update(handle.read(min(header, size)))
        for sample in range(_SAMPLES):
            handle.seek(size * sample // _SAMPLES, os.SEEK_SET)
            digest.update(handle.read(_SAMPLE_BYTES))
