from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.unit.corpus.conftest import write_csv
from tests.unit.corpus.test_build import Prepare
from theta.corpus.lemmas import find_lemmatizer
from theta.corpus.store import load_corpus
from theta.errors import InvalidOption
from theta.layout import CorpusFiles

# Two themes, three words each, as they are inflected.
FORMS = {
    "finnish": (
        ["talo talon talossa talosta taloon", "auto auton autossa autosta autolla",
         "katu kadun kadulla kadulta kaduilla"],
        ["hallitus hallituksen hallituksessa hallitukselle", "laki lain lakia laissa lakien",
         "puolue puolueen puolueella puolueesta"],
    ),
    "polish": (
        ["dom domu domów domem domach", "ulica ulicy ulicę ulicach", "miasto miastem miastach"],
        ["rząd rządu rządem rządowi", "prawo prawa prawem prawach", "partia partii partiami"],
    ),
    "russian": (
        ["дом дома домов домами", "улица улицы улицу улицах", "автомобиль автомобиля автомобили"],
        ["закон закона законы законами", "партия партии партию", "правительство правительства"],
    ),
    "turkish": (
        ["ev evde evler evlerde evin", "araba arabada arabalar arabanın", "sokak sokakta"],
        ["hükümet hükümetin hükümette", "seçim seçimde seçimler seçimlerde", "parti partiler"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", FORMS)
def test_same_topics_from_fewer_forms(
    language: str, folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    from sklearn.decomposition import NMF

    draw = random.Random(0)
    themes = [[word.split() for word in theme] for theme in FORMS[language]]
    documents = [
        " ".join(draw.choice(draw.choice(themes[n % 2])) for _ in range(4)) for n in range(200)
    ]
    write_csv(folder / "a.csv", [["text"], *[[text] for text in documents]])
    agreement, sizes = {}, {}
    for lemmatize in (False, True):
        prepare(language=language, lemmatize=lemmatize)
        corpus = load_corpus(files)
        sizes[lemmatize] = corpus.n_words
        topics = NMF(2, init="nndsvda", random_state=0).fit_transform(corpus.bow)
        truth = np.array([int(name) % 2 for name in corpus.row_ids])
        right = (topics.argmax(axis=1) == truth).mean()
        agreement[lemmatize] = max(right, 1 - right)
    assert sizes[True] <= 8 < 18 <= sizes[False]
    assert agreement[True] == 1.0
    assert agreement[True] >= agreement[False]


def test_words_in_their_dictionary_form() -> None:
    for language, form, lemma in [
        ("tr", "evlerde", "ev"), ("no", "husene", "hus"),
    ]:  # fmt: skip
        lemmatize = find_lemmatizer(language)
        assert lemmatize is not None
        assert lemmatize(form) == lemma
    assert find_lemmatizer("zh") is None


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simplemma", None)
    find_lemmatizer.cache_clear()
    with pytest.raises(InvalidOption, match="pip install simplemma"):
        find_lemmatizer("fi")
    monkeypatch.undo()
    find_lemmatizer.cache_clear()


def test_a_language_without_tables_is_reported(
    folder: Path, files: CorpusFiles, prepare: Prepare
) -> None:
    write_csv(folder / "a.csv", [["text"], *[["自然语言处理是人工智能的重要方向"]] * 9])
    report = prepare(language="chinese", lemmatize=True)
    assert "--lemmatize has no dictionary for chinese" in "\n".join(report.notes)
