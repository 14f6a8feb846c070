"""New texts are counted as the corpus' own were."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from theta.corpus.apply import CorpusRules, read_reference
from theta.corpus.build import build_corpus
from theta.corpus.new_documents import NewDocuments
from theta.corpus.read import file_source, find_sources
from theta.corpus.settings import CorpusSettings
from theta.corpus.store import load_corpus, read_texts
from theta.errors import InvalidOption, MissingFile
from theta.layout import CorpusFiles
from theta.options import PrepareOptions
from theta.storage import Damaged

TEXTS = [
    "The moon's orbit, seen from a rocket on the launch pad 42.",
    "A rocket launch &amp; the moon <b>again</b>: https://example.org",
    "The striker's goal in the final match of the season",
    "Season tickets: the match was won by one goal",
    "Moon rocket moon goal match",
] * 6


MIXED = [
    "The rocket and the moon", "火箭发射到月球", "The goal of the match", "比赛的进球很精彩",
    "The New York match",
] * 8  # fmt: skip


def settings(**changed: object) -> CorpusSettings:
    from dataclasses import fields

    values = {field.name: getattr(PrepareOptions(), field.name) for field in fields(CorpusSettings)}
    return CorpusSettings(**{**values, "language": "english", "min_df": 2, **changed})


def prepared(
    folder: Path, chosen: CorpusSettings, column: str = "text", texts: list[str] = TEXTS
) -> CorpusFiles:
    path = folder / "documents.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow([column, "who"])
        writer.writerows([[text, "x"] for text in texts])
    files = CorpusFiles(folder / "corpus")
    build_corpus([file_source(path)], files, chosen, workers=1)
    return files


@pytest.mark.parametrize(
    "changed",
    [
        {}, {"ngram_max": 2}, {"clean": True}, {"lowercase": False}, {"keep_numbers": True},
        {"phrases": True}, {"lemmatize": True}, {"lemmatize": True, "phrases": True},
    ],
)  # fmt: skip
def test_the_corpus_counted_again_is_the_corpus(tmp_path: Path, changed: dict) -> None:
    files = prepared(tmp_path, settings(**changed))
    corpus = load_corpus(files)
    rules = CorpusRules.of_corpus(files)
    again = CorpusRules.from_json(json.loads(json.dumps(rules.to_json())))
    assert again.vocabulary == corpus.vocabulary
    counted = again.count(TEXTS)
    np.testing.assert_array_equal(counted.bow.toarray(), corpus.bow.toarray())
    assert counted.texts == read_texts(files)
    # The corpus' own coverage is the known share of the words that may be counted.
    assert counted.known.sum() / counted.candidates.sum() == pytest.approx(rules.coverage)


def test_texts_of_several_languages_counted_again(tmp_path: Path) -> None:
    files = prepared(tmp_path, settings(language="auto"), texts=MIXED)
    corpus = load_corpus(files)
    assert {"rocket", "火箭", "月球", "york"} <= set(corpus.vocabulary)
    rules = CorpusRules.from_json(json.loads(json.dumps(CorpusRules.of_corpus(files).to_json())))
    assert [tokens.language for tokens in rules.words] == ["en", "zh"]
    assert [tokens.segmenter for tokens in rules.words] == ["spaces", "jieba opencc"]
    counted = rules.count(MIXED)
    np.testing.assert_array_equal(counted.bow.toarray(), corpus.bow.toarray())
    alone = [rules.count([text]).bow.toarray()[0] for text in MIXED]
    np.testing.assert_array_equal(np.array(alone), corpus.bow.toarray())


def test_lemmas_of_new_texts(tmp_path: Path) -> None:
    texts = ["talossa autolla", "talo auto", "taloissa autojen"] * 5
    files = prepared(
        tmp_path, settings(language="finnish", lemmatize=True, max_df=1.0), texts=texts
    )
    assert load_corpus(files).vocabulary == ("auto", "talo")
    rules = CorpusRules.of_corpus(files)
    assert rules.count(["taloon ja autoon"]).bow.toarray().tolist() == [[1, 1]]


def test_rules_of_an_earlier_run_are_still_read(tmp_path: Path) -> None:
    rules = CorpusRules.of_corpus(prepared(tmp_path, settings()))
    record = json.loads(json.dumps(rules.to_json()))
    (words,) = record.pop("words")
    del record["phrases"]
    for name in ("phrases", "lemmatize"):
        del record["settings"][name]
    old = {**record, "version": 2, "language": "en", "stop_words": words["stop_words"]}
    again = CorpusRules.from_json(old)
    assert again.words == rules.words
    np.testing.assert_array_equal(
        again.count(TEXTS).bow.toarray(), rules.count(TEXTS).bow.toarray()
    )
    # Which English stop words were added to Chinese ones was not recorded.
    with pytest.raises(MissingFile, match="another version of the rules"):
        CorpusRules.from_json({**old, "language": "zh"})


def test_unknown_words_count_as_words_outside_of_the_vocabulary(tmp_path: Path) -> None:
    rules = CorpusRules.of_corpus(prepared(tmp_path, settings()))
    counted = rules.count(["moon zebra the 7 quagga", "", "  "])
    # moon is known; zebra and quagga are words; "the" and 7 are none.
    assert counted.candidates.tolist() == [3, 0, 0]
    assert counted.known.tolist() == [1, 0, 0]


def test_rules_of_another_version_are_refused(tmp_path: Path) -> None:
    record = CorpusRules.of_corpus(prepared(tmp_path, settings())).to_json()
    with pytest.raises(MissingFile, match="another version of the rules"):
        CorpusRules.from_json({**record, "version": 0})


def test_columns_of_new_documents(tmp_path: Path) -> None:
    rules = CorpusRules.of_corpus(prepared(tmp_path, settings(text_column="body"), "body"))
    path = tmp_path / "new.csv"
    path.write_text("who,body,split\na,moon,someday\nb,goal,never\n")
    documents = NewDocuments(path, rules)
    assert documents.columns == ("who", "body", "split")
    (chunk,) = documents.chunks()
    assert documents.values(chunk) == {
        "who": ["a", "b"],
        "body": ["moon", "goal"],
        "split": ["someday", "never"],
    }
    path.write_text("who,text\na,moon\n")
    with pytest.raises(
        InvalidOption, match=r"no text column 'body'.*its columns are 'who', 'text'"
    ):
        NewDocuments(path, rules)


def test_a_documented_name_serves_where_none_was_asked_for(tmp_path: Path) -> None:
    rules = CorpusRules.of_corpus(prepared(tmp_path, settings()))
    path = tmp_path / "new.csv"
    path.write_text("who,Content\na,moon\n")
    (chunk,) = NewDocuments(path, rules).chunks()
    assert chunk.texts == ["moon"]


@pytest.mark.parametrize("words", ["moon", [["moon"]], ["moon", "moon"], ["moon", 1], [""], {}])
def test_a_vocabulary_that_is_none_is_refused(tmp_path: Path, words: object) -> None:
    rules = CorpusRules.of_corpus(prepared(tmp_path, settings()))
    record = json.loads(json.dumps(rules.to_json()))
    with pytest.raises(Damaged, match="vocabulary is not a list of distinct words"):
        CorpusRules.from_json({**record, "vocabulary": words})
    with pytest.raises(Damaged, match="must have exactly the keys"):
        CorpusRules.from_json({**record, "__proto__": words})


def test_a_reference_corpus_is_cut_like_the_corpus(tmp_path: Path) -> None:
    files = prepared(tmp_path, settings())
    corpus = load_corpus(files)
    path = tmp_path / "reference.txt"
    path.write_text("\n".join(TEXTS), encoding="utf-8")
    tokens = read_reference(path, files)
    np.testing.assert_array_equal(tokens.ids, corpus.tokens.ids)
    np.testing.assert_array_equal(tokens.starts, corpus.tokens.starts)
    path.write_text("The MOON, unknown rocket's\n\nzebra goal\n", encoding="utf-8")
    tokens = read_reference(path, files)
    assert [corpus.vocabulary[at] for at in tokens.ids] == ["moon", "rocket", "goal"]
    assert tokens.starts.tolist() == [0, 2, 2, 3]
    with pytest.raises(MissingFile, match="--reference_corpus"):
        read_reference(tmp_path / "nope", files)


def corpus_of(folder: Path, rows: list[list[str]], **changed: object) -> CorpusRules:
    path = folder / "corpus.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(rows)
    files = CorpusFiles(folder / "corpus")
    chosen = settings(**changed)
    build_corpus([file_source(path, chosen.requested_columns.wanted)], files, chosen, workers=1)
    return CorpusRules.of_corpus(files)


def test_new_dates_are_read_in_the_order_of_the_corpus(tmp_path: Path) -> None:
    rows = [["text", "date"], *[[text, f"{day}/01/2021"] for day, text in enumerate(TEXTS, 1)]]
    rules = corpus_of(tmp_path, rows)  # days up to the 30th: the day comes first
    again = CorpusRules.from_json(json.loads(json.dumps(rules.to_json())))
    path = tmp_path / "new.csv"
    path.write_text("text,date\nmoon,05/02/2021\ngoal,02/25/2021\n", encoding="utf-8")
    (chunk,) = NewDocuments(path, again).chunks()
    assert chunk.times == ["2021-02-05", None]
    mdy = corpus_of(tmp_path, rows[:10], date_order="mdy")
    (chunk,) = NewDocuments(path, mdy).chunks()
    assert chunk.times == ["2021-05-02", "2021-02-25"]


def test_new_documents_of_a_corpus_without_header(tmp_path: Path) -> None:
    rules = corpus_of(tmp_path, [["x", text] for text in TEXTS], text_column="2")
    path = tmp_path / "new.csv"
    path.write_text("y,the moon again\nz,a goal\n", encoding="utf-8")
    (chunk,) = NewDocuments(path, rules).chunks()
    assert chunk.texts == ["the moon again", "a goal"]
    path.write_text("id,text\nz,a goal\n", encoding="utf-8")  # with a header now
    (chunk,) = NewDocuments(path, rules).chunks()
    assert chunk.texts == ["a goal"]


def test_new_documents_in_a_table_of_text(tmp_path: Path) -> None:
    rules = corpus_of(tmp_path, [["text"], *[[text] for text in TEXTS]])
    path = tmp_path / "new.txt"
    path.write_text("text\twho\r\nthe moon, again\tme\r\n", encoding="utf-16")
    (chunk,) = NewDocuments(path, rules).chunks()
    assert chunk.texts == ["the moon, again"]


def test_a_text_file_is_read_as_those_of_the_corpus(tmp_path: Path) -> None:
    data, new = tmp_path / "data", tmp_path / "new.txt"
    new.write_text("the moon\nand a goal\n", encoding="utf-8")
    data.mkdir()
    (data / "lines.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    files = CorpusFiles(tmp_path / "lines")
    build_corpus(find_sources(data), files, settings(), workers=1)
    rules = CorpusRules.from_json(json.loads(json.dumps(CorpusRules.of_corpus(files).to_json())))
    (chunk,) = NewDocuments(new, rules).chunks()
    assert chunk.texts == ["the moon", "and a goal"]

    (data / "another.txt").write_text(TEXTS[0], encoding="utf-8")
    files = CorpusFiles(tmp_path / "files")
    build_corpus(find_sources(data), files, settings(min_df=1, max_df=1.0), workers=1)
    documents = NewDocuments(new, CorpusRules.of_corpus(files))
    (chunk,) = documents.chunks()
    assert chunk.texts == ["the moon\nand a goal"]
    (note,) = documents.notes
    assert note.startswith("new.txt is read as one document of 2 lines, as the files of the corpus")
    new.write_text("the moon\n", encoding="utf-8")
    assert NewDocuments(new, CorpusRules.of_corpus(files)).notes == []


def test_new_documents_from_a_column_and_sheet_of_choice(tmp_path: Path) -> None:
    rules = corpus_of(tmp_path, [["text"], *[[text] for text in TEXTS]])
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active.append(["a goal"])
    second = book.create_sheet("survey")
    for row in (["who", "Frage 1"], ["me", "the moon"]):
        second.append(row)
    book.save(tmp_path / "new.xlsx")
    for column in ("Frage 1", "2"):
        documents = NewDocuments(tmp_path / "new.xlsx", rules, column, "survey")
        chunk = [*documents.chunks()][-1]
        assert chunk.texts[-1] == "the moon"
    with pytest.raises(InvalidOption, match=r"no column 'body' \(--text_column\)"):
        NewDocuments(tmp_path / "new.xlsx", rules, "body", "survey")
