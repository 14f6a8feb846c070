from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from theta.corpus.streams import ArrayFile, write_archive
from theta.storage import read_npz

VECTORS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=20),
    hnp.arrays(st.sampled_from([np.int32, np.int64, np.float32]), st.integers(0, 50)),
    max_size=4,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VECTORS)
@pytest.mark.parametrize("mapped", [False, True])
def test_archives_come_back_aligned(
    tmp_path: Path, mapped: bool, vectors: dict[str, np.ndarray]
) -> None:
    path = tmp_path / "a.npz"
    write_archive(path, vectors)
    back = read_npz(path, mapped=mapped)
    assert back.keys() == vectors.keys()
    for name, vector in vectors.items():
        np.testing.assert_array_equal(back[name], vector)
        assert back[name].dtype == vector.dtype
        assert back[name].flags.aligned


def test_large_vectors_are_written_in_pieces(tmp_path: Path) -> None:
    vector = np.arange(3_000_000, dtype=np.int32)
    write_archive(tmp_path / "a.npz", {"v": vector})
    assert (read_npz(tmp_path / "a.npz", mapped=True)["v"] == vector).all()


def test_array_file_grows(tmp_path: Path) -> None:
    file = ArrayFile(tmp_path / "a", np.int32)
    for piece in ([1, 2], [], [3]):
        file.append(np.array(piece))
    assert file.length == 3
    assert [piece.tolist() for piece in file.pieces([2, 0, 1])] == [[1, 2], [], [3]]
    assert [piece.tolist() for piece in file.pieces()] == [[1, 2, 3]]
    assert [piece.tolist() for piece in ArrayFile(tmp_path / "b", np.int64).pieces()] == [[]]


def test_array_file_in_an_archive(tmp_path: Path) -> None:
    file = ArrayFile(tmp_path / "a", np.int32)
    file.append(np.arange(5))
    write_archive(tmp_path / "a.npz", {"v": file, "w": np.ones(2)})
    back = read_npz(tmp_path / "a.npz", mapped=True)
    assert back["v"].tolist() == [0, 1, 2, 3, 4]
    assert back["w"].tolist() == [1, 1]
