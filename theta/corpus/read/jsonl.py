"""JSON lines: one object per line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import IO, Any, NamedTuple

from theta.corpus.read.encoding import Encoding, bounded_lines, open_text
from theta.corpus.read.files import InputFile
from theta.corpus.read.header import Wanted
from theta.corpus.read.table import MAX_ROW_CHARACTERS, Row, Table, too_long

_SAMPLE_ROWS = 1000

_DEPTH = 4
"""Of objects inside an object that become columns."""


class Found(NamedTuple):
    """An object of the file, or the reason why it cannot be read."""

    line: int
    content: dict[str, Any] | None
    problem: str = ""


def read_jsonl(file: InputFile, wanted: Wanted) -> Table:
    """Return the objects of a JSON lines file as rows.

    The columns are the keys of the first thousand objects, in the order in which they appear.
    """
    handle, encoding = open_text(file)
    return table_of_objects(file.name, _objects(handle), encoding, wanted, handle)


def table_of_objects(
    name: str,
    objects: Iterator[Found],
    encoding: Encoding,
    wanted: Wanted,
    handle: IO[str] | None = None,
) -> Table:
    """Return objects as rows; the file that they are read from is closed after the last.

    If none of them has a text under a wanted name, what objects inside them hold becomes columns:
    ``{"doc": {"text": ...}}`` has the column ``doc.text``.
    """
    head = list(islice(objects, _SAMPLE_ROWS))
    if not any(one.content and is_record(one.content, wanted) for one in head):
        objects = (_flattened(one) for one in objects)
        head = [_flattened(one) for one in head]
    columns = tuple(dict.fromkeys(key for one in head if one.content for key in one.content))
    facts = {"encoding": encoding.name, "encoding_how": encoding.how}
    table = Table(name, columns, iter(()), facts, handle=handle, header=columns)
    table.rows = _rows(chain(head, objects), table)
    return table


def is_record(content: Mapping[str, Any], wanted: Wanted) -> bool:
    """Tell whether an object is one document: it has a text under a wanted name."""
    return any(isinstance(v, str) and wanted.is_header([k]) for k, v in content.items())


def _flattened(one: Found) -> Found:
    return one if one.content is None else one._replace(content=dict(_leaves(one.content)))


def _leaves(content: Mapping[str, Any], depth: int = _DEPTH) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, dict) and depth:
            for inner, leaf in _leaves(value, depth - 1):
                yield f"{name}.{inner}", leaf
        else:
            yield name, value


class RepeatedKey(ValueError):
    """An object has a key twice; the json module would drop the first."""


def parse(text: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    ValueError, RecursionError
        If it is not valid JSON, or an object has a key twice.
    """
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise RepeatedKey(f"an object has the key {twice!r} twice")
    return found


def text_of(value: Any) -> str:
    """Return a JSON value as a string: null as an empty string, a structure as JSON."""
    if isinstance(value, str):
        return value
    if value is None or value != value:  # NaN alone differs from itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list, bool)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _rows(objects: Iterator[Found], table: Table) -> Iterator[Row]:
    known = set(table.columns)
    late: set[str] = set()
    for line, found, problem in objects:
        if found is None:
            yield Row(line, None, problem)
            continue
        if not found.keys() <= known:
            late |= found.keys() - known
        yield Row(line, [text_of(found.get(column)) for column in table.columns])
    table.close()
    if late:
        names = ", ".join(sorted(late)[:10])
        table.notes.append(
            f"{table.name}: keys that the first {_SAMPLE_ROWS} objects do not have were ignored: "
            f"{names}"
        )


def _objects(handle: IO[str]) -> Iterator[Found]:
    for number, line in enumerate(bounded_lines(handle, MAX_ROW_CHARACTERS), start=1):
        if line is None:
            yield Found(number, None, too_long("a line"))
        elif line.strip():
            try:
                found = parse(line)
            except (ValueError, RecursionError) as error:
                yield Found(number, None, f"not valid JSON: {error}")
                continue
            if isinstance(found, dict):
                yield Found(number, found)
            else:
                yield Found(number, None, f"not a JSON object but {type(found).__name__}")
