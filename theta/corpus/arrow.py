"""Texts and numbers in and out of Arrow.

Arrow's own conversions from and to Python import pandas, which takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow
from numpy.typing import NDArray


def to_strings(texts: Sequence[str]) -> pyarrow.LargeStringArray:
    """Return texts as an Arrow array."""
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    data = pyarrow.py_buffer(b"".join(encoded))
    return pyarrow.LargeStringArray.from_buffers(len(texts), pyarrow.py_buffer(offsets), data)


def to_numbers(column: Any) -> NDArray[Any]:
    """Return an Arrow column of numbers, none of them missing, as a read-only array."""
    values = column.combine_chunks() if isinstance(column, pyarrow.ChunkedArray) else column
    return np.from_dlpack(values)
