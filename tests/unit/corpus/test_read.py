from __future__ import annotations

import gzip
import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.corpus.conftest import write_csv
from tests.unit.corpus.test_languages import ARTICLE_1
from theta.corpus.read import FORMATS, Row, Source, file_source, find_sources, table
from theta.corpus.read.delimited import find_dialect
from theta.corpus.read.encoding import detect_encoding
from theta.errors import InvalidOption, MissingFile, ThetaError

ROWS = [["text", "label"], ["first, one", "a"], ["second\nline", "b"], ['with "quotes"', ""]]
DOCUMENTS = [["first, one", "a"], ["second\nline", "b"], ['with "quotes"', ""]]


def good(path: Path) -> list[list[str]]:
    return [list(row.values) for row in file_source(path).open().rows if row.values is not None]


def bad(path: Path) -> list[Row]:
    return [row for row in file_source(path).open().rows if row.values is None]


# --- CSV and TSV ---------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    path = write_csv(tmp_path / "a.csv", ROWS, delimiter=delimiter)
    assert file_source(path).open().columns == ("text", "label")
    assert good(path) == DOCUMENTS


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ROWS, lineterminator="\n")
    assert [row.line for row in file_source(path).open().rows] == [2, 3, 5]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    path = write_csv(
        tmp_path / "a.csv", [["text", "id"], ["one", 1], ["two", 2]], lineterminator=end
    )
    assert good(path) == [["one", "1"], ["two", "2"]]


def test_one_column_has_no_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\nfirst\nsecond; third\n", encoding="utf-8")
    assert good(path) == [["first"], ["second; third"]]


def test_tabs_without_quoting(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('text\tlabel\n"oh, he said\ta\nfine\tb\n"no" way\tc\n', encoding="utf-8")
    assert good(path) == [['"oh, he said', "a"], ["fine", "b"], ['"no" way', "c"]]


def test_broken_rows_cost_themselves_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'text,label\nfine,a\n"not closed,b\nalso fine,c\n'
        'too,many,fields\n"good\nlines",d\nlast,e\n',
        encoding="utf-8",
    )
    assert good(path) == [["fine", "a"], ["also fine", "c"], ["good\nlines", "d"], ["last", "e"]]
    assert [(row.line, row.problem) for row in bad(path)] == [
        (3, "its quotes do not match"),
        (5, "3 fields where the header has 2"),
    ]


def test_quote_that_is_never_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = "".join(f"document {n},x\n" for n in range(300))
    path.write_text(f'text,label\n{lines}"open,y\n{lines}', encoding="utf-8")
    assert len(good(path)) == 600
    assert [row.line for row in bad(path)] == [302]


def test_line_over_the_limit_is_one_bad_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("theta.corpus.read.delimited.MAX_ROW_CHARACTERS", 100)
    path = tmp_path / "a.csv"
    path.write_text(f"text\nfine\n{'x' * 1000}\nalso fine\n", encoding="utf-8")
    assert good(path) == [["fine"], ["also fine"]]
    assert "MAX_ROW_CHARACTERS" in bad(path)[0].problem


def test_null_bytes_emoji_and_direction_marks_are_data(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv", [["text"], ["a\x00b"], ["😀 \u202eabc"], ["=cmd|' /C calc'!A0"]]
    )
    assert good(path) == [["a\x00b"], ["😀 \u202eabc"], ["=cmd|' /C calc'!A0"]]


def test_repeated_and_empty_names_of_columns() -> None:
    assert table.clean_columns(["a", " a ", "", "b"]) == ("a", "a_2", "column_3", "b")


def test_dialect_of_quoted_delimiters() -> None:
    assert find_dialect(["a;b\n", '"x;y";z\n', '"q";r\n']) == (";", True)


# --- encodings -----------------------------------------------------------------------------

TWO_SENTENCES = [
    (code, encoding)
    for encoding, codes in {
        "latin-1": ("de", "fr", "es", "pt", "it", "sv", "fi"),
        "cp1250": ("pl", "cs", "hu"),
        "cp1251": ("ru", "uk", "bg"),
        "koi8_r": ("ru",),
        "cp1253": ("el",),
        "cp1254": ("tr",),
        "cp1255": ("he",),
        "cp1256": ("ar",),
        "gb18030": ("zh",),
        "euc_jp": ("ja",),
        "shift_jis": ("ja",),
        "euc_kr": ("ko",),
        "cp874": ("th",),
    }.items()
    for code in codes
]


