from __future__ import annotations

import csv
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from tests.unit.corpus.conftest import without_segmenter, write_csv
from tests.unit.corpus.test_languages import ARTICLE_1
from theta.contracts import Split
from theta.corpus.languages import stop_words
from theta.corpus.sample import digest_texts
from theta.corpus.settings import CorpusReport
from theta.corpus.store import (
    iterate_documents,
    load_corpus,
    read_report,
    read_texts,
    text_digests,
)
from theta.corpus.tokenize import Tokenizer, TokenRules
from theta.errors import InvalidOption, ThetaError
from theta.layout import CorpusFiles

Prepare = Callable[..., CorpusReport]

WORDS = (
    "apple", "pear", "plum", "fig", "grape", "melon", "cherry", "lemon", "mango", "berry", "peach",
    "quince",
)  # fmt: skip


def texts(n: int, seed: int = 0) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=8)) for _ in range(n)]


def ledger(files: CorpusFiles) -> list[dict[str, str]]:
    with files.ledger.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


# --- the whole, end to end -----------------------------------------------------------------


def test_files_and_sizes(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(40)]])
    report = prepare()
    assert {path.name for path in files.root.iterdir()} == {
        "vocab.json", "bow.npz", "tokens.npz", "first_halves.npz", "documents.parquet",
        "ledger.csv", "manifest.json", "digests.npy",
    }  # fmt: skip
    corpus = load_corpus(files)
    assert corpus.vocabulary == tuple(sorted(WORDS))
    assert (corpus.n_docs, corpus.n_words) == (40, 12) == (report.documents, report.words)
    # 4 of 40 test, 4 of the other 36 validate (3.6 rounded).
    assert [len(corpus.rows(part)) for part in Split] == [32, 4, 4]
    assert (report.train, report.validation, report.test) == (32, 4, 4)
    assert report.tokens == corpus.bow.sum() == 40 * 8
    assert report.coverage == 1.0
    assert report == read_report(files)


