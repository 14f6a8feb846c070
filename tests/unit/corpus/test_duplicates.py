from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from theta.corpus import streams
from theta.corpus.duplicates import find_repeats
from theta.corpus.streams import ArrayFile


def repeats(folder: Path, digests: list[int], absent: tuple[int, ...] = ()) -> dict[int, int]:
    file = ArrayFile(folder / "digests", np.uint64)
    file.append(np.array(digests, np.uint64))
    present = np.ones(len(digests), np.bool_)
    present[list(absent)] = False
    found = find_repeats(file, present)
    assert (np.diff(found.rows) > 0).all()
    return dict(zip(found.rows.tolist(), found.originals.tolist(), strict=True))


def test_rows_repeat_the_first_of_their_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_PIECE", 3)
    digests = [7, 2**64 - 1, 5, 7, 0, 5, 7, 2**64 - 1, 1, 0]
    assert repeats(tmp_path, digests) == {3: 0, 5: 2, 6: 0, 7: 1, 9: 4}
    assert repeats(tmp_path, digests, absent=(0, 5, 7)) == {6: 3, 9: 4}
    assert repeats(tmp_path, [3, 1, 2]) == {}
    assert repeats(tmp_path, [4, 4], absent=(0, 1)) == {}
    assert repeats(tmp_path, []) == {}


def test_many_rows_agree_with_a_dictionary(tmp_path: Path) -> None:
    digests = np.random.default_rng(0).integers(0, 400, 1000).tolist()
    first: dict[int, int] = {}
    expected = {
        row: first[digest]
        for row, digest in enumerate(digests)
        if first.setdefault(digest, row) != row
    }
    assert repeats(tmp_path, digests) == expected
