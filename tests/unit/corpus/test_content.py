from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow
import pytest

from theta.corpus.content import hash_rows, name_hashes, with_row_numbers

TABLE = {
    "id": ["a", "b", "c", "d"],
    "text": ["one two", "two", "", "one"],
    "line": [2, 3, 5, 6],
    "half_at": pyarrow.array([None, 1, None, 0], pyarrow.int32()),
    "time": pyarrow.array([date(1969, 12, 31), None, date(1970, 1, 1), None], pyarrow.date32()),
    "user.label": ["x", None, "", "x"],
}
IDS = np.array([0, 1, 1, 3, 0], np.int32)
LENGTHS = np.array([2, 1, 0, 2])
HALVES = np.array([-1, 0, -1, 1], np.int32)


def content(rows: slice = slice(None), **changed: object) -> int:
    table = pyarrow.table({**TABLE, **changed})  # type: ignore[arg-type]
    start, stop, _ = rows.indices(4)
    ends = np.concatenate([[0], np.cumsum(LENGTHS)])
    ids = IDS[ends[start] : ends[stop]]
    part = table.slice(start, stop - start)
    return hash_rows(part, np.arange(4)[rows], ids, LENGTHS[rows], HALVES[rows])


def test_parts_add_up_to_the_whole() -> None:
    whole = content()
    for at in range(5):
        assert (content(slice(0, at)) + content(slice(at, None))) % 2**64 == whole


OTHERS = {
    "id": "z",
    "text": "z",
    "line": 9,
    "half_at": 7,
    "time": date(2000, 1, 1),
    "user.label": "z",
}


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_cell_matters(name: str) -> None:
    column = pyarrow.table(TABLE)[name]
    seen = {content()}
    for row in range(4):
        for value in {OTHERS[name], None} - {column[row].as_py()}:
            values = column.to_pylist()
            values[row] = value
            seen.add(content(**{name: pyarrow.array(values, column.type)}))
    assert len(seen) == 1 + 8 - column.null_count
    renamed = {f"{old}_" if old == name else old: values for old, values in TABLE.items()}
    table = pyarrow.table(renamed)
    assert hash_rows(table, np.arange(4), IDS, LENGTHS, HALVES) not in seen


def test_tokens_their_order_and_halves_matter() -> None:
    def of(ids: list[int], lengths: list[int], halves: list[int]) -> int:
        table = pyarrow.table(TABLE)
        arrays = np.array(ids, np.int32), np.array(lengths), np.array(halves, np.int32)
        return hash_rows(table, np.arange(4), *arrays)

    variants = [
        ([0, 1, 1, 3, 0], [2, 1, 0, 2], [-1, 0, -1, 1]),
        ([1, 0, 1, 3, 0], [2, 1, 0, 2], [-1, 0, -1, 1]),
        ([0, 1, 1, 3, 0], [2, 0, 1, 2], [-1, 0, -1, 1]),
        ([0, 1, 1, 3, 0], [2, 1, 0, 2], [-1, 1, -1, 1]),
        ([0, 1, 1, 3, 0], [2, 1, 0, 2], [-1, -1, -1, 1]),
    ]
    assert len({of(*variant) for variant in variants}) == len(variants)
    assert of(*variants[0]) == content()


def test_a_row_without_an_id_is_named_by_its_number() -> None:
    names = ["11", None, "x", None, "0", "007", "13"]
    hashes = with_row_numbers(name_hashes(names), 10)
    equal = np.argwhere(hashes[:, None] == hashes[None, :])
    # The rows are 11 to 17.
    assert [(a, b) for a, b in equal.tolist() if a < b] == []
    assert hashes[0] == with_row_numbers(name_hashes([None]), 10)[0]
    assert hashes[3] == name_hashes(["14"])[0]
    assert name_hashes(["７"])[0] != name_hashes(["7"])[0]
