"""JSON lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from theta.corpus.read.encoding import bounded_lines, open_text
from theta.corpus.read.table import MAX_ROW_CHARACTERS, Row, Table

_SAMPLE_ROWS = 1000


def read_jsonl(path: Path) -> Table:
    """Return the objects of a JSON lines file as rows.

    The columns are the keys of the first thousand objects, in the order in which they appear.
    """
    handle, encoding = open_text(path)
    objects = _objects(handle)
    head = list(islice(objects, _SAMPLE_ROWS))
    columns = tuple(dict.fromkeys(key for _, found, _ in head if found for key in found))
    table = Table(
        path.name,
        columns,
        iter(()),
        {"encoding": encoding.name, "encoding_how": encoding.how},
        handle=handle,
    )
    table.rows = _rows(chain(head, objects), table, handle)
    return table


def text_of(value: Any) -> str:
    """Return a JSON value as a text: nothing as the empty text, a structure as JSON."""
    if isinstance(value, str):
        return value
    if value is None or value != value:  # NaN alone differs from itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list, bool)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _rows(
    objects: Iterator[tuple[int, dict[str, Any] | None, str]], table: Table, handle: IO[str]
) -> Iterator[Row]:
    known = set(table.columns)
    late: set[str] = set()
    with handle:
        for line, found, problem in objects:
            if found is None:
                yield Row(line, None, problem)
                continue
            if not found.keys() <= known:
                late |= found.keys() - known
            yield Row(line, [text_of(found.get(column)) for column in table.columns])
    if late:
        names = ", ".join(sorted(late)[:10])
        table.notes.append(
            f"{table.name}: keys that the first {_SAMPLE_ROWS} objects do not have were ignored: "
            f"{names}"
        )


def _objects(handle: IO[str]) -> Iterator[tuple[int, dict[str, Any] | None, str]]:
    for number, line in enumerate(bounded_lines(handle, MAX_ROW_CHARACTERS), start=1):
        if line is None:
            yield number, None, f"a line is longer than {MAX_ROW_CHARACTERS:,} characters"
        elif line.strip():
            try:
                found = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, None, f"not valid JSON: {error}"
                continue
            if isinstance(found, dict):
                yield number, found, ""
            else:
                yield number, None, f"not a JSON object but {type(found).__name__}"
