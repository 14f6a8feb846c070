"""Arrow arrays of texts and numbers."""

from __future__ import annotations

import numpy as np
import pyarrow
import pytest

from theta.corpus.arrow import to_numbers, to_strings


@pytest.mark.parametrize("texts", [[], [""], ["a b", "", "\u4e3b\u9898 \U0001f600", "x" * 1000]])
def test_strings_are_those_of_arrow(texts: list[str]) -> None:
    assert to_strings(texts).equals(pyarrow.array(texts, pyarrow.large_string()))


def test_numbers_of_whole_and_chunked_columns() -> None:
    whole = pyarrow.array([1, -2, 3], pyarrow.int8())
    assert to_numbers(whole).tolist() == [1, -2, 3]
    assert to_numbers(whole).dtype == np.int8
    assert to_numbers(pyarrow.chunked_array([whole, whole[1:]])).tolist() == [1, -2, 3, -2, 3]
    assert to_numbers(pyarrow.chunked_array([], pyarrow.int32())).tolist() == []
