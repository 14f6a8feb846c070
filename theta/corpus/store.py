"""Reading a prepared corpus."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import UNLABELLED, Corpus, Documents, Labels, Tokens
from theta.corpus.columns import COVARIATE_PREFIX, read_covariate
from theta.corpus.counted import USER_PREFIX
from theta.corpus.counts import join_tables
from theta.corpus.read import Source
from theta.corpus.rules_record import RULES, are_words
from theta.corpus.sample import digest_texts
from theta.corpus.settings import CorpusReport, CorpusSettings
from theta.errors import MissingFile
from theta.layout import CorpusFiles
from theta.options import declarations
from theta.options.prepare import CorpusOptions
from theta.storage import (
    Damaged,
    belonging_together,
    check_file,
    fingerprint,
    locked,
    read_array,
    read_json,
    read_manifest,
    read_npz,
    renewing_files,
    sha256,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_LOG = logging.getLogger(__name__)

# --- provenance ----------------------------------------------------------------------------


def provenance(sources: Sequence[Source], settings: CorpusSettings) -> dict[str, Any]:
    """Return the facts that show later whether a corpus is stale."""
    return {
        "rules": RULES,
        "settings": settings.to_json(),
        "stopwords": _stopwords_fingerprint(settings),
        "sources": [source.fingerprint() for source in sources],
    }


def _stopwords_fingerprint(settings: CorpusSettings) -> str | None:
    if settings.stopwords is None:
        return None
    if not settings.stopwords.is_file():
        raise MissingFile(f"--stopwords {settings.stopwords} does not exist")
    return sha256(settings.stopwords)


def why_stale(
    files: CorpusFiles, sources: Sequence[Source], settings: CorpusSettings
) -> str | None:
    """Return why a prepared corpus does not match some data and settings; None if it does.

    Takes milliseconds if no file has changed: sizes and times are compared first.
    """
    try:
        manifest = read_manifest(files.root, "")
    except MissingFile:
        return "it is not prepared"
    except Damaged as error:
        return str(error)
    recorded = manifest["stands_on"]
    if recorded.get("rules") != RULES:
        return "it was prepared by another version"
    now, then = settings.to_json(), recorded["settings"]
    # Corpora of earlier versions do not record options that were added since.
    defaults = {name: declared.default for name, declared in declarations(CorpusOptions).items()}
    then = {**defaults, **then}
    changed = [name for name in now if now[name] != then[name]]
    if changed:
        return "; ".join(f"{name} was {then[name]}, is {now[name]}" for name in changed)
    if _stopwords_fingerprint(settings) != recorded["stopwords"]:
        return f"{settings.stopwords} has changed"
    if len(sources) != len(recorded["sources"]):
        return "the number of data files has changed"
    for source, entry in zip(sources, recorded["sources"], strict=True):
        if not source.matches(entry):
            return f"{source.name} has changed"
    for path in _parts(files, manifest):
        try:
            check_file(path, manifest, deep=False)
        except Damaged as error:
            return str(error)
    return None


def read_report(files: CorpusFiles) -> CorpusReport:
    """Return the report of the preparation."""
    manifest = read_manifest(files.root, _fix(files))
    return CorpusReport.from_json(manifest["stands_on"]["report"])


def corpus_fingerprint(manifest: Mapping[str, Any]) -> str:
    """Return a short hash of what is in a corpus except the ledger, however its files are cut."""
    content = manifest["stands_on"].get("content")
    if content is not None:
        return str(content)
    # Corpora of earlier versions do not record it.
    parts = {name: f["sha256"] for name, f in manifest["files"].items() if name != "ledger.csv"}
    return fingerprint(parts)


def checked_manifest(files: CorpusFiles) -> dict[str, Any]:
    """Return the manifest of a corpus, after checking its files; raises as `load_corpus`."""
    manifest = read_manifest(files.root, _fix(files))
    for path in _parts(files, manifest):
        check_file(path, manifest)
    return manifest


def _parts(files: CorpusFiles, manifest: Mapping[str, Any]) -> list[Path]:
    """Return all files of a corpus except the ledger."""
    ledgers = (files.ledger, files.ledger_shards)
    paths = [files.root / name for name in manifest["files"]]
    return [path for path in paths if path not in ledgers and path.parent not in ledgers]


def _fix(files: CorpusFiles) -> str:
    return f"python prepare_data.py --dataset {files.root.parent.name}"


# --- the corpus ----------------------------------------------------------------------------


def load_corpus(files: CorpusFiles) -> Corpus:
    """Return a prepared corpus; counts and tokens stay on disk, mapped into memory.

    Raises
    ------
    MissingFile
        If it is not prepared; the message has the command that prepares it.
    Damaged
        If a file is damaged.
    """
    from theta.corpus.arrow import to_numbers
    from theta.corpus.frame import Strings, column_names, read_columns

    manifest = checked_manifest(files)
    with belonging_together(files.root):
        _make_arrays(files)
        names = column_names(files.document_tables)
        wanted = [name for name in ("id", "split", "label", "time") if name in names]
        covariates = [n for n in names if n.startswith(USER_PREFIX + COVARIATE_PREFIX)]
        table = read_columns(files.document_tables, [*wanted, *covariates])
        tokens = read_npz(files.tokens, mapped=True)
        return Corpus(
            vocabulary=read_vocabulary(files),
            bow=_counts(read_npz(files.bow, mapped=True)),
            tokens=Tokens(tokens["starts"], tokens["ids"]),
            split=to_numbers(table["split"]).astype(np.int8),
            first_halves=_counts(read_npz(files.first_halves, mapped=True)),
            row_ids=Strings(table["id"]),
            labels=_labels(table["label"]) if "label" in wanted else None,
            times=table["time"].to_numpy().astype("datetime64[D]") if "time" in wanted else None,
            covariates={
                name.removeprefix(USER_PREFIX): read_covariate(table[name].to_pylist())
                for name in covariates
            },
            languages=_languages(manifest["stands_on"]),
            fingerprint=corpus_fingerprint(manifest),
        )


def _make_arrays(files: CorpusFiles) -> None:
    """Make the arrays of a corpus that workers have counted, unless they are made."""
    if not files.count_tables:
        return
    arrays = (files.bow, files.tokens, files.first_halves)
    with locked(files.root.parent):
        listed = read_manifest(files.root, _fix(files))["files"]
        if all(path.name in listed for path in arrays):
            return
        _LOG.info("Making the arrays of the counted shards, once.")
        n_words = len(read_vocabulary(files))
        with (
            renewing_files(files.root, [path.name for path in arrays]) as new,
            tempfile.TemporaryDirectory(prefix=".arrays-", dir=files.root.parent) as scratch,
        ):
            join_tables(files.count_tables, Path(scratch), n_words).write(*new)


def _languages(record: Mapping[str, Any]) -> tuple[str, ...]:
    # Corpora of earlier versions have one language.
    entries = record.get("word_rules", {}).get("words", [record["report"]])
    return tuple(str(entry["language"]) for entry in entries)


def read_vocabulary(files: CorpusFiles) -> tuple[str, ...]:
    """Return the words of a prepared corpus.

    Raises
    ------
    Damaged
        If the file is not a list of distinct words.
    """
    words = read_json(files.vocabulary)
    if not are_words(words):
        raise Damaged(f"{files.vocabulary} is damaged: it is not a list of distinct words")
    return tuple(words)


def _counts(arrays: Mapping[str, NDArray[Any]]) -> csr_array:
    from scipy.sparse import csr_array

    n_docs, n_words = arrays["shape"].tolist()
    indptr = arrays["indptr"]
    # SciPy needs both index arrays in one type. int32 suffices for up to two billion counts.
    if int(indptr[-1]) <= np.iinfo(np.int32).max:
        indptr = indptr.astype(np.int32)
    counts = csr_array((arrays["data"], arrays["indices"], indptr), shape=(n_docs, n_words))
    counts.check_format(full_check=True)  # SciPy would read outside its memory.
    counts.has_canonical_format = True
    return counts


def _labels(column: Any) -> Labels:
    from theta.corpus.arrow import to_numbers

    encoded = column.combine_chunks().dictionary_encode("encode")  # missing values too
    values = encoded.dictionary.to_pylist()
    names = tuple(sorted(value for value in values if value is not None))
    codes = {name: code for code, name in enumerate(names)}
    by_value = np.array([codes.get(value, UNLABELLED) for value in values], np.int32)
    return Labels(by_value[to_numbers(encoded.indices)], names)


# --- texts and the user's columns ----------------------------------------------------------


def iterate_documents(files: CorpusFiles, batch_size: int = 2_000) -> Iterator[Documents]:
    """Yield the kept documents with all of the user's columns, in the order of the corpus.

    Parameters
    ----------
    files : CorpusFiles
    batch_size : int
        Number of documents per batch.
    """
    from theta.corpus.frame import batches, column_names

    names = column_names(files.document_tables)
    for batch in batches(files.document_tables, None, batch_size):
        column = {name: batch.column(name).to_pylist() for name in names if name != "time"}
        columns = {
            name.removeprefix(USER_PREFIX): values
            for name, values in column.items()
            if name.startswith(USER_PREFIX)
        }
        times = None
        if "time" in names:
            days = batch.column("time").to_pylist()
            times = [None if day is None else day.isoformat() for day in days]
        yield Documents(
            texts=column["text"],
            row_ids=column["id"],
            labels=column.get("label"),
            times=times,
            covariates={n: v for n, v in columns.items() if n.startswith(COVARIATE_PREFIX)},
            columns=columns,
        )


def user_columns(files: CorpusFiles) -> list[str]:
    """Return the names of the user's columns except the text."""
    from theta.corpus.frame import column_names

    names = column_names(files.document_tables)
    return [name.removeprefix(USER_PREFIX) for name in names if name.startswith(USER_PREFIX)]


