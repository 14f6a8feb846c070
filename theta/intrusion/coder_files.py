"""The files that a coder gets: a page, a spreadsheet and instructions, all without the key."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from theta import storage
from theta.corpus.ledger import SPREADSHEET_ENCODING, spreadsheet_cell
from theta.corpus.read.extras import needed
from theta.errors import InvalidOption
from theta.intrusion.coder_texts import coder_texts
from theta.intrusion.kit import Kit, Question
from theta.layout import KitFiles
from theta.options.intrusion import TASKS
from theta.report.build import self_contained_page

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_WIDTHS = {"id": 16, "task": 12, "question": 32, "shown": 60, "answer": 10}
"""Widths of the columns of a workbook, in characters; options get `_OPTION_WIDTH`."""

_OPTION_WIDTH = {"words": 18, "rating": 18, "topics": 34, "documents": 48}


def write_coder_files(files: KitFiles, kit: Kit, spreadsheet: str) -> list[Path]:
    """Write the files of all coders; files that are there already with this content stay.

    Parameters
    ----------
    files : KitFiles
        Where to write.
    kit : Kit
    spreadsheet : {"csv", "xlsx"}

    Returns
    -------
    list of Path
        The files, coder by coder, then the instructions.

    Raises
    ------
    InvalidOption
        If a file is there with other content: it may hold a coder's answers. Nothing is written
        then. Also if the library for workbooks is not installed.
    """
    contents: dict[Path, bytes] = {}
    for coder in range(1, kit.settings["coders"] + 1):
        contents[files.page(coder)] = coder_page(kit, coder, files.download(coder).name).encode()
        make = _workbook if spreadsheet == "xlsx" else _csv
        contents[files.sheet(coder, spreadsheet)] = make(kit, coder)
    lines = _instructions(kit, "how_sheet")
    contents[files.instructions] = "\r\n\r\n".join([*lines, ""]).encode(SPREADSHEET_ENCODING)
    taken = [path for path, content in contents.items() if not _is_free(path, content)]
    if taken:
        others = f" and {len(taken) - 1} more files" if len(taken) > 1 else ""
        raise InvalidOption(
            f"{taken[0]}{others} would be overwritten, perhaps with answers in it: choose another "
            "folder with --output_dir, or move the old one"
        )
    for path, content in contents.items():
        if not path.exists():
            with storage.replacing_file(path) as new:
                new.write_bytes(content)
    return list(contents)


def _is_free(path: Path, content: bytes) -> bool:
    """Return whether a file may be written: it is not there, or would stay as it is."""
    if not path.exists():
        return True
    # The bytes of a workbook contain the time of writing.
    return path.suffix != ".xlsx" and path.is_file() and path.read_bytes() == content


def coder_page(kit: Kit, coder: int, download: str) -> str:
    """Return the page on which a coder answers, as HTML.

    Parameters
    ----------
    kit : Kit
    coder : int
    download : str
        Name of the file that the page downloads.
    """
    language = kit.settings["language"]
    texts = coder_texts(language)
    title = f"{texts['title']} · {texts['coder'].format(n=coder)}"
    data = {
        "kit": kit.name,
        "coder": coder,
        "title": title,
        "file": download,
        "texts": texts,
        "questions": [
            {
                "id": question.id,
                "task": kit.items[question.item].task,
                "text": kit.items[question.item].text,
                "options": _options(kit, question),
            }
            for question in kit.of_coder(coder)
        ],
    }
    return self_contained_page(
        "coder",
        style=_file("coder.css"),
        script=_file("coder.js"),
        data=data,
        language=language,
        title=title,
        no_script=texts["no_script"],
    )


def _options(kit: Kit, question: Question) -> list[str]:
    """Return the options in the order in which the coder sees them."""
    options = kit.items[question.item].options
    return [options[i] for i in question.order]


def _instructions(kit: Kit, how: str) -> list[str]:
    texts = coder_texts(kit.settings["language"])
    tasks = [texts[f"how_{task}"] for task in TASKS if task in kit.settings["tasks"]]
    return [texts["intro"], *tasks, texts["rules"], texts[how]]


def _rows(kit: Kit, coder: int) -> list[list[str]]:
    """Return the table of a coder: the header, then a row per question."""
    texts = coder_texts(kit.settings["language"])
    questions = kit.of_coder(coder)
    n_options = max((len(question.order) for question in questions), default=0)
    names = [texts[name] for name in _WIDTHS]
    rows = [[*names[:-1], *LETTERS[:n_options], names[-1]]]
    for question in questions:
        item = kit.items[question.item]
        options = _options(kit, question)
        options += [""] * (n_options - len(options))
        cells = [question.id, texts[item.task], texts[f"ask_{item.task}"], item.text, *options, ""]
        rows.append(cells)
    return rows


def _csv(kit: Kit, coder: int) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([spreadsheet_cell(c) for c in row] for row in _rows(kit, coder))
    return text.getvalue().encode(SPREADSHEET_ENCODING)


def _workbook(kit: Kit, coder: int) -> bytes:
    openpyxl = needed("openpyxl", "Excel workbooks")
    texts = coder_texts(kit.settings["language"])
    rows = _rows(kit, coder)
    questions = kit.of_coder(coder)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = texts["sheet"]
    sheet.freeze_panes = "B2"
    wrap = openpyxl.styles.Alignment(wrap_text=True, vertical="top")
    for i, row in enumerate(rows, start=1):
        for j, value in enumerate(row, start=1):
            _write_text(sheet.cell(i, j), value, wrap)
    widest = max(_OPTION_WIDTH[kit.items[question.item].task] for question in questions)
    widths = [*list(_WIDTHS.values())[:-1], *[widest] * (len(rows[0]) - 5), _WIDTHS["answer"]]
    for j, width in enumerate(widths, start=1):
        sheet.column_dimensions[openpyxl.utils.get_column_letter(j)].width = width
    _offer_answers(openpyxl, sheet, questions, len(rows[0]))
    help_sheet = book.create_sheet(texts["instructions"])
    help_sheet.column_dimensions["A"].width = 100
    for i, line in enumerate(_instructions(kit, "how_sheet"), start=1):
        _write_text(help_sheet.cell(i, 1), line, wrap)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write_text(cell: Any, text: str, alignment: Any) -> None:
    cell.value = text
    cell.data_type = "s"  # a text that begins with "=" is not a formula
    cell.alignment = alignment


def _offer_answers(openpyxl: Any, sheet: Any, questions: Sequence[Question], column: int) -> None:
    """Let the cells of the answers offer the possible answers as a list."""
    rules: dict[tuple[str, ...], Any] = {}
    for row, question in enumerate(questions, start=2):
        choices = answers_of(question)
        if choices not in rules:
            rules[choices] = openpyxl.worksheet.datavalidation.DataValidation(
                type="list", formula1=f'"{",".join(choices)}"', allow_blank=True
            )
            sheet.add_data_validation(rules[choices])
        rules[choices].add(sheet.cell(row, column))


def answers_of(question: Question) -> tuple[str, ...]:
    """Return the possible answers to a question: letters, or the ratings."""
    n_options = len(question.order)
    return tuple(LETTERS[:n_options]) if n_options else ("1", "2", "3")


def _file(name: str) -> str:
    return (resources.files("theta.intrusion") / "page" / name).read_text(encoding="utf-8")
