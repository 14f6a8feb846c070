"""The automatic names of the topics of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from theta.models.naming.from_texts import name_topics
from theta.models.naming.names import TopicName
from theta.models.naming.spelling import Speller
from theta.run.topics import TOP_WORDS_SAVED
from theta.run.word_forms import english_forms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from theta.run.run_topics import RunTopics


def name_fresh_topics(run: RunTopics) -> dict[int, TopicName]:
    """Return an automatic name for each topic of a run, by topic number.

    Without the texts of the corpus, names are made of top words.

    Parameters
    ----------
    run : RunTopics
        Just trained or edited. Names that the run had before the edit are kept.
    """
    position = {number: at for at, number in enumerate(run.numbers)}
    names = find_names(
        run,
        None,
        run.top_words(TOP_WORDS_SAVED),
        tuple(run.given_names.values()),
        {position[n]: name for n, name in run.earlier_names.items() if n in position},
    )
    return dict(zip(run.numbers, names, strict=True))


def find_names(
    run: RunTopics,
    groups: Sequence[Sequence[int]] | None,
    ranked: NDArray[np.integer[Any]],
    taken: Sequence[str],
    kept: Mapping[int, TopicName] | None = None,
) -> list[TopicName]:
    """Return a name for each group of topics of a run, or for each topic.

    The parameters are those of `theta.models.naming.from_texts.name_topics`.
    """
    prepared = run.prepared
    files = prepared.corpus_files
    has_texts = all(table.is_file() for table in files.document_tables)
    return name_topics(
        prepared.corpus,
        run.doc_topic,
        ranked,
        run.texts if has_texts else None,
        Speller(run.preprocessing.rules.words) if has_texts else None,
        english_forms(prepared.corpus.vocabulary) if "en" in prepared.corpus.languages else None,
        taken=taken,
        kept=kept,
        groups=groups,
        phrases=run.phrases if has_texts else None,
    )


def names_record(names: Mapping[int, TopicName]) -> list[dict[str, Any]]:
    """Return the content of topic_names.json."""
    return [{"topic": number, **name.to_json()} for number, name in names.items()]


def read_names(entries: Sequence[Mapping[str, Any]]) -> dict[int, TopicName]:
    """Return the names that topic_names.json lists, by topic number."""
    return {int(entry["topic"]): TopicName.from_json(entry) for entry in entries}
