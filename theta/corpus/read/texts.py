"""Folders of text files: one document per file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from theta.corpus.read.delimited import find_begin
from theta.corpus.read.encoding import bounded_lines, open_text
from theta.corpus.read.extras import NotInstalled, needed
from theta.corpus.read.files import InputFile, refuse_bomb
from theta.corpus.read.header import Wanted
from theta.corpus.read.table import MAX_ROW_CHARACTERS, Row, Table, too_long
from theta.errors import InvalidOption

_SNIFFED = 65_536
_EVEN = 0.9


def read_texts(folder: Path, paths: Sequence[Path]) -> Table:
    """Return one row per file: its name without suffix as id, its text, its folder if any.

    A row's line is the number of the file in the order of the names.
    """
    nested = any(path.parent != folder for path in paths)

    def rows() -> Iterator[Row]:
        for number, path in enumerate(paths, start=1):
            name = path.relative_to(folder)
            try:
                text = TEXT_FORMATS[path.suffix.lower()](path)
            except NotInstalled:
                raise  # not a problem of one file: all files of its format would be bad rows
            except InvalidOption as error:
                yield Row(number, None, str(error))
                continue
            if len(text) > MAX_ROW_CHARACTERS:
                yield Row(number, None, too_long(str(name)))
                continue
            values = [str(name.with_suffix("")), text]
            yield Row(number, [*values, str(name.parent)] if nested else values)

    columns = ("id", "text", "folder") if nested else ("id", "text")
    return Table(f"{folder.name}/*", columns, rows())


def read_lines(path: Path) -> Table:
    """Return one row per line of a text file."""
    handle, encoding = open_text(InputFile(path))

    def rows() -> Iterator[Row]:
        with handle:
            for number, line in enumerate(bounded_lines(handle, MAX_ROW_CHARACTERS), start=1):
                if line is None:
                    yield Row(number, None, too_long())
                else:
                    yield Row(number, [line.rstrip("\r\n")])

    facts = {"encoding": encoding.name, "encoding_how": encoding.how}
    return Table(path.name, ("text",), rows(), facts, handle=handle)


def looks_like_table(path: Path, wanted: Wanted, *, alone: bool) -> bool:
    """Return whether a text file is a table, such as Excel's "Unicode Text".

    Its lines must have equally many delimiters, and one of the first lines a wanted name. For the
    only file in a folder, equally many tabs are enough.
    """
    handle, _ = open_text(InputFile(path))
    with handle:
        lines = handle.read(_SNIFFED).splitlines(keepends=True)
    begin = find_begin(lines, wanted)
    # The last line may be cut short.
    whole = lines[begin.skipped : -1] if len(lines) - begin.skipped > 2 else lines[begin.skipped :]
    records = [cells for cells in begin.dialect.reader(whole, strict=False) if any(cells)]
    if len(records) < 2 or len(records[0]) < 2:
        return False
    even = sum(len(cells) == len(records[0]) for cells in records) / len(records)
    if wanted.is_header(records[0]):
        return even >= _EVEN
    return alone and begin.dialect.delimiter == "\t" and even == 1


def _plain(path: Path) -> str:
    handle, _ = open_text(InputFile(path))
    with handle:
        # One character more than the limit lets the caller detect that it is exceeded.
        return handle.read(MAX_ROW_CHARACTERS + 1).replace("\r\n", "\n")


def _docx(path: Path) -> str:
    docx = needed("docx", "Word documents")
    refuse_bomb(InputFile(path))
    try:
        document = docx.Document(str(path))
        return "\n".join(paragraph.text for paragraph in document.paragraphs)
    # The library does not catch the errors of its XML and zip readers.
    except Exception as error:
        raise InvalidOption(f"{path.name} is not a valid Word document: {error}") from error


def _pdf(path: Path) -> str:
    pypdf = needed("pypdf", "PDF documents")
    try:
        pages = pypdf.PdfReader(path).pages
        return "\n".join(page.extract_text() for page in pages)
    # A damaged PDF makes the library raise almost anything.
    except Exception as error:
        raise InvalidOption(f"{path.name} is not a valid PDF: {error}") from error


TEXT_FORMATS: dict[str, Callable[[Path], str]] = {".txt": _plain, ".docx": _docx, ".pdf": _pdf}
"""Readers of files that are one document, by suffix."""