@pytest.mark.parametrize(("code", "encoding"), TWO_SENTENCES)
def test_two_sentences_tell_their_encoding(code: str, encoding: str) -> None:
    data = ARTICLE_1[code].encode(encoding)
    assert data.decode(detect_encoding(data).name) == ARTICLE_1[code]


LATIN = "Größe, Übermut, naïve façade; où était l'élève français? Ça va très bien, à bientôt. " * 5
CHINESE = "中国人民银行今天宣布下调存款准备金率。市场对此反应积极,股市大幅上涨。" * 5


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", CHINESE),
        ("utf-8-sig", CHINESE),
        ("utf-16", CHINESE),
        ("utf-16-le", LATIN),
        ("utf-16-be", LATIN),
        ("utf-32", CHINESE),
        ("gb18030", CHINESE),
        ("big5", "中國人民銀行今天宣布下調存款準備金率。市場對此反應積極,股市大幅上漲。" * 5),
        ("latin-1", LATIN),
    ],
)
def test_encoding_is_found_out(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f'text,label\n"{text}",x\n'.encode(encoding))
    assert file_source(path).open().columns == ("text", "label")
    assert good(path) == [[text, "x"]]


def test_a_broken_byte_is_no_other_encoding() -> None:
    damaged = CHINESE.encode() + b"\xff" + CHINESE.encode()
    encoding = detect_encoding(damaged)
    assert encoding.name == "utf-8"
    assert "1 invalid" in encoding.how


def test_sample_may_end_within_a_character() -> None:
    assert detect_encoding(CHINESE.encode()[:-1]).name == "utf-8"


# --- the other formats ---------------------------------------------------------------------


