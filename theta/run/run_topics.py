"""The topics of a run: their words, names, descriptions, flaws and similarity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta import storage
from theta.contracts import ranked_words
from theta.evaluation.health import Health, check_health
from theta.evaluation.topic_flags import TopicFlag, flag_topics
from theta.models.described_topics import NO_FIT, DescriptionFit
from theta.models.naming.from_texts import phrases_of
from theta.models.naming.names import GIVEN, TopicName
from theta.models.naming.phrases import Phrases
from theta.plots.similarity import word_similarity
from theta.plots.topics import TopicLabel
from theta.run.described import MetDescription, describe_fit
from theta.run.hierarchy import Hierarchy, find_hierarchy
from theta.run.naming import name_fresh_topics, read_names
from theta.run.output import RunOutput
from theta.run.topic_flags import topic_evidence
from theta.run.topics import TOP_WORDS_SAVED, TOP_WORDS_SHOWN, Topic, describe_topics, read_topics
from theta.run.word_forms import english_forms, fold_forms, written_words


class RunTopics(RunOutput):
    """The topics of a run, as people read them."""

    earlier_names: Mapping[int, TopicName] = {}
    """Automatic names, by topic number, that the run had before an edit: topics keep them."""

    @cached_property
    def ranked_words(self) -> NDArray[np.intp]:
        """The ids of all words of each topic, best first: (num_topics, n_words)."""
        return ranked_words(self.topic_word, self._output.word_scores)

    @cached_property
    def forms(self) -> NDArray[np.intp] | None:
        """A number for all forms of each word, (n_words,); None if they are not folded."""
        return english_forms(self.vocabulary) if self.config["options"]["fold_forms"] else None

    @cached_property
    def _listed_words(self) -> NDArray[np.intp]:
        return (
            self.ranked_words if self.forms is None else fold_forms(self.ranked_words, self.forms)
        )

    def top_words(self, n: int) -> NDArray[np.intp]:
        """Return the ids of the `n` top words of each topic, best first: (num_topics, n)."""
        return self._listed_words[:, :n]

    @cached_property
    def topic_words(self) -> list[list[tuple[str, float]]]:
        """The top words of each topic as they are shown, best first, with their probabilities."""
        listed, ranked = (w[:, :TOP_WORDS_SAVED] for w in (self._listed_words, self.ranked_words))
        shown = written_words(listed, ranked, self.vocabulary, self.forms)
        return [
            list(zip(texts, own[words].tolist(), strict=True))
            for texts, own, words in zip(shown, self.topic_word, listed, strict=True)
        ]

    @cached_property
    def topics(self) -> list[Topic]:
        """The topics, largest share first."""
        if self.folder is None:
            return describe_topics(
                self.shares, self.health.documents, self.topic_words, self.numbers, self.names
            )
        entries = self.folder.json(self.files.topic_words)
        if any("documents" not in entry for entry in entries):  # earlier versions left it out
            counts = dict(zip(self.numbers, self.health.documents.tolist(), strict=True))
            entries = [{"documents": counts[entry["topic"]], **entry} for entry in entries]
        return read_topics(entries)

    @property
    def topics_by_row(self) -> list[Topic]:
        """The topics, in the order of the rows of β."""
        by_number = {topic.number: topic for topic in self.topics}
        return [by_number[number] for number in self.numbers]

    @property
    def topics_checksum(self) -> str:
        """A short hash of the top words of all topics: what coders saw of them."""
        words = self.top_words(TOP_WORDS_SHOWN).tolist()
        return storage.fingerprint([[self.vocabulary[v] for v in own] for own in words])

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """Mean weight of each topic over the documents: (num_topics,)."""
        return np.asarray(self.doc_topic.mean(axis=0, dtype=np.float64))

    @cached_property
    def health(self) -> Health:
        """Signs of superfluous topics and of a training that was too short or too long."""
        words, options = self.top_words(TOP_WORDS_SHOWN), self.config["model_options"]
        return check_health(self.doc_topic, words, self.history, options, self.numbers)

    @cached_property
    def topic_flags(self) -> Sequence[TopicFlag]:
        """Topics that are no use as they are, with the evidence and what cures them."""
        if self.folder is not None:
            recorded = self.folder.json(self.files.history).get("health", {}).get("topics")
            if recorded is not None:  # earlier versions did not look for them
                return [TopicFlag.of_record(entry) for entry in recorded]
        evidence = topic_evidence(
            self.prepared.corpus,
            self.texts,
            self.preprocessing.rules.words,
            self.doc_topic,
            self.top_words(TOP_WORDS_SHOWN),
        )
        return flag_topics(evidence, self.health.doubled, self.numbers)

    @cached_property
    def guided(self) -> Mapping[int, Mapping[str, Any]]:
        """The records of the topics with seed words, by topic number."""
        return {guided["topic"]: guided for guided in self.facts.get("seed_words", ())}

    @cached_property
    def given_names(self) -> Mapping[int, str]:
        """The names that the user gave, by topic number: in an edit, or of guided topics."""
        guided = [*self.facts.get("described_topics", ()), *self.guided.values()]
        named = {record["topic"]: record["name"] for record in guided}
        named |= {int(number): name for number, name in self.facts.get("topic_names", {}).items()}
        return named

    @cached_property
    def phrases(self) -> Phrases:
        """The phrases of the corpus, counted by topic."""
        return phrases_of(self.prepared.corpus, self.doc_topic)

    @cached_property
    def automatic_names(self) -> Mapping[int, TopicName]:
        """The names that the program found, by topic number; none in runs of earlier versions."""
        if self.folder is None:
            return name_fresh_topics(self)
        has_names = self.folder.has(self.files.topic_names)
        return read_names(self.folder.json(self.files.topic_names)) if has_names else {}

    def take_names(self, names: Mapping[int, TopicName]) -> None:
        """Replace the automatic names, given by topic number."""
        self.automatic_names = names
        for view in ("names", "labels"):
            vars(self).pop(view, None)
        by_number = dict(zip(self.numbers, self.names, strict=True))
        self.topics = [replace(topic, name=by_number[topic.number]) for topic in self.topics]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The name of each topic, unique; empty for a topic without one."""
        named = {number: found.name for number, found in self.automatic_names.items()}
        named |= self.given_names
        return tuple(named.get(number, "") for number in self.numbers)

    @property
    def name_sources(self) -> tuple[str, ...]:
        """Where the name of each topic comes from; empty for a topic without one."""
        sources = {number: found.source for number, found in self.automatic_names.items()}
        sources |= dict.fromkeys(self.given_names, GIVEN)
        return tuple(sources.get(number, "") for number in self.numbers)

    @cached_property
    def labels(self) -> list[TopicLabel]:
        """The topics as charts show them."""
        return [
            TopicLabel(number, words, name)
            for number, words, name in zip(self.numbers, self.topic_words, self.names, strict=True)
        ]

    @cached_property
    def description_fit(self) -> DescriptionFit | None:
        """Which documents fit the descriptions of topics; None for a run without any."""
        if not self.facts.get("described_topics"):
            return None
        return DescriptionFit.from_arrays(self.state)

    @cached_property
    def described(self) -> list[MetDescription]:
        """How well each described topic meets its description."""
        if self.description_fit is None or self.prepared.embeddings is None:
            return []
        return describe_fit(
            self.facts["described_topics"],
            dict(zip(self.numbers, self.names, strict=True)),
            self.description_fit,
            self.prepared.embeddings.documents,
            np.array(self.numbers)[self.doc_topic.argmax(axis=1)],
            dict(zip(self.numbers, self.ranked_words, strict=True)),
            self.preprocessing.rules,
        )

    @cached_property
    def fits(self) -> list[str] | None:
        """The name of the described topic that each document fits; see `fits_of`."""
        if self.description_fit is None or self.prepared.embeddings is None:
            return None
        return self.fits_of(self.prepared.embeddings.documents, self.doc_topic)

    def fits_of(
        self, embeddings: NDArray[np.floating[Any]] | None, doc_topic: NDArray[np.float32]
    ) -> list[str] | None:
        """Return the name of the described topic that each document fits, empty for none.

        None if no topic is described, or too few documents were held out to choose a threshold.
        """
        fit = self.description_fit
        if fit is None or embeddings is None or bool(np.isnan(fit.thresholds).all()):
            return None
        names = {NO_FIT: "", **dict(zip(self.numbers, self.names, strict=True))}
        main_topics = np.array(self.numbers)[doc_topic.argmax(axis=1)]
        fitting = fit.fitting(fit.similarity(embeddings), main_topics)
        return [names[number] for number in fitting.tolist()]

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The merges of topics, with words and a name for each group; none for one topic."""
        if self.folder is not None and self.folder.has(self.files.hierarchy):
            return Hierarchy.from_json(self.folder.json(self.files.hierarchy), self.numbers)
        return find_hierarchy(self)

    @cached_property
    def similarity(self) -> NDArray[np.float64]:
        """How similar the topics are by their words: (num_topics, num_topics)."""
        return word_similarity(self.topic_word)
