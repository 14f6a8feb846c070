from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.unit.corpus.conftest import PLAIN, write_csv
from tests.unit.corpus.test_build import texts
from theta.corpus.preview import preview_documents
from theta.corpus.read import find_sources


def test_what_documents_would_become(folder: Path) -> None:
    rows = [["d1", "<b>The</b> red apple, 7 of 12 &amp; at the pear"], ["d2", ""], ["d3", "of the"]]
    rows += [[f"e{n}", f"{text} in New York"] for n, text in enumerate(texts(17))]
    write_csv(folder / "a.csv", [["id", "text"], *rows])
    settings = replace(PLAIN, language="english", clean=True, phrases=True)
    preview = preview_documents(find_sources(folder), settings, 20)
    assert [document.row_id for document in preview.documents] == [row[0] for row in rows]
    first, second, third, *others = preview.documents
    assert (first.status, first.language, first.file, first.line) == ("kept", "en", "a.csv", 2)
    assert first.text == "The red apple, 7 of 12 & at the pear"
    assert first.words == ("red", "apple", "pear")
    assert first.removed == {"stop word": ("the", "of", "at"), "number": ("7", "12")}
    assert (second.status, third.status) == ("empty", "too short after tokenising")
    assert all(document.words[-1] == "new_york" for document in others)
    assert preview.segmenter == "spaces"
    assert preview.language_how == "english (as given)"


def test_documents_are_spread_over_the_rows(folder: Path) -> None:
    write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(91)]])
    preview = preview_documents(find_sources(folder), PLAIN, 4)
    assert [document.row_id for document in preview.documents] == ["1", "31", "61", "91"]