def test_jsonl(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [
        {"text": "one", "n": 1, "x": None, "deep": {"a": [1, "é"]}},
        {"text": 3.0, "n": float("nan"), "late": True},
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n{broken\n[1]\n", encoding="utf-8")
    assert file_source(path).open().columns == ("text", "n", "x", "deep", "late")
    assert good(path) == [["one", "1", "", '{"a": [1, "é"]}', ""], ["3", "", "", "", "true"]]
    assert [row.line for row in bad(path)] == [4, 5]


def test_parquet(tmp_path: Path) -> None:
    import datetime

    path = tmp_path / "a.parquet"
    day = datetime.date(2020, 5, 3)
    pq.write_table(pa.table({"text": ["one", None], "n": [1.5, 2.0], "date": [day, None]}), path)
    assert good(path) == [["one", "1.5", "2020-05-03"], ["", "2", ""]]


def test_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["text", "year", None],
        ["one", 2020, None],
        [None, None, None],
        ["=1+1", 2021.0, "x"],
    ):
        book.active.append(row)
    book.create_sheet("second")
    path = tmp_path / "a.xlsx"
    book.save(path)
    opened = file_source(path).open()
    assert opened.columns == ("text", "year")
    assert [(row.line, row.values) for row in opened.rows] == [
        (2, ["one", "2020"]),
        (4, ["", "2021"]),  # a formula without a saved value
    ]
    assert "second" in opened.notes[0]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
def test_gzip(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    data = b"text\nhello\n" if "csv" in name else b'{"text": "hello"}\n'
    path.write_bytes(gzip.compress(data))
    assert good(path) == [["hello"]]


def test_texts_of_a_folder(folder: Path) -> None:
    import docx

    (folder / "b.txt").write_text("second", encoding="utf-8")
    (folder / "a.txt").write_text("first\r\nline", encoding="utf-16")
    (folder / "news").mkdir()
    (folder / "news" / "c.txt").write_text("third", encoding="utf-8")
    document = docx.Document()
    document.add_paragraph("from Word")
    document.save(folder / "d.docx")
    (folder / "e.docx").write_bytes(b"no zip")
    (source,) = find_sources(folder)
    opened = source.open()
    assert opened.columns == ("id", "text", "folder")
    rows = list(opened.rows)
    assert [row.values for row in rows if row.values] == [
        ["a", "first\nline", "."],
        ["b", "second", "."],
        ["d", "from Word", "."],
        ["news/c", "third", "news"],
    ]
    assert [row.line for row in rows if not row.values] == [4]


def test_pdf(folder: Path) -> None:
    (folder / "a.pdf").write_bytes(_tiny_pdf("Hello topics"))
    (source,) = find_sources(folder)
    assert [row.values for row in source.open().rows] == [["a", "Hello topics"]]


def _tiny_pdf(text: str) -> bytes:
    """Return the smallest PDF that shows a line of text."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table_at = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    body += "".join(f"{place:010d} 00000 n \n" for place in places)
    body += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table_at}\n%%EOF"
    return body.encode("latin-1")


# --- what is refused -----------------------------------------------------------------------


def test_no_folder_no_file_no_format(folder: Path) -> None:
    with pytest.raises(MissingFile, match="nowhere is not there"):
        find_sources(folder / "nowhere")
    with pytest.raises(MissingFile, match="it is empty"):
        find_sources(folder)
    (folder / "a.sav").write_bytes(b"SPSS")
    with pytest.raises(MissingFile, match=r"it has a\.sav"):
        find_sources(folder)
    with pytest.raises(InvalidOption, match="format"):
        file_source(folder / "a.sav")


def test_office_lock_files_and_hidden_files_are_no_data(folder: Path) -> None:
    write_csv(folder / "a.csv", ROWS)
    (folder / "~$a.xlsx").write_bytes(b"lock")
    (folder / ".b.csv").write_bytes(b"hidden")
    (folder / "readme.txt").write_text("about the data", encoding="utf-8")
    assert [source.name for source in find_sources(folder)] == ["a.csv"]


def test_missing_library_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    (folder / "a.txt").write_text("one", encoding="utf-8")
    (folder / "b.pdf").write_bytes(_tiny_pdf("two"))
    monkeypatch.setitem(sys.modules, "pypdf", None)
    (source,) = find_sources(folder)
    with pytest.raises(InvalidOption, match="pip install pypdf"):
        list(source.open().rows)


def test_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("theta.corpus.read.files.MAX_UNPACKED_FREELY", 1_000_000)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"text\n" + b"a b c\n" * 1_000_000))
    with pytest.raises(InvalidOption, match="200 times the packed size"):
        good(path)


def test_parquet_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("theta.corpus.read.files.MAX_UNPACKED_FREELY", 1_000_000)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["x" * 5_000_000]}), path, compression="zstd")
    with pytest.raises(InvalidOption, match="200 times the packed size"):
        good(path)


def test_long_cell_of_a_packed_table_is_one_bad_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("theta.corpus.read.parquet.MAX_ROW_CHARACTERS", 100)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["fine", "x" * 1000, "also fine"]}), path)
    assert good(path) == [["fine"], ["also fine"]]
    assert "MAX_ROW_CHARACTERS" in bad(path)[0].problem


def test_workbook_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zipfile

    monkeypatch.setattr("theta.corpus.read.files.MAX_UNPACKED_FREELY", 1_000_000)
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 5_000_000)
    with pytest.raises(InvalidOption, match="over the limit"):
        good(path)


FUZZED = [*(suffix for suffix in FORMATS if suffix.count(".") == 1), ".csv.gz", ".csv.zst", ".txt"]


@pytest.mark.parametrize("suffix", FUZZED)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_rows_or_one_clear_error(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    message = path.name
    try:
        opened = file_source(path).open()
        for row in opened.rows:
            assert row.values is None or len(row.values) == len(opened.columns)
    except ThetaError as error:
        message = str(error)
    assert path.name in message
    assert "\n" not in message


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(alphabet='ab",;\n\r\t\\', max_size=80))
def test_any_table_is_rows(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    lines = [row.line for row in file_source(path).open().rows]
    assert lines == sorted(set(lines))


WRITABLE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1
)


@given(rows=st.lists(st.tuples(WRITABLE, st.text("xyz", min_size=1)), min_size=1, max_size=30))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = write_csv(tmp_path / "a.csv", [("text", "label"), *rows])
    assert good(path) == [list(row) for row in rows]


def test_gzip_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(b"text\nhello\n")  # a browser has unpacked it and left its name
    assert good(path) == [["hello"]]
    path.write_bytes(gzip.compress(b"text\n" + bytes(range(256)) * 1000)[:500])
    with pytest.raises(InvalidOption, match=r"a\.csv\.gz"):
        good(path)


# --- has it changed? -----------------------------------------------------------------------


def test_fingerprint_knows_a_changed_file(tmp_path: Path) -> None:
    import os

    path = write_csv(tmp_path / "a.csv", ROWS)
    source = file_source(path)
    recorded = source.fingerprint()
    assert source.matches(recorded)
    os.utime(path, (1, 1))
    assert source.matches(recorded)  # touched, but with the same content
    path.write_bytes(path.read_bytes().replace(b"first", b"FIRST"))
    assert not source.matches(recorded)
    path.unlink()
    assert not source.matches(recorded)


def test_facts_are_part_of_the_fingerprint() -> None:
    def source(version: str) -> Source:
        return Source("news", (), lambda _: table.Table("news", (), iter(())), (("v", version),))

    assert source("1").matches(source("1").fingerprint())
    assert not source("2").matches(source("1").fingerprint())