def text_digests(files: CorpusFiles) -> NDArray[np.uint64]:
    """Return a hash of the text of each kept document, in the order of the corpus: (n_docs,).

    Raises
    ------
    Damaged
        If the file is damaged.
    """
    manifest = read_manifest(files.root, _fix(files))
    if files.digests.name in manifest["files"]:
        check_file(files.digests, manifest)
        return read_array(files.digests)
    # Corpora of earlier versions do not have it.
    return digest_texts(text for texts in iterate_texts(files) for text in texts)


def iterate_texts(files: CorpusFiles, batch_size: int = 2_000) -> Iterator[list[str]]:
    """Yield the original texts of the kept documents, in the order of the corpus."""
    from theta.corpus.frame import batches

    for batch in batches(files.document_tables, ["text"], batch_size):
        yield batch.column("text").to_pylist()


def read_texts(files: CorpusFiles, rows: NDArray[np.intp] | None = None) -> list[str]:
    """Return the original texts of some documents, or of all.

    Parameters
    ----------
    files : CorpusFiles
    rows : (n,) int, optional
        Row numbers of the corpus, in any order.
    """
    if rows is None:
        return [text for texts in iterate_texts(files) for text in texts]
    wanted = np.sort(np.asarray(rows))
    by_row: dict[int, str] = {}
    first = 0
    for texts in iterate_texts(files):
        low, high = np.searchsorted(wanted, [first, first + len(texts)])
        for row in wanted[low:high].tolist():
            by_row[row] = texts[row - first]
        first += len(texts)
    return [by_row[row] for row in np.asarray(rows).tolist()]


def text_column(files: CorpusFiles) -> Sequence[str]:
    """Return the original texts of the kept documents, in Arrow's memory, for access by row."""
    from theta.corpus.frame import Strings, read_columns

    return Strings(read_columns(files.document_tables, ["text"])["text"])


def iterate_first_halves(files: CorpusFiles, batch_size: int = 2_000) -> Iterator[list[str]]:
    """Yield the first half of the text of each test document, in the order of the corpus."""
    from theta.corpus.frame import batches

    for batch in batches(files.document_tables, ["text", "half_at"], batch_size):
        texts, ends = batch.column("text").to_pylist(), batch.column("half_at").to_pylist()
        yield [text[:end] for text, end in zip(texts, ends, strict=True) if end is not None]
