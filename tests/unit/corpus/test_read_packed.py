"""Compressed files, zip archives and JSON documents."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

from tests.unit.corpus.conftest import write_csv
from theta.corpus.read import file_source, find_sources
from theta.errors import InvalidOption, MissingFile

TABLE = b"text,label\nhello,a\nworld,b\n"
OBJECTS = [{"text": "hello", "label": "a"}, {"text": "world", "label": "b"}]
ROWS = [["hello", "a"], ["world", "b"]]


def zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)


PACK = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}


def read(path: Path) -> list[list[str]]:
    return [list(row.values) for row in file_source(path).open().rows if row.values is not None]


@pytest.mark.parametrize("packing", PACK)
def test_compressed_tables_are_read(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"a.csv{packing}"
    path.write_bytes(PACK[packing](TABLE))
    assert read(path) == ROWS


@pytest.mark.parametrize("packing", PACK)
def test_two_streams_in_one_file_are_both_read(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"a.csv{packing}"
    path.write_bytes(PACK[packing](TABLE[:20]) + PACK[packing](TABLE[20:]))
    assert read(path) == ROWS


@pytest.mark.parametrize("packing", PACK)
def test_compression_is_recognised_from_the_content(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(PACK[packing](TABLE))
    assert read(path) == ROWS


@pytest.mark.parametrize("packing", PACK)
def test_bombs_are_refused(tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("theta.corpus.read.files.MAX_UNPACKED_FREELY", 1_000_000)
    path = tmp_path / f"a.csv{packing}"
    path.write_bytes(PACK[packing](b"text\n" + b"a b c\n" * 250_000))
    with pytest.raises(InvalidOption, match="200 times the packed size"):
        read(path)


@pytest.mark.parametrize("packing", PACK)
def test_a_damaged_file_is_one_line(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"a.csv{packing}"
    lines = b"".join(b"%d,x\n" % (n * n * 7919 % 100_003) for n in range(20_000))
    packed = PACK[packing](b"text,label\n" + lines)
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InvalidOption, match=r"a\.csv") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("data/a.csv", TABLE),
        ("a.csv.gz", gzip.compress(TABLE, mtime=0)),  # each worker of xdist makes the same
        ("a.json", b'{"text": ["hello", "world"], "label": ["a", "b"]}'),
        ("a.xlsx", workbook(["text", "label"], ["hello", "a"], ["world", "b"])),
    ],
)
def test_a_zip_with_one_table_is_read(tmp_path: Path, name: str, data: bytes) -> None:
    path = write_zip(tmp_path / "a.zip", {"__MACOSX/._a.csv": b"x", "readme.md": b"x", name: data})
    assert read(path) == ROWS
    assert file_source(path).open().name == f"a.zip/{name}"


def test_a_zip_with_several_tables_names_them(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"train.csv": TABLE, "test.csv": TABLE})
    with pytest.raises(InvalidOption, match=r"a\.zip has 2 tables: train\.csv, test\.csv; unpack"):
        read(path)


def test_a_zip_without_a_table_says_what_it_has(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"one.txt": b"a", "two.txt": b"b"})
    with pytest.raises(InvalidOption, match=r"has no table .* but one\.txt, two\.txt; unpack it"):
        read(path)


def test_zip_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("theta.corpus.read.files.MAX_UNPACKED_FREELY", 1_000_000)
    path = write_zip(tmp_path / "a.zip", {"a.csv": b"text\n" + b"a b c\n" * 250_000})
    with pytest.raises(InvalidOption, match="200 times the packed size"):
        read(path)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (workbook(["text"], ["one"]), "is a zip archive or a workbook; name it .zip or .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"old Excel file \(.xls\) or one with"),
        (b"%PDF-1.4 ...", "PDF document"),
        (b"SQLite format 3\x00" + bytes(90), "SQLite database"),
    ],
)
def test_a_file_with_a_wrong_name_is_reported(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(InvalidOption, match=says):
        read(path)


def test_a_workbook_with_a_password_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(InvalidOption, match="or one with a password; open it in Excel"):
        read(path)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a.xls", "save it as .xlsx"),
        ("a.ods", "save it as .xlsx or .csv"),
        ("a.tar.gz", "unpack it"),
        ("a.pkl", "pickles are never read"),
        ("a.what", "supported are: .csv"),
    ],
)
def test_other_formats_say_the_way_out(folder: Path, name: str, says: str) -> None:
    (folder / name).write_bytes(b"x")
    with pytest.raises(InvalidOption, match=says):
        file_source(folder / name)
    with pytest.raises(MissingFile, match=says.removeprefix("supported are: ")):
        find_sources(folder)


# --- JSON ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        OBJECTS,
        {"text": ["hello", "world"], "label": ["a", "b"]},
        {"meta": {"n": 2}, "data": OBJECTS},
        {"response": {"docs": OBJECTS}},
        {"tags": ["x"], "docs": OBJECTS},
        # What pandas writes: orient="columns", "split", and a list of lists.
        {"text": {"0": "hello", "1": "world"}, "label": {"0": "a", "1": "b"}},
        {"columns": ["text", "label"], "index": [0, 1], "data": [["hello", "a"], ["world", "b"]]},
        [["text", "label"], ["hello", "a"], ["world", "b"]],
    ],
)  # fmt: skip
def test_json_documents(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    opened = file_source(path).open()
    assert opened.columns == ("text", "label")
    assert [row.values for row in opened.rows] == ROWS


def test_objects_by_their_ids(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"d7": {"text": "hello"}, "d8": {"text": "world"}}', encoding="utf-8-sig")
    opened = file_source(path).open()
    assert opened.columns == ("id", "text")
    assert [row.values for row in opened.rows] == [["d7", "hello"], ["d8", "world"]]


def test_an_array_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('["hello", "world", 7]', encoding="utf-8")
    opened = file_source(path).open()
    rows = list(opened.rows)
    assert opened.columns == ("text",)
    assert [row.values for row in rows] == [["hello"], ["world"], None]
    assert rows[2].problem == "not a JSON object but int"


def test_a_single_object_is_one_document(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"text": "hello", "tags": ["x", "y"]}', encoding="utf-8")
    opened = file_source(path).open()
    assert [row.values for row in opened.rows] == [["hello", '["x", "y"]']]


def test_json_lines_in_spite_of_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"text": "hello"}\n{"text": "world"}\n', encoding="utf-8")
    assert read(path) == [["hello"], ["world"]]


def test_the_key_of_the_documents_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": {"docs": [{"text": "hello"}]}, "n": 1}', encoding="utf-8")
    opened = file_source(path).open()
    assert [row.values for row in opened.rows] == [["hello"]]
    assert opened.notes == ["a.json: the documents are those under the key 'a.docs'"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": [{"text": "x"}], "b": [{"text": "y"}]}', r"several arrays: 'a' \(1\), 'b' \(1\)"),
        ('{"text": ["x", "y"], "label": ["a"]}', r"'text' \(2\), 'label' \(1\).*of one length"),
        ("[]", "has no array of objects"),
        ('"hello"', "has no array of objects"),
        ('[{"text": "x"}', "not valid JSON: .*line 1 column 15"),
        ('[{"text": "x", "text": "y"}]', "an object has the key 'text' twice"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_other_json_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidOption, match=says) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_repeated_key_makes_one_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x", "text": "y"}\n{"text": "z"}\n', encoding="utf-8")
    first, second = file_source(path).open().rows
    assert first.problem == "not valid JSON: an object has the key 'text' twice"
    assert second.values == ["z"]


def test_the_limit_of_a_json_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("theta.corpus.read.json_whole.MAX_CHARACTERS", 100)
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"text": "x" * 100}]), encoding="utf-8")
    with pytest.raises(InvalidOption, match=r"longer than 100 characters.*\.jsonl.*jq -c"):
        read(path)
    path.write_text('{"text": "' + "x" * 100 + '"}\n{"text": "y"}\n', encoding="utf-8")
    assert len(read(path)) == 2  # lines are read one by one


# --- tables in .txt ------------------------------------------------------------------------


def test_unicode_text_of_excel_is_a_table(folder: Path) -> None:
    (folder / "a.txt").write_text('text\tlabel\r\n"一, 二"\ta\r\nthree\tb\r\n', encoding="utf-16")
    (source,) = find_sources(folder)
    opened = source.open()
    assert opened.columns == ("text", "label")
    assert [row.values for row in opened.rows] == [["一, 二", "a"], ["three", "b"]]
    assert opened.notes == ["a.txt is read as a table of 2 columns"]
    assert read(folder / "a.txt") == [["一, 二", "a"], ["three", "b"]]


def test_texts_stay_texts(folder: Path) -> None:
    """Transcripts have a tab in every line, papers a line that says Abstract: no tables."""
    (folder / "a.txt").write_text("Ann:\tHello there\nBob:\tGood morning\n", encoding="utf-8")
    (folder / "b.txt").write_text(
        "A title\n\nAbstract\nWe show.\n\nBody\nText.\n", encoding="utf-8"
    )
    (source,) = find_sources(folder)
    assert [row.values[0] for row in source.open().rows] == ["a", "b"]


def test_a_text_alone_is_one_document_a_line(folder: Path) -> None:
    (folder / "a.txt").write_text("the first\n\nthe second, longer\n", encoding="utf-8")
    (source,) = find_sources(folder)
    opened = source.open()
    assert [row.values for row in opened.rows] == [["the first"], [""], ["the second, longer"]]
    assert "each of its lines is read as one document" in opened.notes[0]


def test_tables_in_several_texts(folder: Path) -> None:
    for name in ("a", "b"):
        write_csv(folder / f"{name}.txt", [["text", "n"], ["one", 1], ["two", 2]], delimiter=";")
    assert [source.name for source in find_sources(folder)] == ["a.txt", "b.txt"]


def test_texts_in_objects_inside_objects(tmp_path: Path) -> None:
    documents = [
        {"id": n, "review": {"lang": "en", "body": {"full": f"A long review of many words {n}"}}}
        for n in range(3)
    ]
    (tmp_path / "a.json").write_text(json.dumps(documents), encoding="utf-8")
    lines = "\n".join(map(json.dumps, documents))
    (tmp_path / "a.jsonl").write_text(lines, encoding="utf-8")
    for name in ("a.json", "a.jsonl"):
        table = file_source(tmp_path / name).open()
        assert table.columns == ("id", "review.lang", "review.body.full")
        assert [row.values for row in table.rows][1] == ["1", "en", "A long review of many words 1"]
    (tmp_path / "b.json").write_text(json.dumps([{"text": "a", "by": {"name": "x"}}]), "utf-8")
    (row,) = file_source(tmp_path / "b.json").open().rows
    assert row.values == ["a", '{"name": "x"}']
