"""The report of a preparation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theta.contracts import Split
from theta.corpus.documents import Status
from theta.corpus.duplicates import Duplicates
from theta.corpus.notes import notes_on_dropped
from theta.corpus.reading import Reading
from theta.corpus.settings import CorpusReport
from theta.corpus.spool import Spool
from theta.corpus.vocabulary import MAX_WORDS, Vocabulary
from theta.corpus.word_rules import WordRules
from theta.corpus.write import CorpusWriter

if TYPE_CHECKING:
    from numpy.typing import NDArray


def make_report(
    reader: Reading,
    spool: Spool,
    rules: WordRules,
    vocabulary: Vocabulary,
    writer: CorpusWriter,
    status: NDArray[np.int8],
    split: NDArray[np.int8],
    duplicates: Duplicates,
) -> CorpusReport:
    """Return the report of a preparation.

    Parameters
    ----------
    reader : Reading
    spool : Spool
    rules : WordRules
    vocabulary : Vocabulary
    writer : CorpusWriter
    status, split : (n_rows,) int8
        `Status` and `Split` of each row.
    duplicates : Duplicates
    """
    kept = status == Status.KEPT
    parts = np.bincount(split[kept], minlength=3).tolist()
    notes = [*dict.fromkeys([*reader.notes, *rules.notes])]
    repeated = len(status) - len(np.unique(spool.vector("name")))
    if repeated:
        notes.append(
            f"{repeated:,} rows repeat the id of an earlier row; the ledger has the line of each"
        )
    if spool.words.forgotten:
        notes.append(
            f"{spool.words.forgotten:,} rare words were dropped while reading: at most "
            f"{MAX_WORDS:,} are held in memory"
        )
    on_dates: list[str] = []
    if (time := reader.columns.time) is not None:
        on_dates = writer.unread_dates.notes(reader.columns.names[time], int(kept.sum()))
    notes += on_dates
    notes += notes_on_dropped(status, writer.n_wordless, spool.removed)
    removed = {word: (n, reason) for (word, reason), n in spool.removed.most_common(50)}
    removed = {**vocabulary.removed, **removed}
    top = sorted(removed.items(), key=lambda item: (-item[1][0], item[0]))[:50]
    decision = rules.decision
    most_frequent = sorted(spool.boilerplate.items(), key=lambda item: (-item[1], item[0]))
    return CorpusReport(
        rows=len(status),
        documents=int(kept.sum()),
        dropped={s.reason: int((status == s).sum()) for s in Status if s and (status == s).any()},
        duplicates=int(duplicates.exact.sum()),
        undated=writer.n_undated,
        train=parts[Split.TRAIN],
        validation=parts[Split.VALIDATION],
        test=parts[Split.TEST],
        words=len(vocabulary.words),
        tokens=writer.n_tokens,
        coverage=writer.n_tokens / max(writer.n_candidates, 1),
        min_df=vocabulary.min_df,
        language=decision.code,
        language_how=decision.how,
        language_share=decision.share,
        segmenter=", ".join(dict.fromkeys(tokens.segmenter for tokens in rules.tokens)),
        columns=reader.columns.described(),
        date_order=writer.date_order,
        frequent_kept=writer.frequent_words(50),
        frequent_removed=[[word, n, reason] for word, (n, reason) in top],
        notes=notes,
        unread_dates=writer.unread_dates.n if on_dates else 0,
        text_files=reader.one_per_file,
        boilerplate=[[piece, n] for piece, n in most_frequent[:50]],
        boilerplate_documents=int((spool.vector("n_pieces") > 0).sum()),
        languages=[tokens.language for tokens in rules.tokens],
    )
