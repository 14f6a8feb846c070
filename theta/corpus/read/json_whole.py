"""JSON documents: an array of objects, an object of arrays, or nested ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from theta.corpus.read.encoding import open_text
from theta.corpus.read.files import InputFile
from theta.corpus.read.header import NO_HEADER, Wanted, positions
from theta.corpus.read.jsonl import Found, is_record, parse, read_jsonl, table_of_objects, text_of
from theta.corpus.read.table import MAX_ROW_CHARACTERS, Row, Table, clean_columns, too_long
from theta.errors import InvalidOption

MAX_CHARACTERS = 256 * 1024 * 1024
"""Limit of a document, which is read at once; JSON lines files have no limit."""

_TO_LINES = "jq -c '.[]' FILE.json > FILE.jsonl"


def read_json(file: InputFile, wanted: Wanted) -> Table:
    """Return the rows of a JSON document; a row's line is its number, from 1.

    Supported are: an array of objects, of arrays or of strings; an object of arrays (or of objects
    by row, as pandas writes them), one per column; one of these under a key, at any depth; an
    object with ``columns`` and ``data``; a single object, which is one row. JSON lines are detected
    whatever the name of the file.

    Raises
    ------
    InvalidOption
        If it is not valid JSON, longer than `MAX_CHARACTERS`, or has none or several tables.
    """
    if _has_json_lines(file):
        return read_jsonl(file, wanted)
    handle, encoding = open_text(file)
    with handle:
        text = handle.read(MAX_CHARACTERS + 1)
    if len(text) > MAX_CHARACTERS:
        raise InvalidOption(
            f"{file} is longer than {MAX_CHARACTERS:,} characters, the limit of a JSON document; "
            f"write one object per line into a .jsonl file, which may be of any length: {_TO_LINES}"
        )
    try:
        content = parse(text)
    except RecursionError:
        raise InvalidOption(f"{file} is not valid JSON: it is nested too deeply") from None
    except ValueError as error:
        raise InvalidOption(f"{file} is not valid JSON: {error}") from error
    key, found = _find_table(content, file, wanted)
    if any(isinstance(one, list) for one in found):
        table = _of_arrays(file, found, wanted)
    else:
        table = table_of_objects(file.name, _records(found), encoding, wanted)
    table.facts |= {"encoding": encoding.name, "encoding_how": encoding.how}
    if key:
        table.notes.append(f"{file.name}: the documents are those under the key {key!r}")
    return table


def _has_json_lines(file: InputFile) -> bool:
    """Return whether the first line is an object that is followed by more."""
    handle, _ = open_text(file)
    with handle:
        first = handle.readline(MAX_ROW_CHARACTERS)
        while first and not first.strip():
            first = handle.readline(MAX_ROW_CHARACTERS)
        if not handle.read(4096).strip():
            return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _find_table(content: Any, file: InputFile, wanted: Wanted) -> tuple[str, list[Any]]:
    """Return the key of the table, empty at the top, and its rows."""
    if isinstance(content, dict) and is_record(content, wanted):
        return "", [content]
    tables = dict(_tables(content, "", wanted))
    nested = {key: rows for key, rows in tables.items() if isinstance(rows[0], (dict, list))}
    tables = nested or tables
    if len(tables) == 1:
        return next(iter(tables.items()))
    if isinstance(content, dict) and content and not tables:
        return "", [content]
    if not tables:
        raise InvalidOption(
            f"{file} has no array of objects and no object of arrays (one array per column)"
        )
    raise InvalidOption(
        f"{file} has several arrays: {_listed(tables)}; keep the one with the documents, or make "
        "all of one length if each is a column"
    )


def _listed(tables: Mapping[str, list[Any]]) -> str:
    return ", ".join(f"{key!r} ({len(rows):,})" for key, rows in tables.items())


def _tables(content: Any, key: str, wanted: Wanted) -> Iterator[tuple[str, list[Any]]]:
    """Yield the candidates for the table, as arrays of rows, by key."""
    if isinstance(content, list):
        if content:
            yield key, content
    elif isinstance(content, dict):
        rows = _rows_of(content, wanted)
        if rows:
            yield key, rows
            return
        for name, part in content.items():
            yield from _tables(part, f"{key}.{name}" if key else name, wanted)


def _rows_of(content: Mapping[str, Any], wanted: Wanted) -> list[Any] | None:
    """Return the rows of an object that is a table, or None."""
    parts = list(content.values())
    if {"columns", "data"} <= content.keys() and all(
        isinstance(content[name], list) for name in ("columns", "data")
    ):
        return [content["columns"], *content["data"]]  # pandas' orient="split"
    if all(isinstance(part, list) for part in parts):
        scalars = not any(isinstance(one, dict) for part in parts for one in part)
        if scalars and len({len(part) for part in parts}) == 1:
            return [dict(zip(content, row, strict=True)) for row in zip(*parts, strict=True)]
        return None
    if not all(isinstance(part, dict) for part in parts):
        return None
    if all(is_record(part, wanted) for part in parts):  # {"0": {"text": ...}, "1": {...}}
        return [part if "id" in part else {"id": name, **part} for name, part in content.items()]
    rows = list(parts[0]) if parts else []
    if all(row.isdecimal() for row in rows) and all(list(part) == rows for part in parts):
        # {"text": {"0": ..., "1": ...}}: a data frame of pandas, column by column.
        return [{name: part[row] for name, part in content.items()} for row in rows]
    return None


def _records(found: list[Any]) -> Iterator[Found]:
    for number, one in enumerate(found, start=1):
        if isinstance(one, str):
            one = {"text": one}
        if not isinstance(one, dict):
            yield Found(number, None, f"not a JSON object but {type(one).__name__}")
        elif sum(len(value) for value in one.values() if isinstance(value, str)) > (
            MAX_ROW_CHARACTERS
        ):
            yield Found(number, None, too_long())
        else:
            yield Found(number, one)


def _of_arrays(file: InputFile, found: list[Any], wanted: Wanted) -> Table:
    """Return the rows of an array of arrays, the first of which may be the header."""
    cells = [[text_of(value) for value in one] if isinstance(one, list) else None for one in found]
    first = next((row for row in cells if row), [])
    has_header = wanted.header_row([first]) is not None
    columns = clean_columns(first) if has_header else positions(len(first))

    def rows() -> Iterator[Row]:
        header_seen = not has_header
        for number, row in enumerate(cells, start=1):
            if row is not None and not header_seen:
                header_seen = True
            elif row is None or len(row) != len(columns):
                yield Row(number, None, f"not an array of {len(columns)} values")
            elif sum(map(len, row)) > MAX_ROW_CHARACTERS:
                yield Row(number, None, too_long())
            else:
                yield Row(number, row)

    table = Table(file.name, columns, rows(), header=tuple(first) if has_header else ())
    if not has_header:
        table.notes.append(f"{file.name}: {NO_HEADER}")
    return table
