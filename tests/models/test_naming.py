"""Names of topics from texts: the phrase that their documents use and others do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from theta.contracts import Corpus, Split, Tokens
from theta.corpus.bow import ChunkRules, count_words, tokenize_chunk
from theta.corpus.languages import stop_words
from theta.corpus.tokenize import TokenRules
from theta.models.naming.from_texts import name_topics
from theta.models.naming.names import FROM_MODEL, FROM_TEXTS, FROM_WORDS, TopicName
from theta.models.naming.phrases import count_phrases
from theta.models.naming.spelling import Speller


class Texts:
    """A corpus of texts, and the topics that each belongs to."""

    def __init__(self, texts: Sequence[str], topic_of: Sequence[int], language: str = "en") -> None:
        rules = TokenRules(language, stop_words(language), lowercase=True, keep_numbers=False)
        chunk = tokenize_chunk(texts, ChunkRules((rules,), clean=False, ngram_max=1))
        starts = np.concatenate([[0], np.cumsum(chunk.lengths)]).astype(np.int64)
        bow = count_words(chunk.ids, chunk.lengths, len(chunk.words))
        self.texts = list(texts)
        self.speller = Speller([rules])
        self.corpus = Corpus(
            vocabulary=tuple(chunk.words),
            bow=bow,
            tokens=Tokens(starts, chunk.ids),
            split=np.full(len(texts), Split.TRAIN, np.int8),
            first_halves=bow[:0],
            row_ids=[str(row) for row in range(len(texts))],
            languages=(language,),
        )
        codes = np.asarray(topic_of)
        num_topics = int(codes.max()) + 1
        self.doc_topic = np.full((len(codes), num_topics), 0.1 / num_topics)
        self.doc_topic[np.arange(len(codes)), codes] += 0.9
        occurs = (bow > 0).astype(np.float64)
        own = np.stack([occurs[codes == k].sum(axis=0) for k in range(num_topics)])
        self.ranked: NDArray[np.intp] = np.argsort(
            -own * own / (occurs.sum(axis=0) + 1), axis=1, kind="stable"
        )[:, :50]

    def names(self, **options: object) -> list[TopicName]:
        return name_topics(
            self.corpus, self.doc_topic, self.ranked, self.texts, self.speller, **options
        )


def made_up_words(n: int, rng: np.random.Generator) -> list[str]:
    syllables = [c + v for c in "bdfgklmnprtvz" for v in "aeiou"]
    words: dict[str, None] = {}
    while len(words) < n:
        words["".join(rng.choice(syllables, 3))] = None
    return list(words)


def planted(num_topics: int, seed: int, n_docs: int = 40) -> tuple[Texts, list[str]]:
    """Texts of words of their topic and common ones; six in ten mention the topic's phrase."""
    rng = np.random.default_rng(seed)
    words = made_up_words(num_topics * 12 + 150, rng)
    common, own = words[:150], np.array(words[150:]).reshape(num_topics, 12)
    phrases = [f"{a} {b}" for a, b in own[:, :2]]
    texts, topic_of = [], []
    for topic in range(num_topics):
        for _ in range(n_docs):
            chosen = [*rng.choice(own[topic, 2:], 8), *rng.choice(common, 12)]
            if rng.random() < 0.6:
                chosen.insert(int(rng.integers(len(chosen))), phrases[topic])
            if rng.random() < 0.3:  # a word of the phrase of any topic by itself
                chosen.append(rng.choice(own[rng.integers(num_topics), :2]))
            texts.append(" ".join(chosen))
            topic_of.append(topic)
    return Texts(texts, topic_of), phrases


def test_the_planted_phrase_is_in_the_name() -> None:
    made, phrases = planted(20, seed=0)
    names = made.names()
    found = sum(
        set(phrase.split()) <= set(name.name.split())
        for phrase, name in zip(phrases, names, strict=True)
    )
    assert found >= 18
    assert all(name.source == FROM_TEXTS for name in names)


@pytest.mark.parametrize("first_seed", [0, 25, 50, 75])
def test_names_are_unique(first_seed: int) -> None:
    for seed in range(first_seed, first_seed + 25):
        rng = np.random.default_rng(seed)
        words = made_up_words(30, rng)
        # Topics that share all their words, and some without documents.
        texts = [" ".join(rng.choice(words, 12)) for _ in range(60)]
        made = Texts(texts, rng.integers(0, 6, 60).tolist())
        made.doc_topic = np.column_stack([made.doc_topic, np.zeros((60, 3))])
        made.ranked = np.vstack([made.ranked, np.repeat(made.ranked[:1], 3, axis=0)])
        names = [name.name.casefold() for name in made.names()]
        assert len(names) == len(set(names)) == made.doc_topic.shape[1]


def sentences(*topics: Sequence[str]) -> Texts:
    """Six documents a topic; in each, the sentences of the topic by turns."""
    texts = [
        f"{topic[turn % len(topic)]} {filler}."
        for topic in topics
        for turn, filler in enumerate(["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta"])
    ]
    return Texts(texts, np.repeat(np.arange(len(topics)), 6).tolist())


