"""Where a table begins, which sheet it is on, and which column holds the texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.unit.corpus.conftest import write_csv
from tests.unit.corpus.test_build import ledger
from theta.corpus.columns import RequestedColumns, find_columns
from theta.corpus.documents import DocumentReader
from theta.corpus.read import file_source
from theta.corpus.read.header import LIKELY_TEXT_COLUMNS
from theta.corpus.settings import CorpusReport
from theta.errors import InvalidOption
from theta.layout import CorpusFiles

Prepare = Callable[..., CorpusReport]

REVIEWS = [
    ["The soup was cold and salty.", "bad"],
    ["Friendly people, lovely garden, good bread.", "good"],
    ["We waited two hours for nothing.", "bad"],
]


class Read:
    """A file as the program sees it: its text column, its texts and what it tells of it."""

    def __init__(self, path: Path, **asked: Any) -> None:
        reader = DocumentReader([file_source(path)], RequestedColumns(**asked))
        chunks = list(reader.chunks())
        self.column = reader.columns.names[reader.columns.text]
        self.texts = [text for chunk in chunks for text in chunk.texts]
        self.labels = [label for chunk in chunks for label in chunk.labels]
        self.lines = [line for chunk in chunks for line in chunk.lines]
        self.notes = reader.notes


# --- delimited files -----------------------------------------------------------------------


@pytest.mark.parametrize("line", ["sep=;\r\n", '"sep=;"\r\n', "SEP=;\n"])
def test_the_line_with_which_excel_names_the_delimiter(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{line}text;n\r\none, two, three;1\r\nfour;2\r\n", encoding="utf-8-sig")
    read = Read(path)
    assert (read.texts, read.lines, read.notes) == (["one, two, three", "four"], [3, 4], [])


def test_title_rows_above_the_header(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        [["Survey 2021, second wave"], [], ["text", "label"], *REVIEWS],
        lineterminator="\n",
    )
    read = Read(path)
    assert read.texts == [text for text, _ in REVIEWS]
    assert read.lines == [4, 5, 6]
    assert read.notes == ["a.csv: the header was found in line 3; the 2 rows above it are ignored"]


def test_a_value_that_is_a_known_name_is_no_header(tmp_path: Path) -> None:
    rows = [["utterance", "act"], ["What is your name, sir?", "question"], ["It is Bo, sir.", "x"]]
    read = Read(write_csv(tmp_path / "a.csv", rows))
    assert (read.column, len(read.texts)) == ("utterance", 2)


def test_delimiters_of_empty_cells_at_the_right(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,n\none,1,,\ntwo,2,,\nthree,3,x\nfour,4\n", encoding="utf-8")
    rows = list(file_source(path).open().rows)
    assert [row.values for row in rows] == [["one", "1"], ["two", "2"], None, ["four", "4"]]


def test_a_question_is_a_name(tmp_path: Path) -> None:
    question = "What did you like about our restaurant?"
    rows = [[str(n), text, "1"] for n, (text, _) in enumerate(REVIEWS)]
    read = Read(write_csv(tmp_path / "a.csv", [["nr", question, "sex"], *rows]))
    assert (read.column, read.texts) == (question, [text for text, _ in REVIEWS])


def test_no_header_says_what_to_type_and_that_works(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [[label, text] for text, label in REVIEWS])
    with pytest.raises(InvalidOption, match=r"seems to have no header.*\(--text_column 2\)"):
        Read(path)
    read = Read(path, text="2", label="1")
    assert read.texts == [text for text, _ in REVIEWS]
    assert read.labels == ["bad", "good", "bad"]
    assert read.column == "column_2"
    assert "the first row was read as a document" in read.notes[0]


def test_a_number_chooses_a_column_below_a_header_too(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["id", "text", "text"], ["7", "short", "long"]])
    assert Read(path, text="3").texts == ["long"]
    with pytest.raises(InvalidOption, match=r"--text_column 4: a\.csv has the columns 1 to 3"):
        Read(path, text="4")


def test_the_numbers_that_pandas_writes_are_a_header(tmp_path: Path) -> None:
    rows = [["", "0", "1"], *[[n, text, label] for n, (text, label) in enumerate(REVIEWS)]]
    read = Read(write_csv(tmp_path / "a.csv", rows), text="0")
    assert (read.column, read.texts) == ("0", [text for text, _ in REVIEWS])


# --- which column --------------------------------------------------------------------------


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["text", "n", "Text"], ["one", 1, "two"]])
    with pytest.raises(InvalidOption) as caught:
        Read(path)
    assert str(caught.value) == (
        "a.csv has 2 columns named 'text' (the columns 1 and 3): choose one with "
        "--text_column 1 or --text_column 3"
    )
    assert Read(path, text="3").texts == ["two"]


def test_other_repeated_names_are_reported(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["text", "n", "n", "n_2"], ["one", 1, 2, 3]])
    opened = file_source(path).open()
    assert opened.columns == ("text", "n", "n_3", "n_2")
    assert Read(path).notes == [
        "a.csv: 2 columns are named 'n'; all but the first are called 'n_3'"
    ]


def test_the_only_column_with_texts_is_taken_and_reported(tmp_path: Path) -> None:
    rows = [["who", "antwort", "stars", "when"]]
    rows += [[f"p{n}", text, str(n), "2021-03-04"] for n, (text, _) in enumerate(REVIEWS)]
    read = Read(write_csv(tmp_path / "a.csv", rows))
    assert read.texts == [text for text, _ in REVIEWS]
    assert read.notes == [
        "a.csv: the texts are taken from the column 'antwort', the only one that holds texts; "
        "--text_column selects another"
    ]


def test_two_columns_with_texts_are_a_question(tmp_path: Path) -> None:
    rows = [["likes", "dislikes"], *[[text, f"{text} But."] for text, _ in REVIEWS]]
    with pytest.raises(InvalidOption, match="and 'likes', 'dislikes' hold texts; name"):
        Read(write_csv(tmp_path / "a.csv", rows))


@pytest.mark.parametrize("name", [*LIKELY_TEXT_COLUMNS, "Review"])
def test_names_that_mean_texts(tmp_path: Path, name: str) -> None:
    read = Read(write_csv(tmp_path / "a.csv", [[name, "n"], ["one", 1], ["two", 2]]))
    assert (read.column, read.texts, read.notes) == (name, ["one", "two"], [])


def test_the_fuller_text_comes_first_and_the_others_are_named(tmp_path: Path) -> None:
    rows = [["title", "abstract", "summary"], ["A", "B b", "words of a longer text " * 3]] * 1
    read = Read(write_csv(tmp_path / "a.csv", [*rows, ["C", "D d", "other words of a text " * 3]]))
    assert read.column == "abstract"
    assert read.notes == [
        "a.csv: the texts are taken from the column 'abstract', not from 'title', 'summary'; "
        "--text_column selects another"
    ]


def test_text_beats_every_other_name(tmp_path: Path) -> None:
    read = Read(write_csv(tmp_path / "a.csv", [["title", "text"], ["one", "two"]]))
    assert (read.column, read.notes) == ("text", [])


def test_a_column_that_is_not_there_is_listed(tmp_path: Path) -> None:
    opened = file_source(write_csv(tmp_path / "a.csv", [["text", "n"], ["one", 1]])).open()
    with pytest.raises(
        InvalidOption, match=r"no column 'body' \(--text_column\); its columns are 'text'"
    ):
        find_columns(opened, RequestedColumns(text="body"), [])


# --- workbooks -----------------------------------------------------------------------------


def write_book(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_the_sheet_and_row_with_the_names_are_found(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "a.xlsx",
        Cover=[["A survey of restaurants"], ["made in 2021"]],
        Data=[["Wave 2"], [None], ["text", "label"], *REVIEWS],
        Codes=[["label", "text"], ["bad", "not good"]],
    )
    read = Read(path)
    assert read.texts == [text for text, _ in REVIEWS]
    assert read.lines == [4, 5, 6]
    assert read.notes == [
        "a.xlsx: the header was found in row 3; the 2 rows above it are ignored",
        "a.xlsx: only the sheet 'Data' is read, not 'Cover', 'Codes'; --sheet selects another",
    ]
    for sheet in ("Codes", "codes", "3"):
        assert Read(path, sheet=sheet).texts == ["not good"]
    with pytest.raises(InvalidOption, match=r"--sheet 4: .* has the sheets 'Cover', 'Data', 'Cod"):
        Read(path, sheet="4")


def test_a_sheet_is_found_by_the_name_asked_for(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", A=[["text"], ["no"]], B=[["x", "story"], [1, "yes"]])
    assert Read(path, text="story").texts == ["yes"]


def test_a_cover_and_titles_above_a_header_without_a_known_name(tmp_path: Path) -> None:
    rows = [
        ["Survey 2021"],
        ["Nr", "Kommentar"],
        *[[n, text] for n, (text, _) in enumerate(REVIEWS)],
    ]
    read = Read(write_book(tmp_path / "a.xlsx", Cover=[["About"], ["Made in May"]], Data=rows))
    assert read.column == "Kommentar"
    assert read.texts == [text for text, _ in REVIEWS]
    assert len(read.notes) == 3  # the column, the row and the sheet


def test_a_workbook_without_header(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", A=[[n, text] for n, (text, _) in enumerate(REVIEWS)])
    with pytest.raises(InvalidOption, match=r"--text_column 2"):
        Read(path)
    assert Read(path, text="2").texts == [text for text, _ in REVIEWS]


def test_cells_beyond_the_header_are_reported(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", A=[["text"], ["one", "lost"], ["two"]])
    assert Read(path).notes == [
        "a.xlsx: 1 rows have cells to the right of the header, which are ignored"
    ]


def test_escaped_characters_of_a_cell(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", A=[["text"], ["one_x000D_\ntwo"], ["plain _x text"]])
    assert Read(path).texts == ["one\ntwo", "plain _x text"]


def test_formulas_without_a_stored_value_are_named(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    rows = [["text", "n"], *[[f"apple pear plum {n}", n] for n in range(5)]]
    rows += [['="apple "&"pear"', 5], [None, 6], ["pear plum apple", "=1+1"]]
    write_book(folder / "a.xlsx", A=rows)
    report = prepare()
    assert report.dropped == {"empty": 1, "formula without a stored value": 1}
    assert [row["reason"] for row in ledger(files)[5:]] == [
        "formula without a stored value", "empty", "",
    ]  # fmt: skip
    assert any("1 texts are formulas without a stored value" in note for note in report.notes)
    reasons = "2 of 8 documents (25%) were dropped: 1 empty, 1 formula without a stored value;"
    assert any(note.startswith(reasons) for note in report.notes)


def test_a_workbook_of_formulas_says_so(folder: Path, prepare: Prepare) -> None:
    write_book(folder / "a.xlsx", A=[["text"], *[[f'="x"&{n}'] for n in range(3)]])
    with pytest.raises(InvalidOption, match="has a text: 3 formula without a stored value"):
        prepare()


def test_texts_that_excel_has_cut_are_reported(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["text"], ["x" * 32_767], ["whole"]])
    assert "1 texts have exactly 32,767 characters" in Read(path).notes[0]


def test_error_values_of_a_spreadsheet_are_no_texts(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["text"], ["#REF!"], ["#NAME?"], ["one"]])
    assert Read(path).texts == ["", "", "one"]


# --- dates through the whole preparation ---------------------------------------------------


def test_the_order_of_dates_is_that_of_the_whole_column(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    from theta.corpus.store import load_corpus

    rows = [[f"apple pear {n}", "05/01/2021"] for n in range(6_000)]
    write_csv(folder / "a.csv", [["text", "date"], *rows, ["plum fig", "13/01/2021"]])
    report = prepare()
    assert (report.date_order, report.undated, report.notes) == ("dmy", 0, [])
    times = load_corpus(files).times
    assert (str(times[0]), str(times[-1])) == ("2021-01-05", "2021-01-13")
    report = prepare(date_order="mdy")
    assert (report.date_order, report.undated) == ("mdy", 1)
    assert str(load_corpus(files).times[0]) == "2021-05-01"
    assert "line 6002" in report.notes[0]


def test_dates_of_no_common_order_are_refused(folder: Path, prepare: Prepare) -> None:
    rows = [["apple pear", "13/04/2021"], ["plum fig", "06/25/2021"]]
    write_csv(folder / "a.csv", [["text", "date"], *rows])
    with pytest.raises(InvalidOption, match=r"'13/04/2021' \(a\.csv, line 2\) and '06/25/2021'"):
        prepare()
