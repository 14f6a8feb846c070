from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.corpus.conftest import PLAIN, write_csv
from theta.contracts import Split
from theta.corpus.build import build_corpus
from theta.corpus.builtin import BUILT_IN, dataset_sources, list_datasets
from theta.corpus.store import load_corpus
from theta.errors import MissingFile, ThetaError
from theta.layout import ProjectPaths


@pytest.fixture
def project(tmp_path: Path) -> ProjectPaths:
    return ProjectPaths(tmp_path / "data", tmp_path / "workspace", tmp_path / "result", None)


def test_lee_has_gensims_counts(project: ProjectPaths) -> None:
    from gensim.corpora import Dictionary
    from gensim.test.utils import datapath
    from gensim.utils import simple_preprocess

    # Words of letters are the same to both; gensim cuts at apostrophes and digits, so those go.
    lines = Path(datapath("lee_background.cor")).read_text(encoding="utf-8").splitlines()
    lines = [re.sub(r"[\d'_]", " ", line) for line in lines]
    write_csv(project.data / "lee" / "lee.csv", [["text"], *[[line] for line in lines]])
    files = project.corpus("lee")
    settings = replace(PLAIN, language="und", vocab_size=10**6, test_share=0.0)
    build_corpus(dataset_sources(project, "lee"), files, settings)
    corpus = load_corpus(files)

    documents = [simple_preprocess(line, min_len=3, max_len=100) for line in lines]
    train = corpus.rows(Split.TRAIN).tolist()
    gensim = Dictionary([documents[row] for row in train])
    assert set(corpus.vocabulary) == set(gensim.token2id)
    for row in train:
        counts = {gensim[at]: count for at, count in gensim.doc2bow(documents[row])}
        start, end = corpus.bow.indptr[row], corpus.bow.indptr[row + 1]
        ours = zip(corpus.bow.indices[start:end], corpus.bow.data[start:end], strict=True)
        assert {corpus.vocabulary[at]: count for at, count in ours} == counts


def test_lee_has_a_sensible_vocabulary(project: ProjectPaths) -> None:
    files = project.corpus("lee")
    settings = replace(PLAIN, language="auto", min_df="auto", max_df=0.7)
    report = build_corpus(dataset_sources(project, "lee"), files, settings)
    assert (report.language, report.documents, report.min_df, report.words) == ("en", 300, 2, 2000)
    assert {"afghanistan", "taliban", "cricket", "palestinian"} <= set(
        load_corpus(files).vocabulary
    )


def test_newsgroups_keep_label_and_split(
    project: ProjectPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn import datasets
    from sklearn.utils import Bunch

    asked: list[dict[str, object]] = []

    def fetch(**options: object) -> Bunch:
        asked.append(options)
        texts = [f"{options['subset']} message about space {n}" for n in range(10)]
        return Bunch(data=texts, target=[n % 2 for n in range(10)], target_names=["alt", "sci"])

    monkeypatch.setattr(datasets, "fetch_20newsgroups", fetch)
    files = project.corpus("20newsgroups")
    build_corpus(dataset_sources(project, "20newsgroups"), files, PLAIN)
    corpus = load_corpus(files)
    assert corpus.labels is not None
    assert corpus.labels.names == ("alt", "sci")
    assert Counter(corpus.split.tolist()) == {0: 9, 1: 1, 2: 10}
    assert {options["remove"] for options in asked} == {("headers", "footers", "quotes")}


def test_newsgroups_without_network_say_so(
    project: ProjectPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn import datasets

    def fetch(**options: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(datasets, "fetch_20newsgroups", fetch)
    with pytest.raises(ThetaError, match="needs network access once"):
        build_corpus(
            dataset_sources(project, "20newsgroups"), project.corpus("20newsgroups"), PLAIN
        )


def test_own_folder_comes_first(project: ProjectPaths) -> None:
    write_csv(project.data / "lee" / "a.csv", [["text"], ["mine"]])
    assert [source.name for source in dataset_sources(project, "lee")] == ["a.csv"]


def test_unknown_data_set_lists_what_there_is(project: ProjectPaths) -> None:
    write_csv(project.data / "mine" / "a.csv", [["text"], ["mine"]])
    with pytest.raises(MissingFile, match=r"'yours'.*mine, lee, 20newsgroups"):
        dataset_sources(project, "yours")


def test_list_of_data_sets(project: ProjectPaths) -> None:
    assert [entry.name for entry in list_datasets(project)] == list(BUILT_IN)
    write_csv(project.data / "mine" / "a.csv", [["text", "label"], ["one", 1], ["two", 2]])
    (project.data / "empty").mkdir()
    empty, mine, *built_in = list_datasets(project)
    assert (mine.name, mine.rows, mine.columns) == ("mine", 2, ("text", "label"))
    assert "it is empty" in empty.problem
    assert [entry.name for entry in built_in] == list(BUILT_IN)
