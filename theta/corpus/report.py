"""The report of a preparation."""

from __future__ import annotations

from typing import Any

import numpy as np

from theta.contracts import Split
from theta.corpus.date_order import DateOrder
from theta.corpus.documents import Status
from theta.corpus.notes import notes_on_dropped
from theta.corpus.reading import Reading
from theta.corpus.rows import Rows
from theta.corpus.settings import CorpusReport
from theta.corpus.vocabulary import MAX_WORDS, Vocabulary
from theta.corpus.word_rules import WordRules
from theta.corpus.write import RowFacts, Written


def make_report(
    reader: Reading,
    rows: Rows,
    rules: WordRules,
    vocabulary: Vocabulary,
    written: Written,
    facts: RowFacts,
    date_order: DateOrder | None,
) -> CorpusReport:
    """Return the report of a preparation.

    Parameters
    ----------
    reader : Reading
    rows : Rows
    rules : WordRules
    vocabulary : Vocabulary
    written : Written
    facts : RowFacts
        Of all rows.
    date_order : DateOrder, optional
        None if there is no time column.
    """
    status, split = facts.status, facts.split
    kept = status == Status.KEPT
    parts = np.bincount(split[kept], minlength=3).tolist()
    notes = [*dict.fromkeys([*reader.notes, *rules.notes])]
    names = rows.vector("name").read()
    names.sort()
    if repeated := int((names[1:] == names[:-1]).sum()):
        notes.append(
            f"{repeated:,} rows repeat the id of an earlier row; the ledger has the line of each"
        )
    if rows.words.forgotten:
        notes.append(
            f"{rows.words.forgotten:,} rare words were dropped while reading: at most "
            f"{MAX_WORDS:,} are held in memory"
        )
    on_dates: list[str] = []
    if (time := reader.columns.time) is not None:
        on_dates = written.unread_dates.notes(reader.columns.names[time], int(kept.sum()))
    notes += on_dates
    notes += notes_on_dropped(status, written.n_wordless, rows.removed)
    removed = {word: (n, reason) for (word, reason), n in rows.removed.most_common(50)}
    removed = {**vocabulary.removed, **removed}
    top = sorted(removed.items(), key=lambda item: (-item[1][0], item[0]))[:50]
    decision = rules.decision
    most_frequent = sorted(rows.boilerplate.items(), key=lambda item: (-item[1], item[0]))
    return CorpusReport(
        rows=len(status),
        documents=int(kept.sum()),
        dropped={s.reason: int((status == s).sum()) for s in Status if s and (status == s).any()},
        duplicates=int(facts.exact.sum()),
        undated=written.n_undated,
        train=parts[Split.TRAIN],
        validation=parts[Split.VALIDATION],
        test=parts[Split.TEST],
        words=len(vocabulary.words),
        tokens=written.n_tokens,
        coverage=written.n_tokens / max(written.n_candidates, 1),
        min_df=vocabulary.min_df,
        language=decision.code,
        language_how=decision.how,
        language_share=decision.share,
        segmenter=", ".join(dict.fromkeys(tokens.segmenter for tokens in rules.tokens)),
        columns=reader.columns.described(),
        date_order=None if date_order is None else date_order.order,
        date_order_how="" if date_order is None else date_order.how,
        frequent_kept=_most_frequent(vocabulary, written),
        frequent_removed=[[word, n, reason] for word, (n, reason) in top],
        notes=notes,
        unread_dates=written.unread_dates.n if on_dates else 0,
        text_files=reader.one_per_file,
        boilerplate=[[piece, n] for piece, n in most_frequent[:50]],
        boilerplate_documents=written.n_stripped,
        languages=[tokens.language for tokens in rules.tokens],
    )


def _most_frequent(vocabulary: Vocabulary, written: Written, n: int = 50) -> list[list[Any]]:
    """Return the most frequent words of the vocabulary with their occurrences."""
    top = np.argsort(-written.frequencies, kind="stable")[:n]
    return [[vocabulary.words[at], int(written.frequencies[at])] for at in top.tolist()]