def test_the_evidence_is_the_number_of_documents() -> None:
    made = sentences(
        ["We saw the Space Shuttle,", "A space shuttle rose:", "They own"],
        ["My gun control letter", "The letter", "No gun"],
        ["This space shuttle model", "Old models of", "Models"],
    )
    name = made.names()[0]
    assert name == TopicName("space shuttle", FROM_TEXTS, 4, 6, 2, 12)
    assert "4 of 6 documents of the topic contain, and 2 of 12 others" in name.reason


def test_function_words_belong_to_a_phrase_and_stops_end_it() -> None:
    made = sentences(
        ["the right to bear arms said", "a right to bear arms now"],
        ["they like tea. Cakes come", "we like tea; cakes too"],
    )
    first, second = made.names()
    assert first.name == "right to bear arms"
    assert second.name == "like tea"


def test_a_block_that_is_longer_than_a_name_is_no_name() -> None:
    signature = "geb cadre dsl pitt chastity intellect surrender"
    made = sentences(
        [f"doctors asked {signature}", f"patients and doctors {signature}", "doctors of pain"],
        ["engines turn", "engines burn"],
    )
    assert made.names()[0].name == "doctors"


def test_chinese_names_are_written_without_spaces() -> None:
    texts = [
        *["股指期货今天上涨", "股指期货明显下跌", "关于股指期货的消息", "分析股指期货走势"],
        *["高考报名开始", "今年高考报名时间", "考生参加高考报名", "学校组织高考报名"],
    ]
    names = Texts(texts, [0] * 4 + [1] * 4, "zh").names()
    assert [name.name for name in names] == ["股指期货", "高考报名"]


def test_without_texts_top_words_are_the_name() -> None:
    made = sentences(["a red apple pie"], ["a blue ocean wave"])
    names = name_topics(made.corpus, made.doc_topic, made.ranked, None, None)
    words = [[made.corpus.vocabulary[v] for v in own[:3]] for own in made.ranked]
    assert [name.name for name in names] == [", ".join(own) for own in words]
    assert {name.source for name in names} == {FROM_WORDS}
    assert "no phrase of the texts" in names[0].reason


def test_topics_of_the_same_words_have_names_of_their_own() -> None:
    made = sentences(["apple pie"], ["ocean wave"])
    ranked = np.repeat(made.ranked[:1, :3], 2, axis=0)
    names = name_topics(made.corpus, made.doc_topic, ranked, None, None)
    assert names[1].name == f"{names[0].name} (2)"


def test_names_are_kept_unless_the_user_gave_them_to_others() -> None:
    made = sentences(["a space shuttle"], ["the gun control"], ["one tax cut"])
    model = TopicName("Flights", FROM_MODEL)
    kept = {0: model, 1: TopicName("Weapons", FROM_MODEL)}
    names = made.names(kept=kept, taken=["weapons", "TAX CUT"])
    assert names[0] is model
    assert names[1].name == "gun control"
    assert names[2].name.casefold() not in {"tax cut", "weapons"}


def test_few_documents_of_a_large_topic_are_read() -> None:
    made = sentences(["a space shuttle"], ["the gun control"])
    readable = np.ones(made.corpus.n_words, bool)
    phrases = count_phrases(made.corpus.tokens, made.doc_topic, readable, most_documents=4)
    assert phrases.n_documents.tolist() == [4, 4]
    assert phrases.counts.max() == 4


def test_phrases_are_those_counted_one_by_one() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        documents = [rng.integers(0, 3, rng.integers(0, 12)) for _ in range(6)]
        starts = np.cumsum([0, *map(len, documents)]).astype(np.int64)
        tokens = Tokens(starts, np.concatenate(documents).astype(np.int32))
        occurrences: Counter[tuple[int, ...]] = Counter()
        within: dict[tuple[int, ...], list[int]] = {}
        for row, words in enumerate(documents):
            for length in range(1, 6):
                for at in range(len(words) - length + 1):
                    phrase = tuple(words[at : at + length].tolist())
                    occurrences[phrase] += 1
                    if row not in within.setdefault(phrase, []):
                        within[phrase].append(row)
        wanted = {phrase: within[phrase] for phrase, n in occurrences.items() if n >= 3}
        topics = rng.integers(0, 2, 6)
        phrases = count_phrases(tokens, np.eye(2)[topics], np.ones(3, bool))
        found = [tuple(w[:n]) for w, n in zip(phrases.words.tolist(), phrases.lengths, strict=True)]
        assert {p: phrases.rows_of(at).tolist() for at, p in enumerate(found)} == wanted
        for phrase, counts in zip(found, phrases.counts.toarray(), strict=True):
            assert counts.tolist() == np.bincount(topics[wanted[phrase]], minlength=2).tolist()
