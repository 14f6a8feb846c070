"""--drop_boilerplate and --drop_near_duplicates, from the file to the corpus and new documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.corpus.conftest import PLAIN, write_csv
from tests.unit.corpus.test_build import ledger, texts
from theta import storage
from theta.corpus import parallel
from theta.corpus.apply import CorpusRules
from theta.corpus.preview import preview_documents
from theta.corpus.read import find_sources
from theta.corpus.settings import CorpusReport
from theta.corpus.store import load_corpus, read_texts, why_stale
from theta.errors import InvalidOption
from theta.layout import CorpusFiles

Prepare = Callable[..., CorpusReport]

SIGNATURE = "Jim Beam\nSkepticism is the chastity of the intellect"


def write_signed(folder: Path) -> list[str]:
    """Write 60 documents of which every third is signed, and return them."""
    documents = [
        f"{text}\n{SIGNATURE}" if row % 3 == 0 else text for row, text in enumerate(texts(60))
    ]
    write_csv(folder / "a.csv", [["id", "text"], *[[f"d{n}", t] for n, t in enumerate(documents)]])
    return documents


def test_boilerplate_is_neither_counted_nor_embedded_and_is_reported(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    write_signed(folder)
    assert prepare().boilerplate_documents == 0
    assert "intellect" in load_corpus(files).vocabulary
    report = prepare(drop_boilerplate=True)
    corpus = load_corpus(files)
    assert {"intellect", "skepticism", "chastity", "beam"}.isdisjoint(corpus.vocabulary)
    assert read_texts(files) == texts(60)
    assert report.boilerplate_documents == 20
    assert [list(entry) for entry in report.boilerplate] == [
        ["Jim Beam", 20],
        ["Skepticism is the chastity of the intellect", 20],
    ]
    assert [row["boilerplate"] for row in ledger(files)[:4]] == ["2", "", "", "2"]


def test_new_documents_lose_the_same_boilerplate(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    write_signed(folder)
    prepare(drop_boilerplate=True)
    rules = CorpusRules.of_corpus(files)
    again = CorpusRules.from_json(json.loads(json.dumps(rules.to_json())))
    assert again == rules
    counted = again.count([f"apple pear\n{SIGNATURE}"])
    assert counted.texts == ["apple pear"]
    assert counted.candidates.tolist() == [2]
    record = json.loads(json.dumps(rules.to_json()))
    del record["boilerplate"]  # earlier versions had none
    assert CorpusRules.from_json(record).boilerplate == frozenset()


def test_a_preview_shows_the_text_without_boilerplate(folder: Path) -> None:
    write_signed(folder)
    settings = replace(PLAIN, drop_boilerplate=True)
    preview = preview_documents(find_sources(folder), settings, 60)
    assert [document.text for document in preview.documents] == texts(60)


def test_near_duplicates_are_dropped_with_the_id_of_the_first(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    long = " ".join(texts(12, seed=5))
    near = long.replace(" ", " new ", 1)
    rows = [["a", long], ["b", "apple pear plum fig"], ["c", near], ["d", long], ["e", near]]
    write_csv(folder / "a.csv", [["id", "text"], *rows])
    report = prepare(drop_near_duplicates=0.9, test_share=0.0)
    assert report.dropped == {"near duplicate": 1, "duplicate": 2}
    entries = ledger(files)
    assert [row["reason"] for row in entries] == [
        "", "", "near duplicate", "duplicate", "duplicate",
    ]  # fmt: skip
    assert [row["duplicate_of"] for row in entries] == ["", "", "a", "a", "a"]
    assert list(load_corpus(files).row_ids) == ["a", "b"]
    assert not any("were dropped" in note for note in report.notes)
    # Kept duplicates are named too.
    prepare(test_share=0.0)
    assert [row["duplicate_of"] for row in ledger(files)] == ["", "", "", "a", "c"]


def test_any_number_of_workers_makes_the_same_corpus(
    folder: Path, files: CorpusFiles, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = write_signed(folder)
    write_csv(folder / "b.csv", [["id", "text"], *[[f"e{n}", t] for n, t in enumerate(documents)]])
    options = {"drop_boilerplate": True, "drop_near_duplicates": 0.8}
    report = prepare(workers=1, **options)
    one = {path.name: path.read_bytes() for path in files.root.glob("*.npz")}
    one["ledger"] = files.ledger.read_bytes()
    monkeypatch.setattr(parallel, "PATIENCE", 0.0)
    assert prepare(workers=2, **options) == report
    two = {path.name: path.read_bytes() for path in files.root.glob("*.npz")}
    two["ledger"] = files.ledger.read_bytes()
    assert one == two


def test_a_corpus_of_before_the_options_is_not_stale(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    write_signed(folder)
    prepare()
    manifest = json.loads(files.manifest.read_text(encoding="utf-8"))
    for name in ("drop_boilerplate", "drop_near_duplicates"):
        del manifest["stands_on"]["settings"][name]
    content = {name: part for name, part in manifest.items() if name != "checksum"}
    signed = {**content, "checksum": storage.fingerprint(content)}
    files.manifest.write_text(json.dumps(signed), encoding="utf-8")
    assert why_stale(files, find_sources(folder), PLAIN) is None


def test_bad_rows_are_logged_once(
    folder: Path, prepare: Prepare, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [["text", "label"], *[[text, "x"] for text in texts(60)]]
    path = write_csv(folder / "a.csv", rows)
    path.write_text(path.read_text() + "one,two,three,four\n", encoding="utf-8")
    prepare(drop_boilerplate=True)
    assert sum("bad row skipped" in message for message in caplog.messages) == 1


def test_nothing_left_is_an_error(folder: Path, prepare: Prepare) -> None:
    write_csv(folder / "a.csv", [["text"], [""], [" "]])
    with pytest.raises(InvalidOption, match="none of the 2 documents has a text: 2 empty"):
        prepare(drop_near_duplicates=0.9)
