"""STM against planted effects, and its parts against finite differences and scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array

from theta.contracts import Split
from theta.effects.covariates import Design
from theta.errors import InvalidOption
from theta.models.base import FitContext
from theta.models.logistic_normal import posterior_covariance, posterior_mode, shares
from theta.models.stm import Stm, StmOptions

from .planted import N_BLOCKS, WORDS_PER_BLOCK, model_inputs, planted_corpus, planted_embeddings


def an_example(n_docs: int = 12, n_words: int = 15, num_topics: int = 4):
    rng = np.random.default_rng(3)
    bow = csr_array(rng.poisson(1.0, (n_docs, n_words)).astype(np.int32))
    by_word = rng.dirichlet(np.ones(n_words), num_topics).T.copy()
    root = rng.normal(size=(num_topics - 1, num_topics - 1))
    precision = root @ root.T + np.eye(num_topics - 1)
    return bow, by_word, rng.normal(size=(n_docs, num_topics - 1)), precision


def negative_log_posterior(eta, counts, by_word, mean, precision):
    theta = np.exp(np.append(eta, 0))
    theta /= theta.sum()
    away = eta - mean
    return -counts @ np.log(by_word @ theta) + 0.5 * away @ precision @ away


def test_the_mode_is_the_one_scipy_finds():
    bow, by_word, mean, precision = an_example()
    mode = posterior_mode(bow, by_word, mean, precision, np.zeros_like(mean))
    for d in range(bow.shape[0]):
        arguments = (bow[[d]].toarray()[0], by_word, mean[d], precision)
        expected = minimize(negative_log_posterior, mean[d], arguments, tol=1e-10).x
        np.testing.assert_allclose(mode[d], expected, atol=2e-3)


def test_the_covariance_is_the_inverse_of_the_numerical_hessian():
    bow, by_word, mean, precision = an_example()
    mode = posterior_mode(bow, by_word, mean, precision, mean)
    covariance, drawn, log_likelihood = posterior_covariance(bow, by_word, mode, precision)
    counts = bow[[0]].toarray()[0]
    step, n = 1e-4, mean.shape[1]

    def at(moved):
        return negative_log_posterior(mode[0] + moved, counts, by_word, mean[0], precision)

    unit = np.eye(n) * step
    hessian = np.array(
        [
            [(at(i + j) - at(i - j) - at(j - i) + at(-i - j)) / (4 * step**2) for j in unit]
            for i in unit
        ]
    )
    np.testing.assert_allclose(covariance[0], np.linalg.inv(hessian), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(drawn.sum(), bow.sum())
    expected = counts @ np.log(by_word @ shares(mode)[0])
    np.testing.assert_allclose(log_likelihood[0], expected)


def test_an_empty_document_stays_at_its_prior_mean():
    bow, by_word, mean, precision = an_example()
    bow = csr_array(bow.toarray() * (np.arange(bow.shape[0]) != 5)[:, None])
    mode = posterior_mode(bow, by_word, mean, precision, np.zeros_like(mean))
    np.testing.assert_allclose(mode[5], mean[5], atol=1e-3)


def test_categories_are_one_hot_with_the_commonest_as_reference():
    covariates = {
        "cov_party": np.array(["left", "right", "left", "green", "right", "left"]),
        "cov_year": np.array([2000.0, 2002.0, 2004.0, 2006.0, 2008.0, 2010.0]),
    }
    design = Design.fit(covariates)
    assert [(c.covariate, c.level, c.reference) for c in design.columns] == [
        ("cov_party", "green", "left"),
        ("cov_party", "right", "left"),
        ("cov_year", None, None),
    ]
    # Years 2000 to 2010: mean 2005, standard deviation sqrt((25 + 9 + 1 + 1 + 9 + 25) / 6).
    year = np.array([-5, -3, -1, 1, 3, 5]) / np.sqrt(70 / 6)
    expected = np.column_stack([np.ones(6), [0, 0, 0, 1, 0, 0], [0, 1, 0, 0, 1, 0], year])
    np.testing.assert_allclose(design.matrix(covariates, 6), expected)
    again = Design.from_array(design.to_array())
    assert again == design
    # A level that no training document has: the average document, 1/6 green and 1/3 right.
    new = {"cov_party": np.array(["pirate"]), "cov_year": np.array([2005.0])}
    np.testing.assert_allclose(again.matrix(new, 1), [[1, 1 / 6, 1 / 3, 0]])


def test_missing_numbers_and_columns_are_named():
    with pytest.raises(InvalidOption, match="cov_year has no number in 1 of 2 documents"):
        Design.fit({"cov_year": np.array([1.0, np.nan])})
    design = Design.fit({"cov_year": np.array([1.0, 2.0, 3.0])})
    with pytest.raises(InvalidOption, match="no column cov_year"):
        design.matrix({}, 3)


@pytest.fixture(scope="module")
def planted():
    """Group b writes three times as often about block 0 as group a."""
    corpus = planted_corpus(400)
    rng = np.random.default_rng(0)
    block = corpus.labels.codes
    chance_of_b = np.where(block == 0, 0.75, 0.5)
    group = np.where(rng.random(corpus.n_docs) < chance_of_b, "b", "a")
    covariates = {"cov_group": group, "cov_noise": rng.normal(size=corpus.n_docs)}
    return replace(corpus, covariates=covariates)


@pytest.fixture(scope="module")
def output(planted):
    return Stm().fit(planted, None, StmOptions(num_topics=N_BLOCKS), FitContext(progress=False))


def test_planted_effects_are_estimated(planted, output):
    train = planted.rows(Split.TRAIN)
    is_block_0 = planted.labels.codes[train] == 0
    is_b = planted.covariates["cov_group"][train] == "b"
    difference = is_block_0[is_b].mean() - is_block_0[~is_b].mean()
    topic = int(output.topic_word[:, :WORDS_PER_BLOCK].sum(axis=1).argmax())
    effects = {(e["topic"], e["covariate"]): e for e in output.facts["covariate_effects"]}
    assert len(effects) == 2 * N_BLOCKS
    of_group = effects[topic, "cov_group"]
    sign = 1 if of_group["level"] == "b" else -1
    assert sign * of_group["effect"] == pytest.approx(difference, abs=0.05)
    # A difference of two shares near 1/4 in 2 × 160 documents: sqrt(2 · 0.19 / 160) ≈ 0.05.
    assert 0.02 < of_group["standard_error"] < 0.08
    of_noise = effects[topic, "cov_noise"]
    assert abs(of_noise["effect"]) < 3 * of_noise["standard_error"]


def test_effects_on_shares_cancel_out(output):
    effects = output.facts["covariate_effects"]
    for name in ("cov_group", "cov_noise"):
        total = sum(e["effect"] for e in effects if e["covariate"] == name)
        assert total == pytest.approx(0, abs=1e-6)


def test_the_bound_rises(output):
    bounds = [entry["bound"] for entry in output.history]
    assert bounds[-1] > bounds[0]
    # The Laplace approximation is no strict bound: small losses near the end are its own.
    assert np.diff(bounds).min() > -1e-3 * abs(bounds[-1])


def test_without_covariates_it_says_what_it_needs():
    corpus = replace(planted_corpus(), covariates={})
    with pytest.raises(InvalidOption, match="needs covariates"):
        Stm().fit(corpus, None, StmOptions(num_topics=2), FitContext(progress=False))


def test_covariates_move_the_topics_of_an_empty_document(planted, output):
    rows = np.array([0])
    inputs = model_inputs(planted, planted_embeddings(planted), rows)
    empty = csr_array(inputs.bow.shape, dtype=np.int32)
    found = [
        Stm().infer(
            output.state,
            StmOptions(num_topics=N_BLOCKS),
            replace(inputs, bow=empty, covariates={**inputs.covariates, "cov_group": g}),
        )
        for g in np.array([["a"], ["b"]])
    ]
    topic = int(output.topic_word[:, :WORDS_PER_BLOCK].sum(axis=1).argmax())
    assert found[1][0, topic] > found[0][0, topic]


def test_what_held_out_documents_alone_have_is_reported_before_training(planted, caplog):
    group = planted.covariates["cov_group"].copy()
    group[planted.rows(Split.TEST)[:3]] = "z"
    corpus = replace(planted, covariates={**planted.covariates, "cov_group": group})
    Stm().check_corpus(planted, StmOptions())
    assert not caplog.text
    Stm().check_corpus(corpus, StmOptions())
    assert (
        "3 held-out documents have a value of cov_group that no training document has"
        in caplog.text
    )
    noise = planted.covariates["cov_noise"].copy()
    noise[planted.rows(Split.TEST)[0]] = np.nan
    corpus = replace(planted, covariates={**planted.covariates, "cov_noise": noise})
    with pytest.raises(InvalidOption, match="cov_noise has no number in 1 of 400 documents"):
        Stm().check_corpus(corpus, StmOptions())
