"""Names of embedding models: the sizes of the table, and models that the user brings.

Vectors and runs are stored under these names, so no name may stand for two models.
"""

from __future__ import annotations

import re
from pathlib import Path

from theta.errors import InvalidOption
from theta.options.resolve import did_you_mean

MODEL_IDS = {
    "mini": "sentence-transformers/all-MiniLM-L6-v2",
    "mini_multilingual": "ibm-granite/granite-embedding-97m-multilingual-r2",
    "0.6B": "Qwen/Qwen3-Embedding-0.6B",
    "4B": "Qwen/Qwen3-Embedding-4B",
    "8B": "Qwen/Qwen3-Embedding-8B",
}
"""The model on the Hugging Face hub that each size stands for."""

SIZES = tuple(MODEL_IDS)
DEFAULT_SIZE = "0.6B"
AUTO = "auto"
"""As ``--model_size``: `DEFAULT_SIZE`, or the name of the model that the user brings."""

_RESERVED = ("auto", "baseline", "comparison", "tuning")
"""Folders of ``result/`` that are not named after an embedding model, and `AUTO`."""

_LONGEST = 64


def resolve_model_size(model_size: str, embedding_model: str | None) -> str:
    """Return the name under which vectors and runs are stored.

    Parameters
    ----------
    model_size : str
        ``--model_size``: `AUTO`, a size, or with `embedding_model` any name.
    embedding_model : str, optional
        ``--embedding_model``: a folder, a hub id or the model's name on a server.

    Raises
    ------
    InvalidOption
        If the name belongs to another model or to something else.
    """
    if embedding_model is None:
        return DEFAULT_SIZE if model_size == AUTO else model_size
    own_size = size_of(embedding_model)
    if model_size == AUTO:
        return own_size or model_name(embedding_model)
    if may_be_named(embedding_model, model_size):
        return model_size
    meaning = f"means {MODEL_IDS[model_size]}" if model_size in SIZES else "is a reserved name"
    usual = own_size or model_name(embedding_model)
    raise InvalidOption(
        f"--model_size {model_size} {meaning}, but --embedding_model names {embedding_model}: "
        f"leave --model_size out (vectors and runs are then stored under {usual}), or type "
        "another name"
    )


def may_be_named(embedding_model: str, name: str) -> bool:
    """Return whether vectors of a model may be stored under a name: it is of no other model."""
    return name == size_of(embedding_model) or not _is_taken(name)


def check_size(model_size: str) -> None:
    """Raise `InvalidOption` if `model_size` is not in the table and so names no model."""
    if model_size not in SIZES:
        raise InvalidOption(
            f"--model_size {model_size}: must be one of {', '.join(SIZES)}, or the name for the "
            f"model of --embedding_model{did_you_mean(model_size, SIZES)}"
        )


def size_of(embedding_model: str) -> str | None:
    """Return the size that a folder or hub id is the model of, None if it is of none."""
    folder = _last_part(embedding_model)
    folders = {model_id.split("/")[-1]: size for size, model_id in MODEL_IDS.items()}
    is_id = "/" in embedding_model and not embedding_model.startswith(("/", ".", "~"))
    if is_id and embedding_model.count("/") == 1 and not Path(embedding_model).exists():
        return next((s for s, model_id in MODEL_IDS.items() if model_id == embedding_model), None)
    return folders.get(folder)


def model_name(embedding_model: str) -> str:
    """Return a short name, safe as a folder's, for a model that the user brings.

    Examples
    --------
    >>> model_name("intfloat/multilingual-e5-small")
    'multilingual-e5-small'
    >>> model_name("models/mini/")
    'mini_model'
    """
    name = re.sub(r"[^\w.\-]+|\.\.+", "_", _last_part(embedding_model)).strip("._-")[:_LONGEST]
    name = name or "model"
    return f"{name}_model" if _is_taken(name) else name


def _is_taken(name: str) -> bool:
    # Without regard to case: some file systems make no difference.
    return name.lower() in {taken.lower() for taken in (*SIZES, *_RESERVED)}


def _last_part(embedding_model: str) -> str:
    path = Path(embedding_model).expanduser()
    if path.name in ("", ".."):
        path = path.resolve()
    # The cache of Hugging Face: models--ORGANISATION--NAME/snapshots/COMMIT.
    if path.parent.name == "snapshots" and path.parent.parent.name.startswith("models--"):
        return path.parent.parent.name.split("--")[-1]
    return path.name