def test_counts_are_count_vectorizers_on_the_training_documents(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    documents = [f"{text} rare{n % 20} don't 12 o'clock" for n, text in enumerate(texts(60))]
    write_csv(folder / "a.csv", [["text"], *[[text] for text in documents]])
    prepare(min_df=2, max_df=0.6, vocab_size=9, ngram_max=2)
    corpus = load_corpus(files)
    found = Tokenizer(TokenRules("en", stop_words("en"), True, False))
    reference = CountVectorizer(
        tokenizer=found.words, token_pattern=None, lowercase=False, ngram_range=(1, 2),
        min_df=2, max_df=0.6,
    )  # fmt: skip
    train = [documents[row] for row in corpus.rows(Split.TRAIN)]
    frequency = reference.fit_transform(train).sum(axis=0)
    names = reference.get_feature_names_out()
    top = sorted(zip(-np.asarray(frequency).ravel(), names, strict=True))[:9]
    assert corpus.vocabulary == tuple(sorted(name for _, name in top))
    columns = [list(names).index(word) for word in corpus.vocabulary]
    kept = [documents[int(name) - 1] for name in corpus.row_ids]
    assert (corpus.bow.toarray() == reference.transform(kept).toarray()[:, columns]).all()


def test_tokens_are_the_bag_of_words_in_order(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    documents = texts(30)
    write_csv(folder / "a.csv", [["text"], *[[text] for text in documents]])
    prepare()
    corpus = load_corpus(files)
    for row, text in enumerate(documents):
        ids = corpus.tokens.ids[corpus.tokens.starts[row] : corpus.tokens.starts[row + 1]]
        assert [corpus.vocabulary[at] for at in ids] == text.split()
        counts = np.bincount(ids, minlength=corpus.n_words)
        assert (corpus.bow[[row]].toarray()[0] == counts).all()


def test_first_halves(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    import pyarrow.parquet as pq

    # Nine words, "the" and "of" among them: the first five end with "plum".
    text = "The apple, the pear! Plum of fig; grape melon."
    write_csv(folder / "a.csv", [["text"], *[[text]] * 20])
    prepare()
    corpus = load_corpus(files)
    table = pq.read_table(files.documents).to_pydict()
    for row in range(20):
        end = table["half_at"][row]
        is_test = corpus.split[row] == Split.TEST
        assert (end is not None) == is_test
        if is_test:
            assert text[:end] == "The apple, the pear! Plum"
    first = corpus.first_halves.toarray()
    assert first.shape == (2, corpus.n_words)
    assert [dict(zip(corpus.vocabulary, row.tolist(), strict=True)) for row in first] == [
        {"apple": 1, "fig": 0, "grape": 0, "melon": 0, "pear": 1, "plum": 1}
    ] * 2
    second = corpus.bow[corpus.rows(Split.TEST)] - corpus.first_halves
    assert second.toarray().min() == 0
    assert second.sum() == 6


def test_ledger_accounts_for_every_row(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    rows = [["id", "text"], *[[f"d{n}", text] for n, text in enumerate(texts(60))]]
    rows[10][1] = ""
    rows[11][1] = "NaN"
    rows[12][1] = "of the"
    rows[13][1] = rows[1][1]
    rows[14].append("one field too many")
    rows[15] = ["=1+1", rows[15][1]]
    write_csv(folder / "a.csv", rows)
    report = prepare()
    book = ledger(files)
    assert len(book) == report.rows == 60
    assert [(r["id"], r["line"], r["status"], r["reason"], r["tokens"]) for r in book[8:15]] == [
        ("d8", "10", "kept", "", "8"),
        ("d9", "11", "dropped", "empty", "0"),
        ("d10", "12", "dropped", "empty", "0"),
        ("d11", "13", "dropped", "too short after tokenising", "0"),
        ("d12", "14", "kept", "", "8"),
        ("14", "15", "dropped", "bad row", "0"),  # its own id cannot be trusted
        ("'=1+1", "16", "kept", "", "8"),  # shown, not run, by a spreadsheet
    ]
    assert [r["id"] for r in book if r["duplicate"]] == ["d12"]
    assert report.dropped == {"bad row": 1, "empty": 2, "too short after tokenising": 1}
    assert report.duplicates == 1
    # The corpus' rows are the ledger's kept rows, in order.
    corpus = load_corpus(files)
    kept = [r["id"].lstrip("'") for r in book if r["status"] == "kept"]
    assert list(corpus.row_ids) == kept
    assert [r["tokens"] for r in book if r["status"] == "kept"] == [
        str(n) for n in np.diff(corpus.tokens.starts)
    ]


def test_results_join_back_to_the_users_file(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    rows = [[f"id{n}", text, f"note {n}"] for n, text in enumerate(texts(30))]
    rows[3][1] = ""
    write_csv(folder / "a.csv", [["id", "text", "note"], *rows])
    prepare()
    (documents,) = list(iterate_documents(files))
    own = {row[0]: row for row in rows}
    for name, text, note in zip(
        documents.row_ids, documents.texts, documents.columns["note"], strict=True
    ):
        assert own[name] == [name, text, note]


def test_duplicates_are_dropped_on_request(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(20)], *[[texts(1)[0]]] * 3])
    report = prepare(drop_duplicates=True)
    assert (report.documents, report.duplicates, report.dropped) == (20, 3, {"duplicate": 3})
    assert [row["reason"] for row in ledger(files)[-3:]] == ["duplicate"] * 3


def test_same_settings_same_bytes_and_processes_do_not_matter(
    folder: Path, files: CorpusFiles, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("theta.corpus.documents.CHUNK_ROWS", 50)
    monkeypatch.setattr("theta.corpus.parallel.PATIENCE", 0.0)
    write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(400)]])
    prepare(workers=1)
    alone = {path.name: path.read_bytes() for path in files.root.iterdir()}
    prepare(workers=2)
    together = {path.name: path.read_bytes() for path in files.root.iterdir()}
    assert alone == together
    monkeypatch.undo()
    prepare()
    assert load_corpus(files).fingerprint
    corpus = {name: data for name, data in alone.items() if name in ("bow.npz", "tokens.npz")}
    assert corpus == {name: (files.root / name).read_bytes() for name in corpus}


def test_seed_moves_the_split_only(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(50)]])
    prepare(seed=0)
    first = load_corpus(files)
    first_split, first_counts = first.split.copy(), first.bow.toarray()
    prepare(seed=1)
    second = load_corpus(files)
    assert (first_split != second.split).any()
    assert (first_counts == second.bow.toarray()).all()
    assert first.fingerprint != second.fingerprint


