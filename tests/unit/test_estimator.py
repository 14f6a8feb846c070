"""THETA as a scikit-learn estimator, and the tables of a run."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils import estimator_checks

import theta
from tests.cli.conftest import themed_rows
from theta import THETA, load_run
from theta.devices.threads import computing_with
from theta.errors import InvalidOption, MissingFile, ThetaError
from theta.estimator import NMF
from theta.models.theta_options import ThetaOptions
from theta.options import PrepareOptions, RunOptions
from theta.pipeline.precomputed import check_vectors

ROWS = themed_rows(60)
TEXTS = [row["text"] for row in ROWS]
LABELS = [row["label"] for row in ROWS]
QUICK = {"num_topics": 3, "epochs": 3, "kl_warmup": 1, "hidden_dim": 16, "gpu": -1}


def theme_vectors(labels: list[str], seed: int = 0) -> np.ndarray:
    """Vectors of unit length around one direction per theme."""
    draw = np.random.default_rng(seed)
    themes = sorted(set(LABELS))
    vectors = draw.normal(scale=0.1, size=(len(labels), 8))
    for row, label in enumerate(labels):
        vectors[row, themes.index(label)] += 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


VECTORS = theme_vectors(LABELS)


@pytest.fixture(autouse=True)
def models(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETA_MODELS_DIR", str(models_dir))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def fitted() -> THETA:
    return THETA(**QUICK).fit(TEXTS, embeddings=VECTORS)


# --- parameters ----------------------------------------------------------------------------


def test_defaults_are_those_of_the_options() -> None:
    found = THETA().get_params()
    for name, value in vars(ThetaOptions()).items():
        assert found[name] == value, name
    for name in ("mode", "seed", "gpu"):
        assert found[name] == getattr(RunOptions(), name)
    prepare = PrepareOptions()
    assert found["embedding"] == "auto"
    assert found["split_seed"] == prepare.seed
    for name in ("language", "vocab_size", "min_df", "max_df", "test_share", "max_length"):
        assert found[name] == getattr(prepare, name), name
    assert set(inspect.signature(THETA).parameters) == set(found)
    assert all(name in (THETA.__doc__ or "") for name in found)


@pytest.mark.parametrize(
    "name",
    [
        "check_estimator_cloneable",
        "check_estimator_tags_renamed",
        "check_valid_tag_types",
        "check_estimator_repr",
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_get_params_invariance",
        "check_set_params",
        "check_do_not_raise_errors_in_init_or_set_params",
        "check_mixin_order",
    ],
)
def test_scikit_learns_own_checks(name: str) -> None:
    check = getattr(estimator_checks, name, None)
    if check is None:
        pytest.skip(f"scikit-learn {sklearn.__version__} has no {name}")
    check("THETA", THETA())


def test_scikit_learn_knows_that_it_reads_texts() -> None:
    tags = sklearn.utils.get_tags(THETA())
    assert tags.input_tags.string
    assert not tags.input_tags.two_d_array


def test_unknown_and_wrong_parameters() -> None:
    with pytest.raises(TypeError, match="num_topic"):
        THETA(num_topic=3)
    # As scikit-learn wants it, values are checked in fit.
    for name, value in {"num_topics": 0, "mode": "zero", "max_df": 2.0, "epochs": None}.items():
        with pytest.raises(InvalidOption, match=f"--{name}"):
            THETA(**{**QUICK, name: value}).fit(TEXTS, embeddings=VECTORS)


# --- scikit-learn's checks that need numbers for X, said for texts --------------------------------


def test_fit_returns_itself_and_leaves_parameters_alone() -> None:
    model = THETA(**{**QUICK, "num_topics": np.int64(3)})
    before = model.get_params()
    assert model.fit(TEXTS, embeddings=VECTORS) is model
    assert model.get_params() == before
    public = {name for name in vars(model) if not name.startswith("_")} - before.keys()
    assert all(name.endswith("_") for name in public)


def test_unfitted() -> None:
    for call in (
        lambda model: model.transform(TEXTS),
        lambda model: model.get_topic_words(),
        lambda model: model.get_feature_names_out(),
        lambda model: model.save("nowhere"),
    ):
        with pytest.raises(NotFittedError):
            call(THETA())


def test_fitting_again_gives_the_same_bits(fitted: THETA) -> None:
    again = clone(fitted).fit(TEXTS, embeddings=VECTORS)
    np.testing.assert_array_equal(again.doc_topic_, fitted.doc_topic_)
    np.testing.assert_array_equal(again.components_, fitted.components_)
    other = clone(fitted).set_params(seed=1).fit(TEXTS, embeddings=VECTORS)
    assert not np.array_equal(other.doc_topic_, fitted.doc_topic_)


def test_transform_is_free_of_order_and_company(fitted: THETA) -> None:
    before = dict(vars(fitted))
    whole = fitted.transform(TEXTS, VECTORS)
    assert vars(fitted) == before
    assert whole.dtype == np.float32
    np.testing.assert_allclose(whole.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(fitted.transform(TEXTS[::-1], VECTORS[::-1])[::-1], whole)
    for row in (0, 17, 59):
        alone = fitted.transform(TEXTS[row : row + 1], VECTORS[row : row + 1])
        np.testing.assert_array_equal(alone, whole[row : row + 1])


def test_fit_transform_is_fit_and_transform(fitted: THETA) -> None:
    both = clone(fitted).fit_transform(TEXTS, embeddings=VECTORS)
    np.testing.assert_array_equal(both, fitted.transform(TEXTS, VECTORS))
    np.testing.assert_array_equal(both[fitted.documents_], fitted.doc_topic_)


def test_texts_without_words_and_empty_ones(fitted: THETA) -> None:
    texts, vectors = [*TEXTS, "", "?!"], np.concatenate([VECTORS, VECTORS[:2]])
    model = clone(fitted)
    weights = model.fit_transform(texts, embeddings=vectors)
    assert model.documents_.tolist() == list(range(60))
    assert np.isnan(weights[60]).all()
    np.testing.assert_allclose(weights[61].sum(), 1, atol=1e-6)
    np.testing.assert_array_equal(model.transform(texts, vectors), weights)


def test_pickled_it_is_the_same(fitted: THETA) -> None:
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.transform(TEXTS, VECTORS), fitted.doc_topic_)


def test_names_and_data_frames(fitted: THETA) -> None:
    assert fitted.get_feature_names_out().tolist() == ["topic_0", "topic_1", "topic_2"]
    framed = clone(fitted).set_output(transform="pandas")
    table = framed.fit_transform(TEXTS, embeddings=VECTORS)
    assert list(table.columns) == ["topic_0", "topic_1", "topic_2"]
    np.testing.assert_array_equal(table.to_numpy(), fitted.doc_topic_)


@pytest.mark.parametrize("wrong", ["one text", [["a", "b"]], np.array([["a"], ["b"]]), ["a", 1]])
def test_what_is_no_sequence_of_texts(wrong: object) -> None:
    with pytest.raises(InvalidOption, match="X must"):
        THETA().fit(wrong)


# --- topics --------------------------------------------------------------------------------


def test_topics(fitted: THETA) -> None:
    assert fitted.components_.shape == (3, len(fitted.vocabulary_))
    np.testing.assert_allclose(fitted.components_.sum(axis=1), 1, atol=1e-5)
    words = fitted.get_topic_words(5)
    assert [topic.words[:5] for topic in fitted.topics_] == [tuple(one) for one in words]
    assert sum(topic.share for topic in fitted.topics_) == pytest.approx(1, abs=1e-5)
    assert len(fitted.get_topic_words(10_000)[0]) == len(fitted.vocabulary_)


def test_score_is_the_likelihood_of_known_words(fitted: THETA) -> None:
    texts, vectors = ["moon moon qwrt", "goal"], VECTORS[:2]
    doc_topic = fitted.transform(texts, vectors).astype(float)
    moon, goal = (fitted.vocabulary_.index(word) for word in ("moon", "goal"))
    known = doc_topic @ fitted.components_.astype(float)
    by_hand = (2 * np.log(known[0, moon]) + np.log(known[1, goal])) / 3
    assert fitted.score(texts, embeddings=vectors) == pytest.approx(by_hand, rel=1e-6)


# --- vectors -------------------------------------------------------------------------------


def test_vectors_of_unit_length_keep_their_bits_and_others_are_scaled() -> None:
    unit = np.array([[0.6, 0.8], [1, 0]], np.float16)
    np.testing.assert_array_equal(check_vectors(unit, 2), unit)
    np.testing.assert_array_equal(check_vectors([[3, 4], [2, 0]], 2), unit)


@pytest.mark.parametrize(
    ("vectors", "says"),
    [
        ([[1, 0]], "one row per text"),
        ([1, 0], "one row per text"),
        ([[1, 0], [0, 0]], "row 1 is zero"),
        ([[np.nan, 0], [1, 0]], "row 0 is zero or not finite"),
        ([["a"], ["b"]], "not an array of numbers"),
    ],
)
def test_vectors_that_cannot_be_taken(vectors: object, says: str) -> None:
    with pytest.raises(InvalidOption, match=says):
        check_vectors(vectors, 2)


def test_given_vectors_must_be_given_again(fitted: THETA) -> None:
    with pytest.raises(InvalidOption, match="pass those of these texts too"):
        fitted.transform(TEXTS)
    with pytest.raises(InvalidOption, match="3 dimensions, but those of fit have 8"):
        fitted.transform(TEXTS[:1], [[1, 0, 0]])


def test_vectors_may_be_mapped_read_only(fitted: THETA, tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", VECTORS)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    np.testing.assert_array_equal(fitted.transform(TEXTS, mapped), fitted.doc_topic_)


# --- in company of scikit-learn ----------------------------------------------------------------


def test_in_a_pipeline_with_a_grid_search() -> None:
    model = THETA(**{**QUICK, "epochs": 60})
    steps = [("topics", model), ("label", LogisticRegression())]
    with sklearn.config_context(enable_metadata_routing=True):
        model.set_fit_request(embeddings=True).set_transform_request(embeddings=True)
        search = GridSearchCV(Pipeline(steps), {"topics__num_topics": [2, 3]}, cv=2)
        search.fit(TEXTS, LABELS, embeddings=VECTORS)
        found = search.best_estimator_.predict(TEXTS, embeddings=VECTORS)
    assert search.best_params_ == {"topics__num_topics": 3}  # there are three themes
    assert (found == np.array(LABELS)).mean() > 0.9


def test_in_a_pipeline_and_a_grid_search_over_plain_texts(tmp_path: Path) -> None:
    model = THETA(**QUICK, workspace=tmp_path)
    pipeline = Pipeline([("topics", model), ("label", LogisticRegression())])
    search = GridSearchCV(pipeline, {"topics__num_topics": [2, 3]}, cv=2).fit(TEXTS, LABELS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert set(search.predict(TEXTS[:5])) <= set(LABELS)


def test_a_grid_search_by_likelihood() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        model = THETA(**QUICK).set_fit_request(embeddings=True).set_score_request(embeddings=True)
        search = GridSearchCV(model, {"num_topics": [2, 3]}, cv=2)
        search.fit(TEXTS, embeddings=VECTORS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_ == {"num_topics": 3}


def test_a_workspace_keeps_vectors_for_the_next_fit(tmp_path: Path) -> None:
    model = THETA(**QUICK, workspace=tmp_path / "kept").fit(TEXTS)
    files = sorted((tmp_path / "kept").rglob("documents.npy"))
    changed = [path.stat().st_mtime_ns for path in files]
    again = clone(model).set_params(num_topics=2).fit(TEXTS)
    assert again.components_.shape[0] == 2
    assert [path.stat().st_mtime_ns for path in files] == changed
    assert len(files) == 1
    without = clone(model).set_params(workspace=None).fit(TEXTS)
    np.testing.assert_array_equal(without.doc_topic_, model.doc_topic_)


def test_supervised_it_tells_labels() -> None:
    # Half of 16 units are dropped: whether so few learn anything depends on the seed.
    settings = {**QUICK, "epochs": 60, "hidden_dim": 64, "learning_rate": 0.01}
    model = THETA(**settings, mode="supervised")
    labels = [None if row % 5 == 0 else label for row, label in enumerate(LABELS)]
    model.fit(TEXTS, labels, embeddings=VECTORS)
    predicted = model.predict([*TEXTS, ""], np.concatenate([VECTORS, VECTORS[:1]]))
    assert (predicted[:60] == np.array(LABELS)).mean() > 0.9
    assert predicted[60] is None
    with pytest.raises(InvalidOption, match="needs labels"):
        model.fit(TEXTS, embeddings=VECTORS)
    assert not hasattr(THETA(), "predict")


# --- runs ----------------------------------------------------------------------------------


def test_saved_and_loaded(fitted: THETA, tmp_path: Path) -> None:
    fitted.save(tmp_path / "run")
    loaded = THETA.load(tmp_path / "run")
    np.testing.assert_array_equal(loaded.transform(TEXTS, VECTORS), fitted.doc_topic_)
    np.testing.assert_array_equal(loaded.doc_topic_, fitted.doc_topic_)
    assert loaded.get_params() == {**fitted.get_params(), "embedding": "0.6B"}
    assert loaded.topics_ == fitted.topics_
    loaded.save(tmp_path / "again")
    first, second = (
        {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        for folder in (tmp_path / "run", tmp_path / "again")
    )
    assert first == second
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    with pytest.raises(ThetaError, match="would be lost"):
        fitted.save(tmp_path / "other")
    with pytest.raises(MissingFile):
        THETA.load(tmp_path / "nothing")


def test_tables_of_a_run(fitted: THETA, tmp_path: Path) -> None:
    fitted.save(tmp_path / "run")
    run = load_run(tmp_path / "run")
    assert run.config["model"] == "theta"
    np.testing.assert_array_equal(run.doc_topic.to_numpy(), fitted.doc_topic_)
    np.testing.assert_array_equal(run.topic_word.to_numpy().T, fitted.components_)
    assert tuple(run.topic_word.index) == fitted.vocabulary_
    assert run.documents["text"].tolist() == TEXTS
    assert run.documents["dominant_topic"].tolist() == fitted.doc_topic_.argmax(axis=1).tolist()
    assert run.documents.index.tolist() == run.doc_topic.index.tolist()
    top = run.topic_words.query("topic == 1 and rank <= 4")["word"]
    assert top.tolist() == fitted.get_topic_words(4)[1]
    assert run.topics["share"].is_monotonic_decreasing
    assert run.history["epoch"].tolist() == [1, 2, 3]
    with pytest.raises(MissingFile, match="--skip_eval"):
        _ = run.metrics


def test_the_package_stays_light() -> None:
    code = (
        "import sys, theta; assert 'THETA' in dir(theta) or theta.__all__\n"
        "heavy = {'torch', 'sklearn', 'pandas', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert theta.THETA is THETA
    with pytest.raises(AttributeError, match="no attribute 'Theta'"):
        _ = theta.Theta


def test_an_estimated_number_of_topics() -> None:
    texts, labels = zip(*((row["text"], row["label"]) for row in themed_rows(200)), strict=True)
    model = THETA(**{**QUICK, "num_topics": "auto"})
    model.fit(texts, embeddings=theme_vectors(list(labels)))
    assert model.num_topics_ == len(model.components_) == 3
    assert clone(model).num_topics == "auto"


def test_threads_follow_the_size_of_the_corpus_or_the_parameter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def watched(method):
        def call(*arguments, **named):
            seen.append(torch.get_num_threads())
            return method(*arguments, **named)

        return call

    monkeypatch.setattr(NMF._model, "fit", watched(NMF._model.fit))
    monkeypatch.setattr(NMF._model, "infer", watched(NMF._model.infer))
    with computing_with(3):
        NMF(num_topics=3).fit(TEXTS).transform(TEXTS[:2])
        NMF(num_topics=3, threads=2).fit(TEXTS).transform(TEXTS[:2])
    assert seen == [1, 1, 1, 2, 2, 2]  # fit infers its own texts too
