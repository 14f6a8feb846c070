"""Errors of models whose files are damaged, incomplete or of another model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from theta.devices import is_device_failure, is_out_of_memory
from theta.errors import InvalidOption, ThetaError

_SHOWN = 300
"""Characters of a library's message that an error shows."""

_UNUSED = "pooler"
"""Weights that no vector depends on, and which many published models lack."""


@contextmanager
def naming_broken_model(name: str, folder: Path) -> Iterator[None]:
    """Turn the errors of loading a model into one line; for calls of libraries only.

    Parameters
    ----------
    name : str
    folder : Path
    """
    try:
        yield
    except ThetaError:
        raise
    # transformers, tokenizers and safetensors raise almost anything, Exception itself included.
    except Exception as error:
        if is_out_of_memory(error) or is_device_failure(error) or _lacks_attention(error):
            raise
        said = " ".join(str(error).split()) or type(error).__name__
        # torch raises it for damaged files, but for much else too.
        are = "may be" if isinstance(error, RuntimeError) else "are"
        raise InvalidOption(
            f"{name} cannot be loaded: {said[:_SHOWN]}; its files in {folder} {are} damaged or "
            "incomplete: download it again or name another with --embedding_model"
        ) from error


def _lacks_attention(error: Exception) -> bool:
    """Return whether an architecture has no fused attention, which the caller replaces."""
    return isinstance(error, ValueError) and "scaled_dot_product_attention" in str(error)


def refuse_other_weights(name: str, folder: Path, loaded: Mapping[str, Any]) -> None:
    """Raise `InvalidOption` if a part of a model is not in its file of weights.

    transformers would fill it with random numbers.

    Parameters
    ----------
    name : str
    folder : Path
    loaded : mapping
        The loading info of transformers.
    """
    missing = sorted(key for key in loaded["missing_keys"] if _UNUSED not in key)
    unlike = sorted(str(key[0]) for key in loaded["mismatched_keys"] if _UNUSED not in key[0])
    problems = [
        f"{len(keys)} of its weights {what} (such as {keys[0]})"
        for keys, what in ((missing, "are missing"), (unlike, "have another shape"))
        if keys
    ]
    if problems:
        raise InvalidOption(
            f"{name} cannot be used: {' and '.join(problems)} in {folder}, whose config.json may "
            "be that of another model; download it again"
        )
