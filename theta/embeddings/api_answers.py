"""What an embedding server answered, checked before it is believed."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.errors import ThetaError

_FEWEST_DIMENSIONS = 2
"""A vector of unit length with one dimension can only be 1 or -1."""

_SHOWN = 200
"""Characters of an answer that a message shows."""


def read_answer(content: str, n_texts: int, server: str) -> NDArray[np.float32]:
    """Return the vectors in an answer, in the order of the texts: (n_texts, dim).

    Parameters
    ----------
    content : str
        The body: an object of the OpenAI protocol. Each vector is a list of numbers or the base64
        of little-endian float32. Vectors without an ``index`` are in the order of the texts.
    n_texts : int
    server : str
        For messages.

    Raises
    ------
    ThetaError
        If it is not such an object, or does not have one finite vector, other than zero, of one
        length per text.
    """
    rows = _rows(content, server)
    if len(rows) != n_texts:
        raise ThetaError(f"{server} returned {len(rows)} vectors for {n_texts} texts")
    vectors = [_vector(row.get("embedding"), server) for row in _ordered(rows, server)]
    dims = sorted({len(vector) for vector in vectors})
    if len(dims) > 1:
        raise ThetaError(
            f"{server} returned vectors of different lengths in one answer: "
            f"{', '.join(map(str, dims))} dimensions"
        )
    if dims[0] < _FEWEST_DIMENSIONS:
        raise ThetaError(
            f"{server} returned vectors of {dims[0]} dimensions: its model does not work"
        )
    array = np.stack(vectors)
    norms = np.linalg.norm(array, axis=1)
    if not np.isfinite(norms).all():
        raise ThetaError(
            f"{server} returned NaN or infinite values in {int((~np.isfinite(norms)).sum())} of "
            f"{n_texts} vectors: its model overflows, as some do in float16; start the server with "
            "bfloat16 or float32"
        )
    if not norms.all():
        raise ThetaError(
            f"{server} returned {int(np.count_nonzero(norms == 0))} vectors of zeros alone: its "
            "model does not work"
        )
    return array


def _rows(content: str, server: str) -> list[Mapping[str, Any]]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):  # also an endless number, or 100,000 brackets
        raise ThetaError(
            f"{server} did not answer with JSON but with {_shortened(content)}: is the URL right? "
            "It mostly ends in /v1"
        ) from None
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        failed = isinstance(answer, dict) and answer.get("error")
        error = answer["error"] if failed else answer
        said = error.get("message", error) if isinstance(error, dict) else error
        hint = (
            "what it has embedded is kept: run the same command again"
            if failed
            else "is it an OpenAI-compatible server? The URL mostly ends in /v1"
        )
        raise ThetaError(f"{server} returned no vectors but {_shortened(str(said))}; {hint}")
    return data


def _ordered(rows: Sequence[Mapping[str, Any]], server: str) -> list[Mapping[str, Any]]:
    indices = [row.get("index") for row in rows]
    if all(index is None for index in indices):
        return list(rows)
    numbers = [index for index in indices if isinstance(index, (int, float))]
    if len(numbers) < len(rows) or set(numbers) != set(range(len(rows))):
        shown = ", ".join(map(repr, indices[:5])) + (", ..." if len(indices) > 5 else "")
        raise ThetaError(
            f"{server} numbers the vectors of {len(rows)} texts {shown} instead of 0 to "
            f"{len(rows) - 1}: which vector is of which text is unknown"
        )
    places = dict(zip(numbers, rows, strict=True))
    return [places[number] for number in range(len(rows))]


def _vector(value: Any, server: str) -> NDArray[np.float32]:
    try:
        if isinstance(value, str):
            return np.frombuffer(base64.b64decode(value, validate=True), dtype="<f4")
        numbers = np.asarray(value)
        is_vector = numbers.ndim == 1 and numbers.dtype.kind in "iuf"
        vector = numbers.astype(np.float32) if is_vector else np.empty((0, 0), dtype=np.float32)
    except (binascii.Error, TypeError, ValueError):
        vector = np.empty((0, 0), dtype=np.float32)
    if vector.ndim != 1:
        raise ThetaError(
            f"{server} returned {_shortened(str(value))} in place of a vector: neither a list of "
            "numbers nor base64 of float32"
        )
    return vector


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}...")
