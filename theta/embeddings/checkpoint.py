"""What a model's own files say of it: pooling, longest text, identity. No model is loaded."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta.errors import InvalidOption

POOLINGS = ("mean", "last", "cls")

_POOLING_NAMES = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_lasttoken": "last",
    "pooling_mode_cls_token": "cls",
    "mean": "mean",
    "lasttoken": "last",
    "cls": "cls",
}
_NO_LIMIT = 10**9  # tokenizers without a limit say 1e30
_SAMPLES = 256
_SAMPLE_BYTES = 4096


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
    dim : int
        Dimensions of a vector.
    pooling : str
        ``mean``, ``last`` or ``cls``.
    max_length : int
        Tokens that the model takes at most, special tokens included.
    lower_case : bool
        Whether texts are lower-cased before the tokenizer.
    fingerprint : str
        Differs where weights, tokenizer or configuration differ.
    adapter : Path or None
        Folder of a fine-tuned adapter that changes the model.
    """

    folder: Path
    name: str
    origin: str
    dim: int
    pooling: str
    max_length: int
    lower_case: bool
    fingerprint: str
    adapter: Path | None = None


def read_checkpoint(
    folder: Path, *, name: str, origin: str, pooling: str, max_length: int
) -> Checkpoint:
    """Return what the files in `folder` say.

    Parameters
    ----------
    folder : Path
        A model in the layout of Hugging Face, with or without the files of sentence-transformers.
    name, origin : str
    pooling : str
        Used where there is no ``modules.json``.
    max_length : int
        Tokens; the limits in the files lower it.

    Raises
    ------
    InvalidOption
        If it is not a model, has no safetensors weights, or ends in a module that this program
        does not have.
    """
    config = _read_json(folder / "config.json")
    if not config.get("hidden_size"):
        raise InvalidOption(f"{folder} is not a text model: no hidden_size in its config.json")
    if not any(folder.glob("*.safetensors")):
        raise InvalidOption(
            f"{folder} has no *.safetensors weights; pickled weights (*.bin) are never read, "
            "since reading them runs code"
        )
    bert_config = _read_json(folder / "sentence_bert_config.json")
    tokenizer_config = _read_json(folder / "tokenizer_config.json")
    limits = [
        max_length,
        bert_config.get("max_seq_length"),
        tokenizer_config.get("model_max_length"),
        config.get("max_position_embeddings"),
    ]
    known = [int(limit) for limit in limits if limit is not None and 0 < limit < _NO_LIMIT]
    return Checkpoint(
        folder=folder,
        name=name,
        origin=origin,
        dim=int(config["hidden_size"]),
        pooling=_read_pooling(folder) or pooling,
        max_length=min(known),
        lower_case=bool(bert_config.get("do_lower_case", False)),
        fingerprint=_fingerprint(folder),
    )


def _read_pooling(folder: Path) -> str | None:
    """Return the pooling named in the files of sentence-transformers, None without them."""
    modules = _read_json(folder / "modules.json")
    if not modules:
        return None
    pooling = None
    for module in modules:
        kind = module["type"].split(".")[-1]
        if kind == "Pooling":
            pooling = _pooling_of(_read_json(folder / module["path"] / "config.json"), folder)
        elif kind not in ("Transformer", "Normalize"):
            raise InvalidOption(f"{folder} has a module {kind}, which is not supported")
    return pooling


def _pooling_of(config: Mapping[str, Any], folder: Path) -> str:
    if "pooling_mode" in config:
        named = config["pooling_mode"]
        modes = [named] if isinstance(named, str) else list(named)
    else:
        modes = [key for key, value in config.items() if key.startswith("pooling_mode") and value]
    if len(modes) != 1 or modes[0] not in _POOLING_NAMES:
        raise InvalidOption(
            f"{folder} pools by {', '.join(modes)}: only {', '.join(POOLINGS)} are supported"
        )
    return _POOLING_NAMES[modes[0]]


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidOption(f"{path} is not valid JSON: {error}") from error


def _fingerprint(folder: Path) -> str:
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
    for path in sorted(small):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    for path in sorted(folder.glob("*.safetensors")):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}".encode())
        with path.open("rb") as handle:
            header = int.from_bytes(handle.read(8), "little")
            digest.update(handle.read(min(header, size)))
            for sample in range(_SAMPLES):
                handle.seek(size * sample // _SAMPLES, os.SEEK_SET)
                digest.update(handle.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:16]
