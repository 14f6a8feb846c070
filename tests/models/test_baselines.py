"""The parts of the baselines against scikit-learn, bitermplus, BERTopic and by hand."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.contracts import ModelInputs, Split, Tokens
from theta.errors import InvalidOption, ThetaError
from theta.models import MODELS
from theta.models.base import FitContext
from theta.models.bertopic import Bertopic, BertopicOptions
from theta.models.btm import Btm, BtmOptions, infer_from_biterms
from theta.models.clusters import (
    class_tf_idf,
    count_words,
    fit_precision,
    soft_assignment,
    squared_distances,
    word_distribution,
)
from theta.models.dirichlet_inference import infer_doc_topic
from theta.models.dtm import (
    Dtm,
    DtmOptions,
    dated_corpus,
    slice_numbers,
    slice_starts,
    topic_vectors,
)
from theta.models.fastopic import Fastopic, FastopicOptions
from theta.models.hdp import Hdp, HdpOptions
from theta.models.lda import Lda, LdaOptions, initial_topics
from theta.models.nmf import Nmf, NmfOptions, unit_tf_idf
from theta.models.requirements import require_library
from theta.models.tf_idf import inverse_document_frequency

from .planted import N_BLOCKS, WORDS_PER_BLOCK, planted_corpus, planted_embeddings

CORPUS = planted_corpus()
EMBEDDINGS = planted_embeddings(CORPUS)
QUIET = FitContext(progress=False)


def some_counts(n_docs=40, n_words=25, seed=1):
    rng = np.random.default_rng(seed)
    return csr_array(rng.poisson(0.6, (n_docs, n_words)).astype(np.int32))


def test_lda_infers_what_scikit_learn_does():
    from sklearn.decomposition import LatentDirichletAllocation

    bow = some_counts()
    estimator = LatentDirichletAllocation(5, max_iter=5, random_state=0).fit(bow)
    expected = estimator.transform(bow)
    found = infer_doc_topic(bow, estimator.exp_dirichlet_component_, np.full(5, 1 / 5))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_an_empty_document_gets_the_mean_of_the_prior():
    bow = csr_array((1, 3), dtype=np.int32)
    found = infer_doc_topic(bow, np.full((2, 3), 1 / 3), np.array([1.0, 3.0]))
    np.testing.assert_allclose(found, [[0.25, 0.75]])


def test_blocks_of_documents_do_not_change_the_answer(monkeypatch):
    bow = some_counts()
    weights = np.random.default_rng(0).dirichlet(np.ones(25), 4)
    whole = infer_doc_topic(bow, weights, np.ones(4))
    monkeypatch.setattr("theta.models.dirichlet_inference._CELLS", 60)
    np.testing.assert_array_equal(infer_doc_topic(bow, weights, np.ones(4)), whole)


def test_alpha_auto_is_one_over_the_number_of_topics():
    auto = Lda().fit(CORPUS, None, LdaOptions(num_topics=4, max_iter=2), QUIET)
    typed = Lda().fit(CORPUS, None, LdaOptions(num_topics=4, max_iter=2, alpha=0.25), QUIET)
    np.testing.assert_array_equal(auto.doc_topic, typed.doc_topic)
    other = Lda().fit(CORPUS, None, LdaOptions(num_topics=4, max_iter=2, alpha=1.0), QUIET)
    assert np.abs(other.doc_topic - auto.doc_topic).max() > 0.05


def test_only_training_documents_make_the_topics():
    """Other counts in held-out rows change no topic."""
    held_out = CORPUS.split != Split.TRAIN
    bow = CORPUS.bow.toarray()
    bow[held_out] = bow[held_out][:, ::-1]
    other = dataclasses.replace(CORPUS, bow=csr_array(bow))
    for model, options in ((Lda(), LdaOptions(max_iter=5)), (Nmf(), NmfOptions(max_iter=5))):
        before = model.fit(CORPUS, None, dataclasses.replace(options, num_topics=4), QUIET)
        after = model.fit(other, None, dataclasses.replace(options, num_topics=4), QUIET)
        np.testing.assert_array_equal(before.topic_word, after.topic_word)


def test_tf_idf_is_scikit_learns():
    from sklearn.feature_extraction.text import TfidfTransformer

    bow = some_counts()
    expected = TfidfTransformer().fit_transform(bow).toarray()
    idf = inverse_document_frequency(bow)
    np.testing.assert_allclose(unit_tf_idf(bow, idf).toarray(), expected)


def test_nmf_weights_are_the_least_squares_solution():
    from scipy.optimize import nnls

    output = Nmf().fit(CORPUS, None, NmfOptions(num_topics=4), QUIET)
    topics, idf = output.state["topics"], output.state["idf"]
    for row in (0, 50, 199):
        target = unit_tf_idf(CORPUS.bow[[row]], idf).toarray()[0]
        weights = nnls(topics.T, target)[0]
        np.testing.assert_allclose(output.doc_topic[row], weights / weights.sum(), atol=1e-5)


def test_nmf_of_a_document_without_words_is_an_equal_mixture():
    output = Nmf().fit(CORPUS, None, NmfOptions(num_topics=4), QUIET)
    empty = ModelInputs(csr_array((1, CORPUS.n_words), dtype=np.int32))
    np.testing.assert_allclose(Nmf().infer(output.state, NmfOptions(), empty), [[0.25] * 4])


def test_c_tf_idf_by_hand():
    # Cluster 0: word 0 three times, word 1 once; cluster 1: word 1 twice. A = (4 + 2) / 2 = 3;
    # f = (3, 3); log(1 + 3 / 3) = log 2.
    bow = csr_array(np.array([[2, 0], [1, 1], [0, 2], [9, 9]], dtype=np.int32))
    counts = count_words(bow, np.array([0, 0, 1, -1]), 2)
    np.testing.assert_allclose(counts, [[3, 1], [0, 2]])
    expected = np.array([[3 / 4, 1 / 4], [0, 1]]) * np.log(2)
    np.testing.assert_allclose(class_tf_idf(counts), expected)


def test_word_distribution_by_hand():
    # Background (3 + 1, 1 + 1) / 6 = (2/3, 1/3); cluster 0: (3 + 50 · 2/3, 1 + 50 / 3) / 54.
    found = word_distribution(np.array([[3.0, 1.0]]), np.array([3.0, 1.0]))
    np.testing.assert_allclose(found, [[(3 + 100 / 3) / 54, (1 + 50 / 3) / 54]], rtol=1e-6)


def test_the_nearest_centre_comes_first_at_any_precision():
    rng = np.random.default_rng(0)
    embeddings, centres = rng.normal(size=(30, 6)), rng.normal(size=(4, 6))
    distances = squared_distances(embeddings, centres)
    expected = ((embeddings[:, None] - centres) ** 2).sum(axis=2)
    np.testing.assert_allclose(distances, expected)
    for precision in (0.1, 1.0, 100.0):
        found = soft_assignment(distances, precision)
        np.testing.assert_array_equal(found.argmax(axis=1), expected.argmin(axis=1))


def test_the_precision_is_the_likeliest_of_a_grid():
    rng = np.random.default_rng(0)
    distances, topic_word = rng.random((50, 3)), rng.dirichlet(np.ones(12), 3).astype(np.float32)
    theta = soft_assignment(distances, 20.0)
    bow = csr_array(np.array([rng.multinomial(400, p / p.sum()) for p in theta @ topic_word]))
    found = fit_precision(distances, bow, topic_word)

    def likelihood(precision):
        return (bow.toarray() * np.log(soft_assignment(distances, precision) @ topic_word)).sum()

    assert likelihood(found) >= max(likelihood(p) for p in np.geomspace(1, 8000, 60)) - 1e-2
    assert found == pytest.approx(20, rel=0.2)


def test_biterm_inference_by_hand():
    # Words (2, 1, 0): the pairs of tokens are 00 once and 01 twice.
    # p(z|00) ∝ π_z β_z0², p(z|01) ∝ π_z β_z0 β_z1.
    beta = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5]])
    share = np.array([0.7, 0.3])
    same, different = share * beta[:, 0] ** 2, share * beta[:, 0] * beta[:, 1]
    expected = (same / same.sum() + 2 * different / different.sum()) / 3
    bow = csr_array(np.array([[2, 1, 0], [0, 0, 1], [0, 0, 0]]))
    found = infer_from_biterms(bow, beta, share)
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)
    one_word = share * beta[:, 2]
    np.testing.assert_allclose(found[1], one_word / one_word.sum(), rtol=1e-6)
    np.testing.assert_allclose(found[2], share, rtol=1e-6)


def test_biterm_inference_is_bitermplus_own():
    library = pytest.importorskip("bitermplus")
    starts, ids = CORPUS.tokens.starts, CORPUS.tokens.ids
    documents = [ids[starts[d] : starts[d + 1]] for d in range(60)]
    from scipy.sparse import csr_matrix

    window = 100  # all pairs, as in the counts
    model = library.BTM(
        csr_matrix(CORPUS.bow), np.array(CORPUS.vocabulary), T=4, seed=0, win=window
    )
    model.fit(library.get_biterms(documents, win=window, as_array=True), 20, verbose=False)
    expected = model.transform(documents, verbose=False)
    found = infer_from_biterms(CORPUS.bow[np.arange(60)], model.matrix_topics_words_, model.theta_)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_hdp_finds_the_blocks_and_keeps_what_is_asked_for():
    pytest.importorskip("tomotopy")
    output = Hdp().fit(CORPUS, None, HdpOptions(max_iter=100), QUIET)
    # Every block has topics of its own, which hold most of its documents' words.
    block = output.top_words(4) // WORDS_PER_BLOCK
    own = np.array([set(b) for b in block])
    of_topic = np.array([b.pop() if len(b) == 1 else N_BLOCKS for b in own])
    by_block = np.zeros((CORPUS.n_docs, N_BLOCKS + 1))
    np.add.at(by_block.T, of_topic, output.doc_topic.T)
    assert np.mean(by_block[:, :N_BLOCKS].argmax(axis=1) == CORPUS.labels.codes) > 0.95
    few = Hdp().fit(CORPUS, None, HdpOptions(max_iter=20, max_topics=3), QUIET)
    assert few.num_topics <= 3
    assert few.facts["topics_found"] - few.facts["topics_left_out"] == few.num_topics


@pytest.mark.slow  # UMAP is compiled in each process, and the conformance test does it already
def test_bertopic_reduces_to_the_topics_asked_for_and_describes_them():
    pytest.importorskip("bertopic")
    options = BertopicOptions(num_topics=2, min_cluster_size=5, top_n_words=3)
    output = Bertopic().fit(CORPUS, EMBEDDINGS, options, QUIET)
    assert output.num_topics == 2
    assert output.facts["num_topics_before_reduction"] >= 4
    assert [len(words.split()) for words in output.facts["descriptions"]] == [3, 3]
    assert output.facts["outliers"] >= 0


def test_bertopic_without_a_dense_place_says_so():
    pytest.importorskip("bertopic")
    options = BertopicOptions(min_cluster_size=150)
    with pytest.raises(ThetaError, match="smaller --min_cluster_size"):
        Bertopic().fit(CORPUS, EMBEDDINGS, options, QUIET)


def test_slices_hold_as_many_documents_and_keep_dates_together():
    days = np.array(
        ["2020-01-01"] * 3 + ["2020-01-02", "2020-02-01", "2020-03-01"], "datetime64[D]"
    )
    days = np.append(days, np.datetime64("NaT"))
    # Six dated documents in three slices would begin at the sorted dates 0, 2 and 4; the second of
    # these is the date of the first, so two slices are left.
    starts = slice_starts(days, 3)
    np.testing.assert_array_equal(starts, days[[0, 4]])
    np.testing.assert_array_equal(slice_numbers(days, starts), [0, 0, 0, 0, 1, 1, -1])
    early = np.array(["1999-01-01", "2030-01-01"], "datetime64[D]")
    np.testing.assert_array_equal(slice_numbers(early, starts), [0, 1])
    with pytest.raises(InvalidOption, match="different dates"):
        slice_starts(days[:3], 3)


def test_undated_documents_do_not_train():
    times = CORPUS.times.copy()
    train = CORPUS.rows(Split.TRAIN)
    times[train[:10]] = np.datetime64("NaT")
    kept = dated_corpus(CORPUS, times)
    np.testing.assert_array_equal(kept.rows(Split.TRAIN), train[10:])
    np.testing.assert_array_equal(kept.rows(Split.TEST), CORPUS.rows(Split.TEST))


def test_dtm_follows_topics_that_change():
    """In the second half of the time, block 0 is expressed in words of its own second half."""
    pytest.importorskip("gensim")
    rng = np.random.default_rng(0)
    blocks, late = CORPUS.labels.codes, np.arange(CORPUS.n_docs) >= CORPUS.n_docs // 2
    bow = CORPUS.bow.toarray()
    half = WORDS_PER_BLOCK // 2
    for d in np.flatnonzero(blocks == 0):
        total = bow[d, :WORDS_PER_BLOCK].sum()
        bow[d, :WORDS_PER_BLOCK] = 0
        first = half if late[d] else 0
        bow[d, first : first + half] = rng.multinomial(total, [1 / half] * half)
    ids = [np.repeat(np.arange(bow.shape[1]), row).astype(np.int32) for row in bow]
    tokens = dataclasses.replace(
        CORPUS.tokens, ids=np.concatenate([rng.permutation(i) for i in ids])
    )
    corpus = dataclasses.replace(CORPUS, bow=csr_array(bow), tokens=tokens)
    options = DtmOptions(
        num_topics=4,
        time_slices=4,
        epochs=60,
        batch_size=32,
        hidden_dim=32,
        learning_rate=0.02,
        embedding_dim=50,
    )
    output = Dtm().fit(corpus, None, options, QUIET)
    by_slice = output.state["topic_word_by_slice"]
    assert by_slice.shape == (4, 4, corpus.n_words)
    np.testing.assert_allclose(by_slice.sum(axis=2), 1, atol=1e-4)
    topic = by_slice[:, :, :WORDS_PER_BLOCK].sum(axis=(0, 2)).argmax()
    early_words = by_slice[:, topic, :half].sum(axis=1)
    late_words = by_slice[:, topic, half:WORDS_PER_BLOCK].sum(axis=1)
    assert early_words[0] > late_words[0]
    assert late_words[3] > early_words[3]
    assert sum(s["documents"] for s in output.facts["time_slices"]) == len(corpus.rows(Split.TRAIN))


def test_topic_vectors_come_near_the_topics():
    rng = np.random.default_rng(0)
    rho, alpha = rng.normal(size=(600, 8)), rng.normal(size=(3, 8))
    rho -= rho.mean(axis=0)
    scores = np.exp(alpha @ rho.T)
    topics = scores / scores.sum(axis=1, keepdims=True)
    found = topic_vectors(topics, rho.astype(np.float32))
    again = np.exp(found @ rho.T)
    np.testing.assert_allclose(again / again.sum(axis=1, keepdims=True), topics, atol=0.02)


def test_initial_topics_are_distributions():
    topics = initial_topics(CORPUS.bow, 4, seed=0)
    assert (topics > 0).all()
    np.testing.assert_allclose(topics.sum(axis=1), 1)


@pytest.mark.parametrize("name", ["kmeans", "bertopic", "ctm", "fastopic"])
def test_a_model_without_its_embeddings_says_so(name):
    model = MODELS[name]
    assert "embeddings" in model.needs
    with pytest.raises(InvalidOption, match=f"{name} needs document embeddings"):
        model().fit(CORPUS, None, model.Options(), QUIET)


def test_a_missing_library_is_reported_with_its_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "tomotopy", None)
    with pytest.raises(ThetaError, match=r"pip install 'theta-topics\[hdp\]'"):
        Hdp().fit(CORPUS, None, HdpOptions(), QUIET)


def test_a_defect_inside_a_library_is_not_called_a_missing_extra(tmp_path, monkeypatch):
    (tmp_path / "half_a_library.py").write_text("import a_module_that_is_nowhere\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_nowhere"):
        require_library("half_a_library", "some")


def test_btm_draws_no_bar_where_there_is_no_terminal(capsys, monkeypatch):
    pytest.importorskip("bitermplus")
    options = BtmOptions(num_topics=2, n_iter=2)
    Btm().fit(CORPUS, None, options, FitContext())
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert FitContext().draws_bar
    Btm().fit(CORPUS, None, options, QUIET)
    assert capsys.readouterr().err == ""
    Btm().fit(CORPUS, None, options, FitContext())
    assert "100%" in capsys.readouterr().err


@pytest.fixture
def three_threads():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_bertopic_leaves_the_threads_of_torch(monkeypatch, three_threads):
    import torch

    def cluster(*_):
        torch.set_num_threads(2)  # as numba does, when UMAP first runs in parallel
        raise ThetaError("no topic")

    monkeypatch.setattr("theta.models.bertopic._cluster", cluster)
    with pytest.raises(ThetaError, match="no topic"):
        Bertopic().fit(CORPUS, EMBEDDINGS, BertopicOptions(), QUIET)
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize(("small", "threads"), [(100_000, 1), (100, 3)])
def test_fastopic_takes_one_thread_for_small_matrices(monkeypatch, three_threads, small, threads):
    import torch

    monkeypatch.setattr("theta.models.fastopic._SMALL", small)
    seen = set()

    def look() -> bool:
        seen.add(torch.get_num_threads())
        return False

    context = FitContext(progress=False, interrupted=look)
    Fastopic().fit(CORPUS, EMBEDDINGS, FastopicOptions(num_topics=3, epochs=1), context)
    assert seen == {threads}
    assert torch.get_num_threads() == 3


def test_bertopic_says_how_many_documents_it_needs():
    corpus = planted_corpus(10)
    n_train = len(corpus.rows(Split.TRAIN))
    message = f"needs 10 training documents .* there are {n_train}"
    with pytest.raises(InvalidOption, match=message):
        MODELS["bertopic"]().check_corpus(corpus, BertopicOptions())
    MODELS["bertopic"]().check_corpus(corpus, BertopicOptions(min_cluster_size=2))


def test_btm_refuses_documents_of_one_word():
    pytest.importorskip("bitermplus")
    corpus = planted_corpus(20)
    starts, ids = np.arange(21), corpus.tokens.ids[:20]
    corpus = dataclasses.replace(corpus, tokens=Tokens(starts, ids))
    with pytest.raises(InvalidOption, match="with at least two words"):
        MODELS["btm"]().fit(corpus, None, BtmOptions(num_topics=2), FitContext(progress=False))
