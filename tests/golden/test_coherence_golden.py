"""NPMI, C_V and UMass against gensim's CoherenceModel, on Lee and on random corpora."""

from pathlib import Path

import numpy as np
import pytest
from gensim.corpora import Dictionary
from gensim.models import CoherenceModel
from gensim.test.utils import datapath
from hypothesis import given, settings
from hypothesis import strategies as st

from theta.contracts import Tokens
from theta.evaluation import windows
from theta.evaluation.coherence import c_v, npmi, u_mass
from theta.evaluation.windows import count_windows

TOLERANCE = 1e-9


def tokens_of(documents):
    starts = np.cumsum([0, *map(len, documents)]).astype(np.int64)
    return Tokens(starts, np.array([w for d in documents for w in d], dtype=np.int32))


def ours(topics, documents):
    near, far, whole = count_windows(np.array(topics), tokens_of(documents), [10, 110, None])
    return {"c_npmi": npmi(near), "c_v": c_v(far), "u_mass": u_mass(whole)}


def gensims(topics, documents):
    texts = [[str(w) for w in document] for document in documents]
    dictionary = Dictionary(texts)
    words = [[str(w) for w in topic] for topic in topics]
    sources = {
        "c_npmi": {"texts": texts},
        "c_v": {"texts": texts},
        "u_mass": {"corpus": [dictionary.doc2bow(text) for text in texts]},
    }
    return {
        name: CoherenceModel(
            topics=words, dictionary=dictionary, coherence=name, topn=10, processes=1, **source
        ).get_coherence_per_topic()
        for name, source in sources.items()
    }


def assert_equal_to_gensim(topics, documents):
    expected, found = gensims(topics, documents), ours(topics, documents)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=0, atol=TOLERANCE, err_msg=name)


@pytest.fixture(scope="module")
def lee():
    """The Lee corpus as ids of the words that stand in two documents or more."""
    lines = Path(datapath("lee_background.cor")).read_text(encoding="utf-8").splitlines()
    texts = [line.lower().split() for line in lines]
    dictionary = Dictionary(texts)
    dictionary.filter_extremes(no_below=2, no_above=1.0, keep_n=None)
    return [[dictionary.token2id[w] for w in text if w in dictionary.token2id] for text in texts]


def test_lee(lee):
    # Words of all frequencies together, the most frequent 30 among them: they stand in nearly
    # every window.
    n = np.bincount([w for document in lee for w in document])
    by_frequency = np.argsort(-n, kind="stable")
    rng = np.random.default_rng(0)
    topics = [rng.choice(by_frequency[:size], 10, replace=False) for size in (30, 100, 500, 3000)]
    assert_equal_to_gensim(topics, lee)


@st.composite
def corpora(draw):
    """Return (topics, documents) whose documents are around the windows' lengths."""
    n_words = draw(st.integers(2, 30))
    lengths = st.sampled_from([0, 1, 2, 5, 9, 10, 11, 25, 109, 110, 111, 160])
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    # Skewed frequencies: common words stay in the window while they leave it again and again.
    p = rng.dirichlet(np.full(n_words, draw(st.sampled_from([0.2, 1.0, 10.0]))))
    documents = [
        rng.choice(n_words, size=size, p=p).tolist()
        for size in draw(st.lists(lengths, min_size=1, max_size=8))
    ]
    documents.append([0, 1])
    seen = np.unique([w for document in documents for w in document])
    n_top = min(draw(st.integers(2, 10)), len(seen))
    topics = [rng.permutation(seen)[:n_top].tolist() for _ in range(draw(st.integers(1, 4)))]
    return topics, documents


@settings(max_examples=60, deadline=None)
@given(corpora())
def test_random_corpora(case):
    topics, documents = case
    assert_equal_to_gensim(topics, documents)


def test_blocks_of_documents_and_of_pairs_change_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    documents = [rng.integers(0, 20, size).tolist() for size in (0, 40, 7, 200, 0, 12, 150)]
    topics = [rng.permutation(20)[:10].tolist() for _ in range(3)]
    whole = ours(topics, documents)
    monkeypatch.setattr(windows, "_BLOCK_TOKENS", 50)
    monkeypatch.setattr(windows, "_BLOCK_PAIRS", 7)
    for name, values in ours(topics, documents).items():
        np.testing.assert_array_equal(values, whole[name])


def test_a_word_that_never_occurs_is_left_out_as_by_a_dictionary_of_the_texts():
    documents = [[0, 1, 2, 0], [1, 2, 3], [0, 3, 3, 2, 1]]
    found = ours([[0, 1, 9, 2, 3]], documents)
    for name, values in gensims([[0, 1, 9, 2, 3]], documents).items():
        np.testing.assert_allclose(found[name], values, rtol=0, atol=TOLERANCE)
    assert found["c_npmi"] == ours([[0, 1, 2, 3]], documents)["c_npmi"]
