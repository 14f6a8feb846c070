"""From texts to flags: a signature, encoded lines, a table, another language and good topics."""

from __future__ import annotations

from collections import Counter

import numpy as np
from scipy.sparse import csr_array

from theta.contracts import Corpus, Split, Tokens
from theta.corpus.languages import stop_words
from theta.corpus.tokenize import TokenRules, tokenizer
from theta.evaluation.topic_flags import TopicFlag, flag_topics
from theta.run.topic_flags import topic_evidence

RULES = TokenRules("en", stop_words("en"), True, False)
N_EACH = 12

SPACE = [
    "orbit",
    "rocket",
    "shuttle",
    "launch",
    "moon",
    "mission",
    "lunar",
    "satellite",
    "probe",
    "comet",
]
FOOD = [
    "bread",
    "butter",
    "cheese",
    "onion",
    "pepper",
    "garlic",
    "tomato",
    "basil",
    "lemon",
    "vinegar",
]
SIGNATURE = "Skepticism is the chastity of the intellect | gordon banks geb cadre pitt dsl"
FINNISH = [
    "Eilen kissa istui pitkään ikkunalla ja katseli lintuja puutarhassa",
    "Kesällä lapset uivat järvessä ja illalla kaikki menivät saunaan",
    "Talvella lunta satoi niin paljon että junat olivat myöhässä koko viikon",
]
BINARY = "M>'AX>'QAX>'GIZ@BHJ$%&WWIZ/=+NRHJ!QTM#BXN<>BIZ\"'$GHJ&%"
TABLE = ["det tor chi bos nyi pit que stl van cal 12 3 44 5"]


def sentence(words: list[str], row: int) -> str:
    a, b, c = (words[(row * step) % len(words)] for step in (1, 3, 7))
    return f"They said that the {a} was not as good as the {b} with {number(row)} of the {c}"


def number(row: int) -> str:
    """Return a different word for each row, so that no two sentences share a passage."""
    return "".join(chr(ord("a") + (row // 26**digit) % 26) for digit in range(3)) + "word"


def flags_of(groups: list[list[str]]) -> list[TopicFlag]:
    """Return the flags of one topic per group of texts."""
    texts = [text for group in groups for text in group]
    streams = [tokenizer(RULES).words(text) for text in texts]
    vocabulary = sorted({word for stream in streams for word in stream})
    column = {word: at for at, word in enumerate(vocabulary)}
    bow = np.zeros((len(texts), len(vocabulary)), np.int32)
    for row, stream in enumerate(streams):
        for word in stream:
            bow[row, column[word]] += 1
    lengths = [len(stream) for stream in streams]
    corpus = Corpus(
        vocabulary=tuple(vocabulary),
        bow=csr_array(bow),
        tokens=Tokens(
            np.cumsum([0, *lengths]).astype(np.int64),
            np.array([column[word] for stream in streams for word in stream], np.int32),
        ),
        split=np.full(len(texts), Split.TRAIN, np.int8),
        first_halves=csr_array((0, len(vocabulary)), dtype=np.int32),
        row_ids=[str(row) for row in range(len(texts))],
    )
    topic = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    doc_topic = np.full((len(texts), len(groups)), 0.01)
    doc_topic[np.arange(len(texts)), topic] = 1
    top = []
    for k in range(len(groups)):
        counts = Counter(word for row in np.flatnonzero(topic == k) for word in streams[row])
        # Of equally frequent words, those of this topic only.
        others = {word for row in np.flatnonzero(topic != k) for word in streams[row]}
        own = sorted(counts, key=lambda word: (word in others, -counts[word], word))
        top.append([column[word] for word in own[:10]])
    evidence = topic_evidence(corpus, texts, (RULES,), doc_topic, np.array(top))
    return flag_topics(evidence, [], range(len(groups)))


def test_junk_is_flagged_and_good_topics_are_not() -> None:
    flags = flags_of(
        [
            [sentence(SPACE, row) for row in range(N_EACH)],
            [sentence(FOOD, row) for row in range(N_EACH)],
            [f"{sentence(SPACE, 50 + row)}\n{SIGNATURE}" for row in range(N_EACH)],
            [f"{BINARY}\n{number(row)}{BINARY}" for row in range(N_EACH)],
            [f"{number(row)}\n{TABLE[0]} {number(row + 500)}" for row in range(N_EACH)][:2],
        ]
    )
    assert {flag.topics[0]: flag.name for flag in flags} == {
        2: "repeated_text",
        3: "encoded_files",
        4: "list",
    }
    assert SIGNATURE[:60] in flags[0].message
    assert "in 12 of 12 documents" in flags[0].message


def test_texts_in_another_language_are_named() -> None:
    finnish = [f"{number(row)} {FINNISH[row % 3]} {number(row + 30)}" for row in range(N_EACH)]
    flags = flags_of(
        [
            [sentence(SPACE, row) for row in range(N_EACH)],
            [sentence(FOOD, row) for row in range(N_EACH)],
            finnish,
        ]
    )
    assert [(flag.topics, flag.name) for flag in flags] == [((2,), "other_language")]
    assert flags[0].message.endswith("another language: finnish")