def test_vocabulary_is_counted_on_training_documents_only(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    rows = [["text", "split"], *[[text, "train"] for text in texts(30)]]
    rows += [["apple xylophone", "test"], ["apple zeppelin", "dev"]]
    write_csv(folder / "a.csv", rows)
    prepare()
    corpus = load_corpus(files)
    assert "xylophone" not in corpus.vocabulary
    assert "zeppelin" not in corpus.vocabulary
    assert [len(corpus.rows(part)) for part in Split] == [30, 1, 1]


# --- what is embedded ----------------------------------------------------------------------


def test_natural_text_is_kept_for_the_embedder(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    text = "The <b>apple</b> isn't a pear, of course: see https://example.org!"
    write_csv(folder / "a.csv", [["text"], *[[text]] * 4, ["The apple"]])
    prepare()
    assert read_texts(files)[0] == text
    prepare(clean=True)
    assert read_texts(files)[0] == "The apple isn't a pear, of course: see"
    assert read_texts(files, np.array([4, 0])) == [
        "The apple",
        "The apple isn't a pear, of course: see",
    ]


def test_texts_and_counts_come_from_the_same_rows(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    rows = [[text] for text in texts(50)]
    for row in (0, 7, 20):
        rows[row] = [""]
    write_csv(folder / "a.csv", [["text"], *rows])
    prepare()
    corpus = load_corpus(files)
    found = read_texts(files)
    assert len(found) == corpus.n_docs == 47
    for row, text in enumerate(found):
        assert corpus.bow[[row]].sum() == len(text.split())


# --- labels, times, covariates -------------------------------------------------------------


def test_labels_times_and_covariates(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    rows = [["category", "content", "date", "cov_age", "cov_party", "split"]]
    for n, text in enumerate(texts(20)):
        label = ["", "b", "a"][n % 3]
        date = ["2020-05-03", "3.5.2021", "soon", ""][n % 4]
        age = "" if n == 3 else n
        rows.append([label, text, date, age, "left", ""])
    write_csv(folder / "a.csv", rows)
    report = prepare()
    corpus = load_corpus(files)
    assert corpus.labels is not None
    assert corpus.labels.names == ("a", "b")
    assert corpus.labels.codes[:4].tolist() == [-1, 1, 0, -1]
    assert corpus.times is not None
    assert corpus.times.dtype == np.dtype("datetime64[D]")
    assert [str(day) for day in corpus.times[:4]] == ["2020-05-03", "2021-05-03", "NaT", "NaT"]
    assert report.undated == 10
    age = corpus.covariates["cov_age"]
    assert age.dtype == np.float64
    assert np.isnan(age[3])
    assert age[4] == 4
    assert corpus.covariates["cov_party"].tolist() == ["left"] * 20
    assert report.columns == {
        "text": "content", "label": "category", "time": "date", "id": None, "split": "split",
    }  # fmt: skip


def test_requested_columns_win(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    rows = [["text", "body", "topic", "when"]]
    rows += [["not this", text, "x", 1999] for text in texts(10)]
    write_csv(folder / "a.csv", rows)
    prepare(text_column="body", label_column="topic", time_column="when")
    corpus = load_corpus(files)
    assert read_texts(files) == texts(10)
    assert corpus.labels is not None
    assert corpus.labels.names == ("x",)
    assert corpus.times is not None
    assert set(corpus.times.astype(str)) == {"1999-01-01"}


@pytest.mark.parametrize("column", ["text", "content", "cleaned_content", "clean_text", "TEXT"])
def test_documented_text_columns(
    folder: Path, files: CorpusFiles, prepare: Prepare, column: str
) -> None:
    write_csv(folder / "a.csv", [["other", column], *[["x", text] for text in texts(5)]])
    assert prepare().columns["text"] == column


def test_without_labels_and_times(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(5)]])
    prepare()
    corpus = load_corpus(files)
    assert corpus.labels is None
    assert corpus.times is None
    assert corpus.covariates == {}


# --- dirt ----------------------------------------------------------------------------------


def test_numbers_in_the_text_column_are_text(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    rows = [{"text": text} for text in texts(10)] + [{"text": 42}, {"text": None}, {"text": 1.5}]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    report = prepare(keep_numbers=True, min_df=1, test_share=0.0)
    assert report.dropped["empty"] == 1
    assert "42" in load_corpus(files).vocabulary


def test_several_files_are_one_corpus(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    write_csv(folder / "a.csv", [["text", "label"], *[[text, "x"] for text in texts(5)]])
    write_csv(folder / "b.csv", [["label", "text"], *[["y", text] for text in texts(5, 1)]])
    prepare()
    corpus = load_corpus(files)
    assert corpus.labels is not None
    assert corpus.labels.codes.tolist() == [0] * 5 + [1] * 5
    assert [row["file"] for row in ledger(files)] == ["a.csv"] * 5 + ["b.csv"] * 5


def test_long_and_strange_cells_are_data(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    strange = [
        '{"a": [1, "b"]} apple',
        "apple\x00pear",
        "😀 apple",
        "\u202eapple\u202c",
        "=apple()",
    ]
    # The split is given: a document whose words no training document has would be dropped.
    rows = [[text, "train"] for text in (*strange[1:], "plum " * 50_000)]
    write_csv(folder / "a.csv", [["text", "split"], [strange[0], "validation"], *rows])
    assert prepare(test_share=0.0).documents == 6
    assert read_texts(files)[:5] == strange


def test_half_surrogates_in_json(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    lines = [json.dumps({"text": f"apple {text}", "note": "\ud800"}) for text in texts(4)]
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert prepare().documents == 4


# --- languages -----------------------------------------------------------------------------

CORPORA = {
    "ru": ["Война и мир", "Россия и её города", "женщины города Москва"],
    "ar": ["الحكومة تعلن الميزانية", "الاقتصاد والميزانية", "الحكومة والاقتصاد"],
    "pl": ["Żółta łódź płynie", "rzeka i łódź", "żółta rzeka"],
    "tr": ["İstanbul güzel şehir", "IŞIK ve şehir", "ışık güzel"],
    "hi": ["किताब और पानी", "नदी का पानी", "किताब नदी"],
    "zh": ["中国经济增长", "经济政策", "中国政策"],
}


@pytest.mark.parametrize("code", CORPORA)
def test_languages_end_to_end(
    folder: Path, files: CorpusFiles, prepare: Prepare, code: str
) -> None:
    rows = [[text] for text in CORPORA[code] * 5] + [[ARTICLE_1[code]]] * 5
    write_csv(folder / "a.csv", [["text"], *rows])
    report = prepare(language="auto")
    assert report.language == code
    assert report.documents == 20
    words = set(load_corpus(files).vocabulary)
    expected = {
        "ru": {"война", "россия", "города"},
        "ar": {"الحكومة", "الميزانية"},
        "pl": {"łódź", "żółta", "rzeka"},
        "tr": {"ışık", "şehir", "istanbul"},
        "hi": {"किताब", "पानी", "नदी"},
        "zh": {"中国", "经济", "政策"},
    }
    assert expected[code] <= words


def test_korean_words_of_two_syllables(
    folder: Path, files: CorpusFiles, prepare: Prepare, caplog: pytest.LogCaptureFixture
) -> None:
    import importlib.util

    write_csv(folder / "a.csv", [["text"], *[["경제 성장 물가"], ["경제 안정"]] * 5])
    report = prepare(language="auto")
    assert {"경제", "성장", "물가", "안정"} == set(load_corpus(files).vocabulary)
    if importlib.util.find_spec("kiwipiepy") is None:
        assert "pip install kiwipiepy" in "\n".join(report.notes)


# --- languages -----------------------------------------------------------------------------


def test_each_text_of_a_mixed_corpus_is_read_in_its_language(
    folder: Path, files: CorpusFiles, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("theta.corpus.documents.CHUNK_ROWS", 20)
    monkeypatch.setattr("theta.corpus.parallel.PATIENCE", 0.0)
    english = ["The weather in the city is good", "She took the train and not the car"]
    chinese = ["北京的天气很好", "我们今天去公园跑步"]
    write_csv(folder / "a.csv", [["text"], *[[t] for t in (english + chinese) * 25]])
    report = prepare(language="auto", workers=1)
    assert (report.documents, report.languages) == (100, ["en", "zh"])
    assert set(load_corpus(files).vocabulary) == {
        "weather", "city", "good", "took", "train", "car", "北京", "天气", "公园", "跑步", "今天",
    }  # fmt: skip
    (note,) = [note for note in report.notes if "several languages" in note]
    assert "english 50%, chinese 50%" in note
    alone = {path.name: path.read_bytes() for path in files.root.iterdir()}
    prepare(language="auto", workers=2)
    assert alone == {path.name: path.read_bytes() for path in files.root.iterdir()}
    named = prepare(language="english,chinese")
    assert named.languages == ["en", "zh"]
    assert not named.notes
    as_english = prepare(language="english", min_tokens=0)
    assert any("look like other languages (chinese 50%)" in note for note in as_english.notes)


def test_a_language_that_comes_late_is_reported(
    folder: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("theta.corpus.documents.CHUNK_ROWS", 20)
    monkeypatch.setattr("theta.corpus.word_rules._SAMPLED_ROWS", 40)
    english = ["The weather in the city is good", "She took the train and not the car"] * 40
    chinese = ["北京的天气很好", "我们今天去公园跑步"] * 40
    write_csv(folder / "a.csv", [["text"], *[[text] for text in english + chinese]])
    notes = "\n".join(prepare(language="auto").notes)
    assert "also documents in chinese: prepare again with --language english,chinese" in notes
    assert "prepare again" not in "\n".join(prepare(language="english,chinese").notes)


def test_a_minor_language_without_segmenter_does_not_stop_the_corpus(
    folder: Path, files: CorpusFiles, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_segmenter(monkeypatch, "my")
    english = ["The weather in the city is good", "She took the train and not the car"] * 9
    write_csv(folder / "a.csv", [["text"], *[[t] for t in [*english, *["မြန်မာနိုင်ငံသည်"] * 4]]])
    report = prepare(language="auto")
    assert report.languages == ["en"]
    assert any(
        "pip install icu4py; until then they are split as english" in n for n in report.notes
    )
    # It was in the sample, so it has not come late.
    assert not any("prepare again" in note for note in report.notes)
    with pytest.raises(InvalidOption, match="Burmese words need a segmenter: pip install icu4py"):
        prepare(language="burmese")


def test_answers_of_one_word_lose_none(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    write_csv(folder / "a.csv", [["text"], *[["sun"], ["moon"]] * 6])
    report = prepare(language="auto")
    assert (report.documents, report.language) == (12, "und")
    assert any("no stop words are removed; name it with --language" in n for n in report.notes)
    write_csv(folder / "a.csv", [["text"], *[["car"], ["bus"], ["train"], ["bike"]] * 9])
    report = prepare(language="auto")
    assert report.documents == 36
    assert "car" in load_corpus(files).vocabulary


def test_many_dropped_documents_are_reported_with_a_remedy(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    rows = [[text] for text in texts(90)]
    write_csv(folder / "a.csv", [["text"], *rows, *[["of the"]] * 5])
    (note,) = prepare().notes
    assert note == (
        "5 of 95 documents (5%) were dropped: 5 without a countable word; the ledger lists "
        "them. To keep more: --language und (no stop words), --min_tokens 0 (documents without "
        "words)"
    )
    write_csv(folder / "a.csv", [["text"], *rows, *[["of the"]] * 4])
    assert not prepare().notes  # 4 of 94 are fewer than a twentieth
    write_csv(folder / "a.csv", [["text"], *rows, *[["1999"], ["singular"], [""]] * 3])
    (note,) = prepare(min_df=4).notes
    assert "3 empty, 3 without a countable word, 3 with too few words" in note
    assert "--keep_numbers" in note
    assert "--min_df 1" in note


def test_numbers_alone_name_the_option_that_counts_them(folder: Path, prepare: Prepare) -> None:
    write_csv(folder / "a.csv", [["text"], *[["12 7"], ["1999"]] * 5])
    with pytest.raises(InvalidOption, match="the documents contain 15 numbers; set --keep_numbers"):
        prepare(language="auto")
    assert prepare(language="auto", keep_numbers=True).documents == 10


def test_remains_of_html_name_the_option_that_removes_them(folder: Path, prepare: Prepare) -> None:
    rows = [[f"{text}&nbsp;{text} &amp; &quot;"] for text in texts(20)]
    write_csv(folder / "a.csv", [["text"], *rows])
    (note,) = prepare().notes
    assert set(note.split(" among ")[0].split(", ")) == {"nbsp", "amp", "quot"}
    assert "--clean" in note
    assert not prepare(clean=True).notes


def test_phrases_are_words_of_the_corpus(
    folder: Path, files: CorpusFiles, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("theta.corpus.documents.CHUNK_ROWS", 20)
    monkeypatch.setattr("theta.corpus.parallel.PATIENCE", 0.0)
    rows = [[f"{text} in New York {text}"] for text in texts(100)]
    write_csv(folder / "a.csv", [["text"], *rows])
    report = prepare(phrases=True, workers=1)
    corpus = load_corpus(files)
    assert report.phrases == 1
    assert set(corpus.vocabulary) == {*WORDS, "new_york"}
    assert corpus.bow.sum() == report.tokens == 100 * 17
    assert (corpus.bow[:, [corpus.vocabulary.index("new_york")]].toarray() == 1).all()
    # The first ten of the nineteen raw words end with "new": the phrase ends after them.
    assert (corpus.first_halves.sum(axis=1) == 8).all()
    alone = {path.name: path.read_bytes() for path in files.root.iterdir()}
    prepare(phrases=True, workers=2)
    assert alone == {path.name: path.read_bytes() for path in files.root.iterdir()}
    with pytest.raises(InvalidOption, match="--phrases and --ngram_max 2"):
        prepare(phrases=True, ngram_max=2)


def test_removed_words_are_reported(folder: Path, files: CorpusFiles, prepare: Prepare) -> None:
    rows = [[f"the {text} 1999 at once{n}"] for n, text in enumerate(texts(20))]
    write_csv(folder / "a.csv", [["text"], *rows])
    report = prepare(min_df=2)
    removed = {word: (count, reason) for word, count, reason in report.frequent_removed}
    assert removed["the"] == (20, "stop word")
    assert removed["at"] == (20, "stop word")
    assert removed["(numbers)"] == (20, "number")
    assert removed["once0"] == (1, "in fewer than 2 training documents")
    assert sum(count for _, count in report.frequent_kept) == 160
    # Of each document's 9 words the vocabulary has 8.
    assert report.coverage == pytest.approx(8 / 9)


# --- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], r"a\.csv is empty"),
        ([["text"]], "header but no rows"),
        (
            [["name", "x"], ["one", "two"]],
            r"no column named text, content.*its columns are 'name', 'x'.*--text_",
        ),
        ([["text"], [""], ["NaN"], [" "]], "none of the 3 documents has a text: 3 empty"),
        ([["text"], ["only one document"]], "needs 2 documents, at least 1 for training; 1 of 1"),
        ([["text"], ["of the"], ["and"]], "no word is left"),
        ([["text", "split"], ["one apple", "holdout"]], "line 2: the split column has 'holdout'"),
        ([["text"], *[["apple pear", "x"]] * 3, ["apple"]], "3 of 4 rows are bad.*line 2"),
    ],
)
def test_bad_data_is_one_clear_error(
    folder: Path, files: CorpusFiles, prepare: Prepare, rows: list[list[str]], message: str
) -> None:
    write_csv(folder / "a.csv", rows)
    with pytest.raises(InvalidOption, match=message) as caught:
        prepare()
    assert "\n" not in str(caught.value)
    assert not files.root.exists()
    assert not [path for path in files.root.parent.iterdir() if path.is_dir()]


@pytest.mark.parametrize("option", ["text", "label", "time"])
def test_asked_column_that_is_not_there(folder: Path, prepare: Prepare, option: str) -> None:
    write_csv(folder / "a.csv", [["text"], ["one"]])
    with pytest.raises(
        InvalidOption, match=f"'nope' \\(--{option}_column\\); its columns are 'text'"
    ):
        prepare(**{f"{option}_column": "nope"})


def test_files_that_do_not_agree_are_listed(folder: Path, prepare: Prepare) -> None:
    write_csv(folder / "a.csv", [["text"], ["one"]])
    write_csv(folder / "b.csv", [["text", "label"], ["one", "x"]])
    with pytest.raises(InvalidOption, match=r"a\.csv: text; b\.csv: text, label"):
        prepare()


def test_many_bad_rows_end_the_reading_early(
    folder: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("theta.corpus.documents.CHUNK_ROWS", 1000)
    write_csv(folder / "a.csv", [["text"], *[["a", "b"]] * 100_000])
    with pytest.raises(InvalidOption, match="of 1,000 rows are bad"):
        prepare()


def test_a_few_bad_rows_are_skipped_and_logged(
    folder: Path, prepare: Prepare, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [["text"], *[[text] for text in texts(40)]]
    rows[5].append("more")
    write_csv(folder / "a.csv", rows)
    report = prepare()
    assert (report.documents, report.dropped) == (39, {"bad row": 1})
    assert "a.csv, line 6: bad row skipped: 2 fields where the header has 1" in caplog.text


def test_five_documents_train_with_a_warning(
    folder: Path, files: CorpusFiles, prepare: Prepare, caplog: pytest.LogCaptureFixture
) -> None:
    write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(5)]])
    report = prepare(min_df="auto", max_df=0.7)
    assert (report.train, report.validation, report.test, report.min_df) == (4, 0, 1, 1)
    assert report.words > 0
    assert "Only 5 documents" in caplog.text


def test_split_column_without_training_documents_is_not_taken(
    folder: Path, files: CorpusFiles, prepare: Prepare, caplog: pytest.LogCaptureFixture
) -> None:
    write_csv(folder / "a.csv", [["text", "split"], *[[text, "test"] for text in texts(20)]])
    report = prepare()
    assert (report.train, report.test) == (16, 2)
    assert "split column has no training document" in caplog.text


def test_an_error_leaves_the_last_corpus(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    path = write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(20)]])
    prepare()
    before = {path.name: path.read_bytes() for path in files.root.iterdir()}
    path.write_text("text\n", encoding="utf-8")
    with pytest.raises(ThetaError):
        prepare()
    assert before == {path.name: path.read_bytes() for path in files.root.iterdir()}


def test_data_that_changes_while_it_is_read(
    folder: Path, files: CorpusFiles, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    from theta.corpus import build

    path = write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(20)]])
    count = build._count_vocabulary

    def meanwhile(*arguments: object) -> object:
        path.write_text("text\nother\n", encoding="utf-8")
        return count(*arguments)

    monkeypatch.setattr(build, "_count_vocabulary", meanwhile)
    with pytest.raises(InvalidOption, match="changed while it was read"):
        prepare()


def test_nothing_is_read_from_the_network(
    folder: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*arguments: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(10)]])
    prepare(language="auto", clean=True)


def test_repeated_ids_and_broken_characters_are_noted(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    rows = [["id", "text"], *[["same", text] for text in texts(6)], ["7", "apple"]]
    path = write_csv(folder / "a.csv", rows)
    path.write_bytes(path.read_bytes() + "größer schöner übel öfter".encode() * 20 + b"\xff,x\n")
    path.write_bytes(path.read_bytes().replace(b"7,apple", b"7,apple \xff pear"))
    notes = "\n".join(prepare().notes)
    assert "5 rows repeat the id of an earlier row" in notes
    assert "characters that could not be decoded (\ufffd): 1" in notes


def test_a_process_that_dies_is_no_traceback(
    folder: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    from theta.corpus import parallel
    from theta.errors import OutOfMemory

    monkeypatch.setattr("theta.corpus.documents.CHUNK_ROWS", 5)
    monkeypatch.setattr(parallel, "PATIENCE", 0.0)
    monkeypatch.setattr(parallel, "_tokenizer", os._exit)  # with rules for a number: it fails
    write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(50)]])
    with pytest.raises(OutOfMemory, match="with a smaller --threads"):
        prepare(workers=2)


def test_a_label_column_with_the_texts_is_refused(folder: Path, prepare: Prepare) -> None:
    write_csv(folder / "a.csv", [["text", "side"], ["one apple", "x"], ["two pears", "y"]])
    message = "--label_column text: the texts of a.csv are in this column; .* 'side'"
    with pytest.raises(InvalidOption, match=message):
        prepare(label_column="text")
    with pytest.raises(InvalidOption, match="--time_column text"):
        prepare(text_column="1", time_column="1")


def test_a_text_column_named_label_is_no_label(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    write_csv(folder / "a.csv", [["label"], ["one apple"], ["two pears"]])
    assert prepare(text_column="label").columns["label"] is None


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_a_sheet_of_a_file_without_sheets_is_refused(
    folder: Path, prepare: Prepare, name: str
) -> None:
    write_csv(folder / name, [["text", "side"], ["one apple", "x"], ["two pears", "y"]])
    with pytest.raises(InvalidOption, match=f"--sheet 2: {name} is not an Excel workbook"):
        prepare(sheet="2")


def test_values_that_differ_in_case_are_noted(folder: Path, prepare: Prepare) -> None:
    sides = ["Left", "left ", "LEFT", "right"] * 5
    rows = [["apple pear", side, side, side.strip().lower()] for side in sides]
    write_csv(folder / "a.csv", [["text", "label", "cov_side", "cov_good"], *rows])
    notes = [note for note in prepare().notes if "spelling" in note]
    assert notes == [
        f"values of the column {name!r} differ only in spelling and count as different: "
        "'LEFT' (5), 'Left' (5), 'left' (5); write them alike in the file and prepare again"
        for name in ("label", "cov_side")
    ]


def test_digests_are_those_of_the_kept_texts(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    rows = [f"<b>{text}</b>  write to me at me@example.org" for text in texts(30)]
    write_csv(folder / "a.csv", [["text"], ["x"], *[[text] for text in [*rows, *rows[:3], ""]]])
    prepare(clean=True, drop_duplicates=True, drop_boilerplate=True, min_tokens=2)
    assert len(read_texts(files)) == 30
    kept = text_digests(files)
    np.testing.assert_array_equal(kept, digest_texts(read_texts(files)))
    manifest = json.loads(files.manifest.read_text())
    del manifest["files"]["digests.npy"], manifest["checksum"]
    files.manifest.write_text(json.dumps(manifest))
    files.digests.unlink()
    np.testing.assert_array_equal(text_digests(files), kept)
