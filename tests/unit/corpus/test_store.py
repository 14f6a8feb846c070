from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.corpus.conftest import PLAIN, write_csv
from tests.unit.corpus.test_build import texts
from theta.contracts import Split
from theta.corpus.read import find_sources
from theta.corpus.settings import CorpusReport
from theta.corpus.store import (
    iterate_first_halves,
    iterate_texts,
    load_corpus,
    read_texts,
    read_vocabulary,
    why_stale,
)
from theta.errors import MissingFile
from theta.layout import CorpusFiles
from theta.storage import Damaged, fingerprint, sha256, write_json
from theta.storage.manifests import signed

Prepare = Callable[..., CorpusReport]


@pytest.fixture
def corpus_files(folder: Path, files: CorpusFiles, prepare: Prepare) -> CorpusFiles:
    write_csv(folder / "a.csv", [["id", "text"], *[[n, text] for n, text in enumerate(texts(30))]])
    prepare()
    return files


def test_nothing_changed(folder: Path, corpus_files: CorpusFiles) -> None:
    assert why_stale(corpus_files, find_sources(folder), PLAIN) is None
    os.utime(folder / "a.csv", (1, 1))  # copied, but with the same content
    assert why_stale(corpus_files, find_sources(folder), PLAIN) is None


def test_what_makes_a_corpus_stale(folder: Path, corpus_files: CorpusFiles, tmp_path: Path) -> None:
    sources = find_sources(folder)
    changed = replace(PLAIN, min_df=3, seed=7)
    assert why_stale(corpus_files, sources, changed) == "min_df was 1, is 3; seed was 0, is 7"
    other = CorpusFiles(tmp_path / "elsewhere" / "corpus")
    assert why_stale(other, sources, PLAIN) == "it is not prepared"
    with (folder / "a.csv").open("a", encoding="utf-8") as handle:
        handle.write("99,apple\n")
    assert why_stale(corpus_files, sources, PLAIN) == "a.csv has changed"
    write_csv(folder / "b.csv", [["id", "text"], [1, "pear"]])
    assert (
        why_stale(corpus_files, find_sources(folder), PLAIN)
        == "the number of data files has changed"
    )


def test_own_stop_words_are_part_of_it(
    folder: Path, files: CorpusFiles, prepare: Prepare, tmp_path: Path
) -> None:
    write_csv(folder / "a.csv", [["text"], *[[text] for text in texts(10)]])
    path = tmp_path / "stop.txt"
    path.write_text("apple\n", encoding="utf-8")
    prepare(stopwords=path)
    assert "apple" not in load_corpus(files).vocabulary
    settings = replace(PLAIN, stopwords=path)
    assert why_stale(files, find_sources(folder), settings) is None
    path.write_text("pear\n", encoding="utf-8")
    assert why_stale(files, find_sources(folder), settings) == f"{path} has changed"
    path.unlink()
    with pytest.raises(MissingFile, match=r"stop\.txt"):
        why_stale(files, find_sources(folder), settings)


def test_missing_corpus_names_the_command(tmp_path: Path) -> None:
    files = CorpusFiles(tmp_path / "mine" / "corpus")
    with pytest.raises(MissingFile, match=r"prepare_data\.py --dataset mine"):
        load_corpus(files)


@pytest.mark.parametrize("part", ["bow", "tokens", "first_halves", "documents", "vocabulary"])
def test_truncated_file_is_found(corpus_files: CorpusFiles, folder: Path, part: str) -> None:
    path = getattr(corpus_files, part)
    path.write_bytes(path.read_bytes()[:-7])
    assert "is damaged" in str(why_stale(corpus_files, find_sources(folder), PLAIN))
    with pytest.raises(Damaged, match=path.name):
        load_corpus(corpus_files)


@pytest.mark.parametrize(
    "content",
    [
        b'{"__proto__": ["a"]}',
        b'"apple"',
        b"[1, 2, 3]",
        b'[["apple"]]',
        b'["apple", "apple"]',
        b'["apple", ""]',
        b'["apple", null]',
        b"[NaN]",
        b"[" + b"9" * 5_000 + b"]",
        b"[" * 100_000 + b"]" * 100_000,
        b'["\xff\xfe"]',
        b"\x80\x04]\x94.",
        b"",
    ],
    ids=range(13),
)
def test_a_vocabulary_that_is_none_is_refused(corpus_files: CorpusFiles, content: bytes) -> None:
    corpus_files.vocabulary.write_bytes(content)
    with pytest.raises(Damaged, match=r"vocab\.json is") as caught:
        read_vocabulary(corpus_files)
    assert "\n" not in str(caught.value)


