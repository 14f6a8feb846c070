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
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.contracts import Split
from theta.corpus.boilerplate import BoilerplateFinder
from theta.corpus.bow import ChunkRules, add_occurrences, clean_texts, count_words
from theta.corpus.dates import DateOrder
from theta.corpus.documents import DocumentReader, Status
from theta.corpus.duplicates import find_duplicates
from theta.corpus.mixed import mixed_tokenizer
from theta.corpus.notes import no_words, notes_on_markup
from theta.corpus.phrases import Pair, PairCounter, PhraseJoiner, joined_name
from theta.corpus.read import Source
from theta.corpus.read.shards import InputShard
from theta.corpus.reading import ReadHere, Reading, ReadInShards
from theta.corpus.report import make_report
from theta.corpus.rules_record import word_rules_record
from theta.corpus.settings import CorpusReport, CorpusSettings
from theta.corpus.spellings import SpellingCheck
from theta.corpus.split import UNASSIGNED, complete_split, split_documents
from theta.corpus.spool import Spool
from theta.corpus.store import provenance
from theta.corpus.vocabulary import Vocabulary, select_vocabulary
from theta.corpus.word_rules import LanguageSample, WordRules, find_word_rules
from theta.corpus.write import CorpusWriter
from theta.errors import InvalidOption
from theta.layout import CorpusFiles
from theta.storage import replacing
from theta.workers import Engine

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
            )
        spool = Spool(spool_folder, reader.columns)
        rules, boilerplate = _first_pass(reader, spool, settings, sources)
        date_order = _date_order(reader, settings)
        tokenizer = mixed_tokenizer(rules.tokens)
        status, duplicates = find_duplicates(spool, settings)
        split = _split(spool.vector("split"), status, settings)
        phrases = _join_phrases(spool, split) if settings.phrases else ()
        vocabulary = _count_vocabulary(spool, split, settings)
        order = None if date_order is None else date_order.order
        writer = CorpusWriter(CorpusFiles(folder), spool_folder, vocabulary, tokenizer, order)
        writer.write(spool, status, split, duplicates, settings.min_tokens)
        _refuse_too_few(status, split, settings)
        report = make_report(reader, spool, rules, vocabulary, writer, status, split, duplicates)
        notes = [*report.notes, *notes_on_markup(report.frequent_kept, settings)]
        how = "" if date_order is None else date_order.how
        report = replace(report, phrases=len(phrases), notes=notes, date_order_how=how)
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
    reader: Reading, spool: Spool, settings: CorpusSettings, sources: Sequence[Source]
) -> tuple[WordRules, frozenset[int]]:
    """Spool all rows; return the rules for their words, and the boilerplate taken out of them."""
    word_rules = find_word_rules(reader.head(), settings)
    _LOG.info("Language: %s.", word_rules.decision.how)
    rules = ChunkRules(
        word_rules.tokens,
        settings.clean,
        settings.ngram_max,
        near_duplicates=settings.drop_near_duplicates is not None,
    )
    if settings.drop_boilerplate:
        rules = rules._replace(boilerplate=find_boilerplate(sources, settings, rules, spool.folder))
    sample = LanguageSample()
    spellings = SpellingCheck(reader.columns)
    for chunk in reader.counted(rules):
        spool.add(chunk)
        sample.add(chunk.column("text"))
        spellings.add(chunk)
    spool.finish()
    reader.notes += spellings.notes()
    late = sample.warning(word_rules, settings)
    if late:
        word_rules = word_rules._replace(notes=(*word_rules.notes, late))
    return word_rules, rules.boilerplate


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


def _join_phrases(spool: Spool, split: NDArray[np.int8]) -> tuple[Pair, ...]:
    """Find the phrases of the training documents and let the spool join them."""
    counter = PairCounter()
    for chunk in spool.chunks(with_rows=False):
        train = split[chunk.first : chunk.first + len(chunk.lengths)] == Split.TRAIN
        of_train = np.repeat(train, chunk.lengths)
        counter.add(chunk.ids[of_train], chunk.follows[of_train])
    first, second, counts = counter.phrases()
    words, ids, _ = spool.words.words()
    names = dict(zip(ids.tolist(), words, strict=True))
    known = np.array([a in names and b in names for a, b in zip(first, second, strict=True)], bool)
    first, second, counts = first[known], second[known], counts[known]
    pairs = tuple(
        (names[a], names[b]) for a, b in zip(first.tolist(), second.tolist(), strict=True)
    )
    joined = spool.words.add([joined_name(pair) for pair in pairs], counts)
    spool.joiner = PhraseJoiner(first, second, joined)
    return pairs


def _count_vocabulary(
    spool: Spool, split: NDArray[np.int8], settings: CorpusSettings
) -> Vocabulary:
    n_ids = spool.words.n_ids
    if n_ids == 0:
        raise no_words(spool.removed)
    tf, df = np.zeros(n_ids, np.int64), np.zeros(n_ids, np.int64)
    for chunk in spool.chunks(with_rows=False):
        train = split[chunk.first : chunk.first + len(chunk.lengths)] == Split.TRAIN
        ids = chunk.ids[np.repeat(train, chunk.lengths)]
        add_occurrences(tf, ids)
        add_occurrences(df, count_words(ids, chunk.lengths[train], n_ids).indices)
    return select_vocabulary(
        spool.words,
        tf,
        df,
        int((split == Split.TRAIN).sum()),
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
