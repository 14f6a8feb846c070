"""Preview of how a few documents would be prepared."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from theta.corpus.bow import ChunkRules, tokenize_chunk
from theta.corpus.build import find_boilerplate
from theta.corpus.documents import DocumentReader, RowChunk, Status
from theta.corpus.mixed import mixed_tokenizer
from theta.corpus.phrases import Pair, PairCounter
from theta.corpus.read import Source
from theta.corpus.settings import CorpusSettings
from theta.corpus.word_rules import find_word_rules, read_head


@dataclass(frozen=True)
class PreviewedDocument:
    """How one document would be prepared.

    Attributes
    ----------
    row_id, file : str
    line : int
    status : str
        ``kept``, or why it would be dropped.
    language : str
        ISO 639-1 code of the language that it is read in.
    text : str
        The text that the embedding model reads.
    words : tuple of str
        The words that are counted, in reading order.
    removed : mapping of str to (tuple of str)
        The words that are not counted, by reason.
    """

    row_id: str
    file: str
    line: int
    status: str
    language: str
    text: str
    words: tuple[str, ...]
    removed: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Preview:
    """How some documents of a corpus would be prepared.

    Attributes
    ----------
    documents : tuple of PreviewedDocument
    language_how : str
        How the language was decided.
    segmenter : str
    notes : tuple of str
        Notes for the user, one line each.
    """

    documents: tuple[PreviewedDocument, ...]
    language_how: str
    segmenter: str
    notes: tuple[str, ...]


def preview_documents(sources: Sequence[Source], settings: CorpusSettings, n_docs: int) -> Preview:
    """Return how some documents would be prepared; nothing is written.

    They are spread over the rows that the language is determined from. Phrases are found in these
    rows only. The filters of the vocabulary (min_df, max_df, vocab_size) need all documents and are
    not applied.

    Parameters
    ----------
    sources : sequence of Source
    settings : CorpusSettings
    n_docs : int

    Raises
    ------
    InvalidOption
        If the data do not fit the settings.
    """
    reader = DocumentReader(sources, settings.requested_columns)
    chunks = reader.chunks()
    head = read_head(chunks)
    word_rules = find_word_rules(head, settings)
    rules = ChunkRules(word_rules.tokens, settings.clean, settings.ngram_max)
    if settings.drop_boilerplate:
        with tempfile.TemporaryDirectory() as scratch:
            found = find_boilerplate(sources, settings, rules, Path(scratch))
        rules = rules._replace(boilerplate=found)
    if settings.phrases:
        rules = rules._replace(phrases=_phrases_of(head, rules))
    candidates = [(rows, row) for rows in head for row in range(len(rows))]
    n = min(n_docs, len(candidates))
    chosen = np.unique(np.linspace(0, len(candidates) - 1, n).astype(int))
    return Preview(
        documents=tuple(
            _previewed(candidates[at], str(at + 1), rules, settings.min_tokens)
            for at in chosen.tolist()
        ),
        language_how=word_rules.decision.how,
        segmenter=", ".join(dict.fromkeys(tokens.segmenter for tokens in word_rules.tokens)),
        notes=(*dict.fromkeys([*reader.notes, *word_rules.notes]),),
    )


def _phrases_of(head: Sequence[RowChunk], rules: ChunkRules) -> tuple[Pair, ...]:
    counter = PairCounter()
    words: dict[str, int] = {}
    for rows in head:
        chunk = tokenize_chunk(rows.texts, rules)
        ids = np.array([words.setdefault(word, len(words)) for word in chunk.words], np.int32)
        counter.add(ids[chunk.ids], chunk.follows)
    names = list(words)
    first, second, _ = counter.phrases()
    return tuple((names[a], names[b]) for a, b in zip(first, second, strict=True))


def _previewed(
    document: tuple[RowChunk, int], number: str, rules: ChunkRules, min_tokens: int
) -> PreviewedDocument:
    rows, row = document
    chunk = tokenize_chunk([rows.texts[row]], rules)
    text = chunk.texts[0]
    tokenizer = mixed_tokenizer(rules.tokens).for_text(text)
    removed: defaultdict[str, list[str]] = defaultdict(list)
    for raw in dict.fromkeys(tokenizer.raw_words(text)):
        if reason := tokenizer.normalize(raw)[1]:
            removed[reason].append(raw)
    status = "kept"
    if rows.bad[row]:
        status = Status.BAD.reason
    elif not text:
        status = Status.EMPTY.reason
    elif len(chunk.ids) < min_tokens:
        status = Status.SHORT.reason
    return PreviewedDocument(
        row_id=rows.ids[row] or number,
        file=rows.file,
        line=rows.lines[row],
        status=status,
        language=tokenizer.rules.language,
        text=text,
        words=tuple(chunk.words[at] for at in chunk.ids.tolist()),
        removed={reason: tuple(words) for reason, words in removed.items()},
    )