def test_words_may_be_anything_that_is_text(corpus_files: CorpusFiles) -> None:
    words = ["__proto__", "../../etc/passwd", "<script>", "=1+1", "\u202e", "x" * 100_000]
    corpus_files.vocabulary.write_text(json.dumps(words), encoding="utf-8")
    assert read_vocabulary(corpus_files) == tuple(words)


def test_a_corpus_of_an_earlier_version_has_the_hash_of_its_files(
    corpus_files: CorpusFiles,
) -> None:
    now = load_corpus(corpus_files).fingerprint
    manifest = json.loads(corpus_files.manifest.read_text(encoding="utf-8"))
    assert manifest["stands_on"].pop("content") == now
    write_json(corpus_files.manifest, signed(manifest))
    hashes = {path.name: sha256(path) for path in corpus_files.root.iterdir()}
    del hashes["ledger.csv"], hashes["manifest.json"]
    assert load_corpus(corpus_files).fingerprint == fingerprint(hashes) != now


def test_counts_are_mapped_and_aligned(corpus_files: CorpusFiles) -> None:
    corpus = load_corpus(corpus_files)

    def mapped(array: np.ndarray) -> bool:
        base: object = array
        while base is not None and not isinstance(base, np.memmap):
            base = getattr(base, "base", None)
        return isinstance(base, np.memmap)

    for array in (corpus.bow.data, corpus.bow.indices, corpus.tokens.ids):
        assert mapped(array)
        assert array.flags.aligned
        assert array.dtype == np.int32


def test_numpy_reads_the_archives_too(corpus_files: CorpusFiles) -> None:
    corpus = load_corpus(corpus_files)
    with np.load(corpus_files.bow, allow_pickle=False) as arrays:
        assert sorted(arrays.files) == ["data", "indices", "indptr", "shape"]
        assert (arrays["data"] == corpus.bow.data).all()
        assert arrays["shape"].tolist() == list(corpus.bow.shape)


def test_first_halves_are_in_the_order_of_the_test_documents(corpus_files: CorpusFiles) -> None:
    corpus = load_corpus(corpus_files)
    halves = [text for chunk in iterate_first_halves(corpus_files, 7) for text in chunk]
    rows = corpus.rows(Split.TEST)
    assert len(halves) == len(rows) == 3
    for half, text, counts in zip(
        halves, read_texts(corpus_files, rows), corpus.first_halves.toarray(), strict=True
    ):
        assert half.split() == text.split()[:4]
        assert counts.sum() == 4


def test_texts_in_pieces_are_all_texts(corpus_files: CorpusFiles) -> None:
    assert [len(chunk) for chunk in iterate_texts(corpus_files, 12)] == [12, 12, 6]
    assert [t for chunk in iterate_texts(corpus_files, 12) for t in chunk] == texts(30)


def test_row_ids_are_a_sequence(corpus_files: CorpusFiles) -> None:
    ids = load_corpus(corpus_files).row_ids
    assert list(ids) == [str(n) for n in range(30)]
    assert (ids[0], ids[-1], ids[3:5], len(ids)) == ("0", "29", ["3", "4"], 30)
    with pytest.raises(IndexError):
        ids[30]


def test_unchanged_corpus_is_known_without_heavy_libraries(
    corpus_files: CorpusFiles, folder: Path
) -> None:
    import subprocess
    import sys

    program = f"""
import sys
from pathlib import Path
from dataclasses import replace
from theta.corpus.read import find_sources
from theta.corpus.settings import CorpusSettings
from theta.corpus.store import why_stale
from theta.layout import CorpusFiles
settings = CorpusSettings(**{PLAIN.to_json()!r})
assert why_stale(CorpusFiles(Path({str(corpus_files.root)!r})), find_sources(Path({str(folder)!r})), settings) is None
heavy = {{"pyarrow", "scipy", "sklearn", "jieba", "torch", "ftfy", "dateutil"}} & set(sys.modules)
assert not heavy, heavy
"""  # noqa: E501
    subprocess.run([sys.executable, "-c", program], check=True)
