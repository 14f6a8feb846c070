from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theta.embeddings.shards import (
    Shard,
    ShardEntry,
    ShardIndex,
    hash_texts,
    read_shard,
    remove_unfinished,
    scan_shards,
    write_shard,
)
from theta.storage import Damaged

RNG = np.random.default_rng(0)


def make_shard(texts: list[str], dim: int = 4) -> Shard:
    vectors = RNG.normal(size=(len(texts), dim)).astype(np.float16)
    tokens = np.array([[len(text), 1] for text in texts], dtype=np.int32).reshape(-1, 2)
    return Shard(hash_texts(texts, len(texts)), vectors, tokens)


def index_of(*shards: Shard) -> ShardIndex:
    return ShardIndex([ShardEntry.of(Path(str(i)), shard) for i, shard in enumerate(shards)])


def test_what_is_written_is_read(tmp_path: Path) -> None:
    shard = make_shard(["a", "b", ""])
    read = read_shard(write_shard(tmp_path, shard))
    for name in ("hashes", "vectors", "tokens"):
        np.testing.assert_array_equal(getattr(read, name), getattr(shard, name))


def test_the_same_shard_written_twice_is_one_file(tmp_path: Path) -> None:
    shard = make_shard(["a"])
    assert write_shard(tmp_path, shard) == write_shard(tmp_path, shard)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_one_changed_byte_anywhere_is_found(tmp_path: Path, place: float) -> None:
    path = write_shard(tmp_path, make_shard([str(i) for i in range(50)], dim=64))
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1
    path.write_bytes(content)
    assert scan_shards(tmp_path) == ([], [path])
    with pytest.raises(Damaged, match=path.name):
        read_shard(path)


def test_a_checksum_that_the_container_cannot_see(tmp_path: Path) -> None:
    # A sound .npz whose vectors were exchanged: only our own checksum can tell.
    path = write_shard(tmp_path, make_shard(["a", "b"]))
    with np.load(path) as arrays:
        changed = dict(arrays)
    changed["vectors"] = changed["vectors"][::-1]
    np.savez(path, **changed)
    with pytest.raises(Damaged, match="checksum"):
        read_shard(path)


def test_truncated_empty_and_foreign_files_are_damaged(tmp_path: Path) -> None:
    path = write_shard(tmp_path, make_shard(["a", "b"]))
    whole = path.read_bytes()
    for content in (whole[:-10], whole[:50], b""):
        path.write_bytes(content)
        assert scan_shards(tmp_path)[1] == [path]
    np.savez(path, something=np.zeros(3))
    assert scan_shards(tmp_path)[1] == [path]


def test_half_written_files_are_not_shards_and_are_removed(tmp_path: Path) -> None:
    path = write_shard(tmp_path, make_shard(["a"]))
    (tmp_path / "tmpabc.unfinished").write_bytes(b"half")
    assert [entry.path for entry in scan_shards(tmp_path)[0]] == [path]
    remove_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


@given(
    st.lists(st.lists(st.text(max_size=4), max_size=6), max_size=4),
    st.lists(st.text(max_size=4), max_size=8),
)
def test_index_agrees_with_a_dictionary(shards: list[list[str]], asked: list[str]) -> None:
    index = index_of(*(make_shard(texts) for texts in shards))
    known = {text for texts in shards for text in texts}
    places = index.find(hash_texts(asked, len(asked)))
    assert [place >= 0 for place in places] == [text in known for text in asked]
    there = [text for text in asked if text in known]
    found = places[places >= 0]
    assert index.tokens(found)[:, 0].tolist() == [len(text) for text in there]
    for path, positions, rows in index.by_shard(found):
        for position, row in zip(positions, rows, strict=True):
            assert shards[int(str(path))][row] == there[position]


def test_hashes_that_agree_in_their_first_half_are_distinguished() -> None:
    hashes = np.array([[7, 3], [7, 1], [9, 1], [7, 2]], dtype=np.uint64)
    shard = Shard(hashes, np.zeros((4, 1), np.float16), np.arange(8, dtype=np.int32).reshape(4, 2))
    index = index_of(shard)
    places = index.find(np.array([[7, 1], [7, 2], [7, 3], [9, 1], [7, 4], [9, 2]], np.uint64))
    assert index.tokens(places[:4])[:, 0].tolist() == [2, 6, 0, 4]
    assert places[4:].tolist() == [-1, -1]


def test_hash_of_a_lone_surrogate_and_of_a_wrong_count() -> None:
    assert hash_texts(["\ud800"], 1).shape == (1, 2)
    for n in (1, 3):
        with pytest.raises(ValueError, match="2 texts came"):
            hash_texts(["a", "b"], n)
