"""Every model of --models has an estimator with the same methods and an explicit signature."""

from __future__ import annotations

import ast
import inspect
import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from scripts import write_options
from tests.cli.conftest import themed_rows
from theta import estimator
from theta.errors import InvalidOption, MissingFile
from theta.estimator.models import ESTIMATORS
from theta.layout import RunFiles
from theta.models import MODELS
from theta.options import declarations

ROWS = themed_rows(60)
TEXTS = [row["text"] for row in ROWS]
STUB = Path(estimator.__file__).with_name("models.pyi").read_text(encoding="utf-8")


def test_the_stub_is_up_to_date() -> None:
    assert write_options.estimator_stub() == STUB, "run: python scripts/write_options.py"


def test_what_editors_read_is_what_python_takes() -> None:
    classes = {node.name: node for node in ast.parse(STUB).body if isinstance(node, ast.ClassDef)}
    assert list(classes) == list(ESTIMATORS) == [name.upper() for name in MODELS]
    for name, node in classes.items():
        arguments = node.body[0].args
        written = {
            argument.arg: ast.literal_eval(default)
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        }
        parameters = inspect.signature(getattr(estimator, name)).parameters.values()
        assert written == {parameter.name: parameter.default for parameter in parameters}


@pytest.mark.parametrize("name", MODELS)
def test_an_estimator_has_the_options_of_its_model(name: str) -> None:
    found = ESTIMATORS[name.upper()]().get_params()
    declared = declarations(MODELS[name].Options)
    assert {key: found[key] for key in declared} == {k: d.default for k, d in declared.items()}
    assert ("embedding" in found) == ("embeddings" in MODELS[name].needs)
    assert {"seed", "gpu", "vocab_size", "split_seed", "workspace"} <= found.keys()


def test_a_model_of_counts(tmp_path: Path) -> None:
    model = estimator.LDA(num_topics=3, gpu=-1, max_iter=20)
    weights = model.fit_transform([*TEXTS, ""])
    assert weights.shape == (61, 3)
    assert np.isnan(weights[60]).all()
    np.testing.assert_array_equal(model.transform(TEXTS), weights[:60])
    np.testing.assert_array_equal(clone(model).fit(TEXTS).doc_topic_, model.doc_topic_)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.transform(TEXTS[:3]), weights[:3])
    model.save(tmp_path / "run")
    loaded = estimator.LDA.load(tmp_path / "run")
    np.testing.assert_array_equal(loaded.transform(TEXTS), weights[:60])
    assert loaded.get_params() == model.get_params()
    with pytest.raises(InvalidOption, match="LDA does not use embeddings"):
        model.transform(TEXTS, np.ones((60, 4)))
    with pytest.raises(InvalidOption, match="a run of lda, not of nmf"):
        estimator.NMF.load(tmp_path / "run")


def test_a_model_of_covariates() -> None:
    sides = {"side": ["left" if row % 2 else "right" for row in range(60)], "age": range(60)}
    model = estimator.STM(num_topics=3, gpu=-1, max_iter=5)
    weights = model.fit_transform(TEXTS, covariates=sides)
    assert weights.shape == (60, 3)
    alone = {name: list(values)[:1] for name, values in sides.items()}
    np.testing.assert_array_equal(model.transform(TEXTS[:1], covariates=alone)[0], weights[0])
    with pytest.raises(InvalidOption, match="cov_age is missing"):
        model.transform(TEXTS[:1], covariates={"side": ["left"]})
    with pytest.raises(InvalidOption, match="cov_age needs numbers; item 0 is 'old'"):
        model.transform(TEXTS[:1], covariates={"side": ["left"], "age": ["old"]})
    with pytest.raises(InvalidOption, match="needs covariates"):
        model.fit(TEXTS)


def test_a_model_of_dates() -> None:
    days = np.datetime64("2001-01-01") + np.arange(60) * 30
    model = estimator.DTM(num_topics=3, gpu=-1, epochs=2, hidden_dim=16, embedding_dim=8)
    weights = model.fit_transform(TEXTS, times=days)
    np.testing.assert_array_equal(
        model.transform(TEXTS[:2], times=["2001-01-01", days[1]]), weights[:2]
    )
    with pytest.raises(InvalidOption, match="DTM needs dates"):
        model.transform(TEXTS[:1])
    with pytest.raises(InvalidOption, match="item 0 is 'soon'"):
        model.transform(TEXTS[:1], times=["soon"])


def test_fit_writes_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("theta.estimator.base.keep", lambda *_: pytest.fail("a run is written"))
    for name in ("doc_topics_table", "weights", "config"):
        monkeypatch.setattr(RunFiles, name, property(lambda _: pytest.fail("a run is written")))
    estimator.NMF(num_topics=3, gpu=-1).fit(TEXTS)


def test_covariates_have_names() -> None:
    with pytest.raises(InvalidOption, match="covariates must be a mapping of a name to its values"):
        estimator.STM(num_topics=3).fit(TEXTS, covariates=["a", "b"] * 30)


def test_no_texts_at_all() -> None:
    with pytest.raises(InvalidOption, match="X holds no texts"):
        estimator.LDA(num_topics=3).fit([])


def test_a_folder_of_runs_is_no_run(tmp_path: Path) -> None:
    model = estimator.NMF(num_topics=3).fit(TEXTS)
    for name in ("K10", "K5"):
        model.save(tmp_path / "nmf" / name)
    with pytest.raises(MissingFile) as caught:
        estimator.NMF.load(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is a folder of runs, not a run; name one: {tmp_path / 'nmf/K5'}, "
        f"{tmp_path / 'nmf/K10'}"
    )
    with pytest.raises(InvalidOption, match="n is 0: must be 1 or more"):
        model.get_topic_words(0)
