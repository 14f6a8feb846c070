"""Build a corpus on disk from the user's files, in three passes with bounded memory.

1. Read, clean and tokenize the documents; everything is spooled to disk.
2. Split the documents, then count the words of the training documents.
3. Write the tokens and counts of the vocabulary's words, the texts and the ledger.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Split
from theta.corpus.boilerplate import BoilerplateFinder
from theta.corpus.bow import ChunkRules, clean_texts
from theta.corpus.date_order import DateOrder
from theta.corpus.documents import DocumentReader, Status
from theta.corpus.duplicates import find_duplicates
from theta.corpus.notes import no_words, notes_on_markup
from theta.corpus.phrases import Pair, PairCounter, PhraseJoiner, joined_name
from theta.corpus.read import Source
from theta.corpus.read.shards import InputShard
from theta.corpus.reading import ReadHere, Reading
from theta.corpus.report import make_report
from theta.corpus.rows import Rows
from theta.corpus.rules_record import word_rules_record
from theta.corpus.settings import CorpusReport, CorpusSettings
from theta.corpus.shard_reading import ReadInShards
from theta.corpus.split import UNASSIGNED, complete_split, split_documents
from theta.corpus.store import provenance
from theta.corpus.vocabulary import Vocabulary, select_vocabulary
from theta.corpus.word_rules import WordRules, find_word_rules
from theta.corpus.write import RowFacts, WriteRules
from theta.errors import InvalidOption
from theta.layout import CorpusFiles
from theta.storage import fingerprint, replacing, write_json
from theta.workers import Engine

_LOG = logging.getLogger(__name__)

_FEW = 50
"""Fewest documents without a warning."""


class Spread(NamedTuple):
    """Shards that workers read.

    Attributes
    ----------
    shards : sequence of InputShard
    engine : Engine
    """

    shards: Sequence[InputShard]
    engine: Engine


def build_corpus(
    sources: Sequence[Source],
    files: CorpusFiles,
    settings: CorpusSettings,
    workers: int | None = None,
    spread: Spread | None = None,
) -> CorpusReport:
    """Prepare a corpus and write it, completely or not at all.

    Parameters
    ----------
    sources : sequence of Source
        Sources, which are read in order as one corpus.
    files : CorpusFiles
    settings : CorpusSettings
    workers : int, optional
        Number of processes; by default all cores if the corpus is large enough.
    spread : Spread, optional
        The shards of the sources, and the workers that read them.

    Returns
    -------
    CorpusReport
        Also stored in the manifest.

    Raises
    ------
    InvalidOption
        If the data do not fit the settings: no text column, too many bad rows, fewer than two
        documents, no word left.
    """
    began = time.perf_counter()
    if settings.phrases and settings.ngram_max > 1:
        raise InvalidOption(
            f"--phrases and --ngram_max {settings.ngram_max} both combine several words: choose one"
        )
    record = provenance(sources, settings)
    with replacing(files.root, record) as folder:
        spool_folder = folder / "spool"
        spool_folder.mkdir()
        reader: Reading
        if spread is None:
            reader = ReadHere(sources, settings.requested_columns, workers)
        else:
            reader = ReadInShards(
                spread.shards,
                settings.requested_columns,
                spread.engine,
                files.counted_shards.absolute(),
                fingerprint(record),
            )
        rows, rules, boilerplate = _first_pass(reader, settings, sources, spool_folder)
        date_order = _date_order(reader, settings)
        status, duplicates = find_duplicates(rows, settings)
        split = _split(rows.vector("split").read(), status, settings)
        phrases = _join_phrases(rows, split) if settings.phrases else ()
        vocabulary = _count_vocabulary(rows, split, settings)
        write_rules = WriteRules(
            columns=vocabulary.columns,
            n_words=len(vocabulary.words),
            min_tokens=settings.min_tokens,
            tokens=rules.tokens,
            date_order=None if date_order is None else date_order.order,
        )
        facts = RowFacts(status, split, duplicates.exact)
        new = CorpusFiles(folder)
        write_json(new.vocabulary, vocabulary.words)
        written = rows.write(new, write_rules, facts, duplicates.repeats)
        _refuse_too_few(status, split, settings)
        np.save(new.digests, rows.vector("digest").read()[status == Status.KEPT])
        report = make_report(reader, rows, rules, vocabulary, written, facts, date_order)
        notes = [*report.notes, *notes_on_markup(report.frequent_kept, settings)]
        report = replace(report, phrases=len(phrases), notes=notes)
        record["content"] = fingerprint(vocabulary.words, report.documents, written.content)
        shutil.rmtree(spool_folder)
        _refuse_changed(sources, record)
        record["report"] = asdict(report)
        record["word_rules"] = word_rules_record(rules.tokens, phrases, boilerplate)
    shutil.rmtree(files.counted_shards, ignore_errors=True)
    _LOG.info(
        "Corpus: %s of %s documents, %s words, %.1f s.",
        f"{report.documents:,}", f"{report.rows:,}", f"{report.words:,}",
        time.perf_counter() - began,
    )  # fmt: skip
    return report


def _first_pass(
    reader: Reading, settings: CorpusSettings, sources: Sequence[Source], folder: Path
) -> tuple[Rows, WordRules, frozenset[int]]:
    """Read all rows; return them, the rules for their words, and the boilerplate in them."""
    word_rules = find_word_rules(reader.head(), settings)
    _LOG.info("Language: %s.", word_rules.decision.how)
    rules = ChunkRules(
        word_rules.tokens,
        settings.clean,
        settings.ngram_max,
        near_duplicates=settings.drop_near_duplicates is not None,
    )
    if settings.drop_boilerplate:
        rules = rules._replace(boilerplate=find_boilerplate(sources, settings, rules, folder))
    rows = reader.read(rules, folder)
    reader.notes += rows.spellings.notes()
    late = rows.sample.warning(word_rules, settings)
    if late:
        word_rules = word_rules._replace(notes=(*word_rules.notes, late))
    return rows, word_rules, rules.boilerplate


def find_boilerplate(
    sources: Sequence[Source], settings: CorpusSettings, rules: ChunkRules, scratch: Path
) -> frozenset[int]:
    """Return the boilerplate of all documents, which are read once more for it.

    Parameters
    ----------
    sources : sequence of Source
    settings : CorpusSettings
    rules : ChunkRules
        How texts are cleaned before.
    scratch : Path
        A folder for files that are needed meanwhile.
    """
    from tqdm import tqdm

    finder = BoilerplateFinder(scratch)
    again = DocumentReader(sources, settings.requested_columns, log_bad_rows=False)
    with tqdm(desc="Looking for boilerplate", unit=" rows", disable=None, delay=2) as bar:
        for rows in again.chunks():
            finder.add(clean_texts(rows.texts, rules))
            bar.update(len(rows))
    return finder.found()


def _date_order(reader: Reading, settings: CorpusSettings) -> DateOrder | None:
    """Return the order of day, month and year; None without a time column."""
    at = reader.columns.time
    if at is None:
        return None
    found = reader.orders.decide(reader.columns.names[at], settings.date_order)
    reader.notes += found.notes
    return found


def _split(
    user_split: NDArray[np.int8], status: NDArray[np.int8], settings: CorpusSettings
) -> NDArray[np.int8]:
    """Return the split of each row; dropped rows have none."""
    kept = status == Status.KEPT
    split = np.full(len(status), UNASSIGNED, np.int8)
    has_split = bool((user_split[kept] != UNASSIGNED).any())
    if has_split:
        split[kept] = complete_split(user_split[kept], settings.seed)
    if has_split and not (split == Split.TRAIN).any():
        _LOG.warning("The split column has no training document: the split is drawn at random.")
        has_split = False
    if not has_split:
        split[kept] = split_documents(int(kept.sum()), settings.test_share, settings.seed)
    return split


def _join_phrases(rows: Rows, split: NDArray[np.int8]) -> tuple[Pair, ...]:
    """Find the phrases of the training documents and let the rows join them."""
    counter = PairCounter()
    for chunk in rows.tokens():
        of_train = np.repeat(split[chunk.rows] == Split.TRAIN, chunk.lengths)
        counter.add(chunk.ids[of_train], chunk.follows[of_train])
    first, second, counts = counter.phrases()
    words, ids, _ = rows.words.words()
    names = dict(zip(ids.tolist(), words, strict=True))
    known = np.array([a in names and b in names for a, b in zip(first, second, strict=True)], bool)
    first, second, counts = first[known], second[known], counts[known]
    pairs = tuple(
        (names[a], names[b]) for a, b in zip(first.tolist(), second.tolist(), strict=True)
    )
    joined = rows.words.add([joined_name(pair) for pair in pairs], counts)
    rows.joiner = PhraseJoiner(first, second, joined)
    return pairs


def _count_vocabulary(rows: Rows, split: NDArray[np.int8], settings: CorpusSettings) -> Vocabulary:
    if rows.words.n_ids == 0:
        raise no_words(rows.removed)
    train = split == Split.TRAIN
    tf, df = rows.occurrences(train)
    return select_vocabulary(
        rows.words,
        tf,
        df,
        int(train.sum()),
        size=settings.vocab_size,
        min_df=settings.min_df,
        max_df=settings.max_df,
    )


def _refuse_too_few(
    status: NDArray[np.int8], split: NDArray[np.int8], settings: CorpusSettings
) -> None:
    kept = status == Status.KEPT
    n_kept, n_train = int(kept.sum()), int((split[kept] == Split.TRAIN).sum())
    if n_kept < 2 or n_train < 1:
        counts = {s.reason: int((status == s).sum()) for s in Status if s is not Status.KEPT}
        dropped = (
            ", ".join(f"{n:,} {reason}" for reason, n in counts.items() if n) or "none dropped"
        )
        raise InvalidOption(
            "a topic model needs 2 documents, at least 1 for training; "
            f"{n_kept:,} of {len(status):,} rows {'is' if n_kept == 1 else 'are'} left ({dropped}; "
            f"--min_tokens is {settings.min_tokens}, --max_df {settings.max_df:g})"
        )
    if n_kept < _FEW:
        _LOG.warning("Only %d documents: so few documents rarely give meaningful topics.", n_kept)


def _refuse_changed(sources: Sequence[Source], record: dict[str, Any]) -> None:
    for source, entry in zip(sources, record["sources"], strict=True):
        for path, file in zip(source.paths, entry["files"], strict=True):
            state = Path(path).stat()
            if (state.st_size, state.st_mtime_ns) != (file["bytes"], file["mtime_ns"]):
                raise InvalidOption(f"{path} was changed while it was read; prepare again")
